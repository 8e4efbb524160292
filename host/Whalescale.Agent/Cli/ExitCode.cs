namespace Whalescale.Agent.Cli;

/// <summary>What the process ends with. Fixed: scripts rely on it.</summary>
internal static class ExitCode
{
    public const int Ok = 0;
    public const int Failed = 1;
    public const int Usage = 2;
    public const int AgentUnreachable = 3;
    public const int Unsupported = 4;
    public const int PermissionDenied = 5;
    public const int NoSuchTarget = 6;
    public const int NoAnswer = 7;
    public const int TimedOut = 8;
    public const int Interrupted = 130;
}
