using Microsoft.Extensions.Logging;

namespace Whalescale.Agent.Cli;

/// <summary>Log lines of the run command, 1900 to 1999.</summary>
internal static partial class RunLog
{
    [LoggerMessage(EventId = 1900, Level = LogLevel.Warning,
        Message = "SIGHUP: reload is not available in this version; restart the agent to read the configuration again")]
    public static partial void ReloadNotAvailable(ILogger logger);
}
