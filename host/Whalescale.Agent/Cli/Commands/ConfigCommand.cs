using System.CommandLine;
using System.Text.Json;
using Microsoft.Extensions.Logging.Abstractions;
using Whalescale.Agent.Cli.Output;
using Whalescale.Agent.Configuration;
using Whalescale.Agent.Plugins;

namespace Whalescale.Agent.Cli.Commands;

/// <summary><c>whalescale config</c></summary>
internal static class ConfigCommand
{
    public static Command Create(CliSetup setup) => CliCommand.Group(
        "config", "The configuration", "whalescale config check", Check(setup), Show(setup));

    private static CliCommand Check(CliSetup setup)
    {
        Option<string?> config = CliSetup.ConfigOption();
        return CliCommand.Create(
            "check", "List every mistake with its place; exit 2 if there is one", "whalescale config check",
            (parse, _) =>
            {
                CliOutput output = setup.Output(parse);
                ConfigurationResult result = Read(setup, parse, config);
                if (output.IsJson) output.Json(JsonSerializer.Serialize(Describe(result), CliJson.Default.ConfigCheckDocument));
                else if (!result.IsValid) ConfigurationAccess.Require(result, ConfigurationAccess.FileOf(parse, config));
                else if (!output.IsQuiet) output.Line(ConfigurationReport.Check(result).TrimEnd('\n'));
                return Task.FromResult(CodeOf(result));
            },
            config);
    }

    private static CliCommand Show(CliSetup setup)
    {
        Option<string?> config = CliSetup.ConfigOption();
        var effective = new Option<bool>("--effective") { Description = "Show defaults too" };
        var source = new Option<bool>("--source") { Description = "Show where each value comes from" };
        return CliCommand.Create(
            "show", "Show the values in force", "whalescale config show --effective --source",
            (parse, _) =>
            {
                CliOutput output = setup.Output(parse);
                ConfigurationResult result = Read(setup, parse, config);
                ConfigurationAccess.Require(result, ConfigurationAccess.FileOf(parse, config));
                bool isEffective = parse.GetValue(effective);
                string text = output.IsJson
                    ? ConfigurationReport.ShowJson(result, isEffective)
                    : ConfigurationReport.Show(result, isEffective, parse.GetValue(source));
                setup.Environment.Out.Write(text);
                return Task.FromResult(ExitCode.Ok);
            },
            config, effective, source);
    }

    private static ConfigurationResult Read(CliSetup setup, ParseResult parse, Option<string?> config)
    {
        var catalogue = new PluginCatalogue(PluginCatalogue.BuiltInAssemblies, null, NullLogger.Instance);
        return ConfigurationAccess.Read(setup.Environment, ConfigurationAccess.FileOf(parse, config), catalogue);
    }

    private static int CodeOf(ConfigurationResult result) => result switch
    {
        { IsValid: true } => ExitCode.Ok,
        { IsAccessDenied: true } => ExitCode.PermissionDenied,
        _ => ExitCode.Usage,
    };

    private static ConfigCheckDocument Describe(ConfigurationResult result) => new(
        result.Files,
        [
            .. result.Mistakes.Select(mistake => new MistakeDocument(
                mistake.Source,
                mistake.Position.IsNone ? null : mistake.Position.Line,
                mistake.Position.IsNone ? null : mistake.Position.Column,
                mistake.Message)),
        ]);
}
