using Whalescale.Agent;
using Whalescale.Agent.Cli;

using var interruption = new Interruption();
return await CommandTree.RunAsync(args, CliEnvironment.OfProcess(RunAgentAsync), interruption.Token).ConfigureAwait(false);

static Task<int> RunAgentAsync(LoadedConfiguration loaded, CancellationToken cancellation) => throw new CliException(
    ExitCode.Unsupported, $"{loaded.MainFile} is good, but this build carries no mesh core", "use a released build");
