using Whalescale.Agent;
using Whalescale.Agent.Cli;

namespace Whalescale.Tests.Cli;

/// <summary>Runs command lines in this process with captured output.</summary>
internal sealed class CommandLine
{
    public Dictionary<string, string> Variables { get; } = [];

    public bool IsTerminal { get; set; }

    public Func<LoadedConfiguration, CancellationToken, Task<int>> RunAgentAsync { get; set; } =
        (_, _) => Task.FromResult(ExitCode.Ok);

    public Task<Outcome> RunAsync(params string[] arguments) => RunAsync(CancellationToken.None, arguments);

    public async Task<Outcome> RunAsync(CancellationToken cancellation, params string[] arguments)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        var environment = new CliEnvironment
        {
            Out = output,
            Error = error,
            IsTerminal = IsTerminal,
            Variables = Variables,
            RunAgentAsync = RunAgentAsync,
        };
        int code = await CommandTree.RunAsync(arguments, environment, cancellation);
        return new Outcome(code, output.ToString(), error.ToString());
    }

    internal sealed record Outcome(int Code, string Out, string Error)
    {
        public string[] Lines => Out.Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }
}
