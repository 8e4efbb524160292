using Whalescale.Agent.Cli;
using Whalescale.Agent.Runtime;

using var interruption = new Interruption();
var environment = CliEnvironment.OfProcess(CompositionRoot.RunAsync);
return await CommandTree.RunAsync(args, environment, interruption.Token).ConfigureAwait(false);
