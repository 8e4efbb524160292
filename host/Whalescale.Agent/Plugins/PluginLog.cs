using Microsoft.Extensions.Logging;

namespace Whalescale.Agent.Plugins;

/// <summary>Log lines about modules and plugins, 3000 to 3999.</summary>
internal static partial class PluginLog
{
    [LoggerMessage(EventId = 3000, Level = LogLevel.Information, Message = "Plugin {Plugin} loaded: {Modules}")]
    public static partial void Loaded(ILogger logger, string plugin, string modules);

    [LoggerMessage(EventId = 3001, Level = LogLevel.Warning, Message = "Plugin {Plugin} refused: {Reason}")]
    public static partial void Refused(ILogger logger, string plugin, string reason);

    [LoggerMessage(EventId = 3002, Level = LogLevel.Information, Message = "Plugin {Plugin} unloaded")]
    public static partial void Unloaded(ILogger logger, string plugin);

    [LoggerMessage(EventId = 3003, Level = LogLevel.Warning,
        Message = "Plugin {Plugin} is out of use, but something still holds its code; its memory comes back with a restart")]
    public static partial void Leaked(ILogger logger, string plugin);

    [LoggerMessage(EventId = 3004, Level = LogLevel.Warning, Message = "{Kind} {Module} faulted: {Reason}")]
    public static partial void Faulted(ILogger logger, string kind, string module, string reason);

    [LoggerMessage(EventId = 3005, Level = LogLevel.Warning, Message = "Built-in {Kind} {Module} refused: {Reason}")]
    public static partial void BuiltInRefused(ILogger logger, string kind, string module, string reason);
}
