using System.CommandLine;
using Whalescale.Agent.Cli.Output;
using Whalescale.Agent.Configuration;

namespace Whalescale.Agent.Cli;

/// <summary>What the commands have in common.</summary>
internal sealed class CliSetup(CliEnvironment environment, GlobalOptions globals)
{
    public CliEnvironment Environment => environment;

    public GlobalOptions Globals => globals;

    /// <summary>A fresh --config option for a command.</summary>
    public static Option<string?> ConfigOption() => new("--config")
    {
        Description = $"The configuration file [default: {ConfigurationLoader.DefaultFile}]",
        HelpName = "FILE",
    };

    /// <summary>How this command line wants its output.</summary>
    public CliOutput Output(ParseResult parse) => new(
        environment,
        isJson: parse.GetValue(globals.Json),
        isQuiet: parse.GetValue(globals.Quiet),
        isPlain: parse.GetValue(globals.NoColor) || environment.Find(GlobalOptions.NoColorVariable) is not null);

    /// <summary>A client for the agent: --api over WHALESCALE_API over api.unix of --config over the default.</summary>
    /// <exception cref="CliException">The endpoint is malformed or not supported.</exception>
    public ApiClient Connect(ParseResult parse, Option<string?>? config = null) =>
        new(ApiEndpoint.Choose(this, parse, config), globals.TimeoutOf(parse));

    /// <summary>Whether the command line says which agent is meant, so that no other place will do.</summary>
    public bool IsAgentNamed(ParseResult parse) => parse.GetValue(globals.Api) is not null;
}
