using System.Globalization;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Logging.Console;

namespace Whalescale.Agent.Cli;

/// <summary>The agent's log: lines on stderr, one for each event, for people or as JSON.</summary>
internal static class AgentLogging
{
    public static ILoggerFactory Create(LogLevel level, bool isJson) => LoggerFactory.Create(builder =>
    {
        builder.SetMinimumLevel(level);
        // The HTTP server and its host speak of their own affairs; ours are in our own lines.
        builder.AddFilter("Microsoft", LogLevel.Warning);
        builder.AddConsole(options =>
        {
            options.FormatterName = isJson ? ConsoleFormatterNames.Json : LineFormatter.FormatterName;
            options.LogToStandardErrorThreshold = LogLevel.Trace;
        });
        builder.AddConsoleFormatter<LineFormatter, ConsoleFormatterOptions>();
        if (isJson) builder.Services.Configure<JsonConsoleFormatterOptions>(options => options.TimestampFormat = "O");
    });
}

/// <summary>One line for each event, whatever is in it: nothing from outside can forge a second one.</summary>
internal sealed class LineFormatter() : ConsoleFormatter(FormatterName)
{
    public const string FormatterName = "whalescale";

    public override void Write<TState>(
        in LogEntry<TState> logEntry, IExternalScopeProvider? scopeProvider, TextWriter textWriter)
    {
        string message = logEntry.Formatter(logEntry.State, logEntry.Exception);
        if (logEntry.Exception is { } cause) message = $"{message}: {cause}";
        textWriter.Write(DateTimeOffset.UtcNow.ToString("yyyy-MM-ddTHH:mm:ss.fffZ ", CultureInfo.InvariantCulture));
        textWriter.Write(Text(logEntry.LogLevel));
        textWriter.Write(' ');
        textWriter.Write(logEntry.Category);
        textWriter.Write(string.Create(CultureInfo.InvariantCulture, $"[{logEntry.EventId.Id}] "));
        textWriter.WriteLine(Printable.Escape(message.ReplaceLineEndings(" | ")));
    }

    private static string Text(LogLevel level) => level switch
    {
        LogLevel.Trace => "trace",
        LogLevel.Debug => "debug",
        LogLevel.Information => "info ",
        LogLevel.Warning => "warn ",
        _ => "error",
    };
}
