using System.CommandLine;
using Microsoft.Extensions.Logging;
using Whalescale.Agent.Configuration;

namespace Whalescale.Agent.Cli;

/// <summary>Options that every command takes.</summary>
internal sealed class GlobalOptions
{
    /// <summary>Variable that names the API endpoint where --api does not.</summary>
    public const string ApiVariable = "WHALESCALE_API";

    /// <summary>Variable that turns colours off by being there (https://no-color.org).</summary>
    public const string NoColorVariable = "NO_COLOR";

    private static readonly TimeSpan DefaultTimeout = TimeSpan.FromSeconds(5);

    public Option<string?> Api { get; } = new("--api")
    {
        Description = $"Where the agent's API is, such as unix:///run/whalescale/whalescale.sock [{ApiVariable}]",
        HelpName = "URI",
        Recursive = true,
    };

    public Option<TimeSpan?> Timeout { get; } = new("--timeout")
    {
        Description = "How long to wait for the agent: 5s, 500ms [default: 5s]",
        HelpName = "TIME",
        Recursive = true,
        CustomParser = result =>
        {
            if (Duration.TryParse(result.Tokens[0].Value, out TimeSpan time) && time > TimeSpan.Zero) return time;
            result.AddError($"--timeout: '{result.Tokens[0].Value}' is no time; write 5s or 500ms");
            return null;
        },
    };

    public Option<bool> Json { get; } = new("--json") { Description = "Write JSON", Recursive = true };

    public Option<bool> Quiet { get; } = new("--quiet", "-q")
    {
        Description = "Write results only: no headings, no remarks",
        Recursive = true,
    };

    public Option<bool> NoColor { get; } = new("--no-color")
    {
        Description = $"No colours [{NoColorVariable}]",
        Recursive = true,
    };

    public Option<LogLevel> Level { get; } = new("--log-level")
    {
        Description = "trace, debug, information, warning, error or none",
        HelpName = "LEVEL",
        Recursive = true,
        DefaultValueFactory = _ => LogLevel.Information,
    };

    public void AddTo(Command root)
    {
        root.Add(Api);
        root.Add(Timeout);
        root.Add(Json);
        root.Add(Quiet);
        root.Add(NoColor);
        root.Add(Level);
    }

    public TimeSpan TimeoutOf(ParseResult parse) => parse.GetValue(Timeout) ?? DefaultTimeout;
}
