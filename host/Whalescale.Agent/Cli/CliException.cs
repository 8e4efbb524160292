namespace Whalescale.Agent.Cli;

/// <summary>A command that cannot do what was asked: what failed, and one step that may mend it.</summary>
/// <param name="exitCode">One of <see cref="ExitCode"/>.</param>
/// <param name="message">What failed, and over which endpoint or in which file.</param>
/// <param name="nextStep">What to try, or null where the message says it.</param>
/// <param name="cause">What lies behind.</param>
internal sealed class CliException(int exitCode, string message, string? nextStep = null, Exception? cause = null)
    : Exception(message, cause)
{
    public int ExitCode => exitCode;

    public string? NextStep => nextStep;
}
