namespace Whalescale.Integration.Lab;

/// <summary>What became of a command.</summary>
internal sealed record CommandResult(string Text, int ExitCode, string Output, string Errors)
{
    /// <summary>Everything there is to know, for the message of a failed assertion.</summary>
    public override string ToString() => $"`{Text}` exited with {ExitCode}\n{Output}\n{Errors}";
}

/// <summary>Runs a program to its end.</summary>
internal static class Command
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    /// <summary>Runs a command that must succeed.</summary>
    /// <returns>Its standard output.</returns>
    /// <exception cref="InvalidOperationException">It exited with another code than 0.</exception>
    public static string Run(IReadOnlyList<string> command, string input = "")
    {
        CommandResult result = Try(command, input: input);
        return result.ExitCode == 0 ? result.Output : throw new InvalidOperationException(result.ToString());
    }

    /// <summary>Runs a command whose exit code is the question.</summary>
    /// <exception cref="TimeoutException">It did not end within a minute.</exception>
    public static CommandResult Try(
        IReadOnlyList<string> command, IReadOnlyDictionary<string, string>? environment = null, string input = "")
    {
        using RunningProcess process = RunningProcess.Start(command, environment, input);
        if (process.WaitForExit(Limit)) return Finished(process);
        throw new TimeoutException($"`{process.Text}` did not end.\n{process.Everything}");
    }

    public static CommandResult Finished(RunningProcess process) =>
        new(process.Text, process.ExitCode, process.Output, process.Errors);
}
