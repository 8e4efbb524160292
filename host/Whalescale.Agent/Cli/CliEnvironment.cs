namespace Whalescale.Agent.Cli;

/// <summary>The surroundings of a command: where it writes and what it can ask.</summary>
internal sealed record CliEnvironment
{
    /// <summary>Results.</summary>
    public required TextWriter Out { get; init; }

    /// <summary>Errors and remarks.</summary>
    public required TextWriter Error { get; init; }

    /// <summary>Whether results go to a terminal, where people like tables.</summary>
    public required bool IsTerminal { get; init; }

    /// <summary>Environment variables.</summary>
    public required IReadOnlyDictionary<string, string> Variables { get; init; }

    /// <summary>Runs the agent until the token is cancelled; returns the exit code.</summary>
    public required Func<LoadedConfiguration, CancellationToken, Task<int>> RunAgentAsync { get; init; }

    /// <summary>Of this process.</summary>
    public static CliEnvironment OfProcess(Func<LoadedConfiguration, CancellationToken, Task<int>> runAgentAsync)
    {
        var variables = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (System.Collections.DictionaryEntry entry in Environment.GetEnvironmentVariables())
            variables[(string)entry.Key] = (string?)entry.Value ?? "";
        return new CliEnvironment
        {
            Out = Console.Out,
            Error = Console.Error,
            IsTerminal = !Console.IsOutputRedirected,
            Variables = variables,
            RunAgentAsync = runAgentAsync,
        };
    }

    /// <summary>The variable's value; null if it is unset or empty.</summary>
    public string? Find(string variable) =>
        Variables.TryGetValue(variable, out string? value) && value.Length > 0 ? value : null;
}
