using System.CommandLine;
using Whalescale.Agent.Configuration;

namespace Whalescale.Agent.Cli;

/// <summary>Decides where the agent's API is.</summary>
internal static class ApiEndpoint
{
    public static ConnectorEndpoint Choose(CliSetup setup, ParseResult parse, Option<string?>? config)
    {
        if (parse.GetValue(setup.Globals.Api) is { } option) return Parse(option, "--api");
        if (setup.Environment.Find(GlobalOptions.ApiVariable) is { } variable)
            return Parse(variable, GlobalOptions.ApiVariable);
        if (config is not null && parse.GetValue(config) is { } file) return OfConfiguration(setup, file);
        return ConnectorEndpoint.Unix(new ApiOptions().UnixPath!);
    }

    private static ConnectorEndpoint Parse(string text, string source) =>
        ConnectorEndpoint.TryParse(text, out ConnectorEndpoint endpoint, out string problem)
            ? endpoint
            : throw new CliException(ExitCode.Usage, $"{source}: '{text}' is no endpoint", problem);

    private static ConnectorEndpoint OfConfiguration(CliSetup setup, string file)
    {
        AgentOptions options = ConfigurationAccess.Load(setup.Environment, file);
        return options.Api.UnixPath is { } path
            ? ConnectorEndpoint.Unix(path)
            : throw new CliException(
                ExitCode.Unsupported, $"{file} sets no api.unix", "set it, or say where the API is with --api");
    }
}
