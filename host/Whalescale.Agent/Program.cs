using Whalescale.Agent.Cli;
using Whalescale.Agent.Runtime;

using var interruption = new Interruption();
return await CommandTree.RunAsync(args, CliEnvironment.OfProcess(CompositionRoot.RunAsync), interruption.Token)
    .ConfigureAwait(false);
