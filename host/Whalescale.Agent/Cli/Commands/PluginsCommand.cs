using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Microsoft.Extensions.Logging.Abstractions;
using Whalescale.Agent.Api;
using Whalescale.Agent.Api.Documents;
using Whalescale.Agent.Cli.Output;
using Whalescale.Agent.Configuration;
using Whalescale.Agent.Plugins;

namespace Whalescale.Agent.Cli.Commands;

/// <summary><c>whalescale plugins</c></summary>
internal static class PluginsCommand
{
    public static Command Create(CliSetup setup) => CliCommand.Group(
        "plugins", "Modules and plugins", "whalescale plugins list", List(setup));

    private static CliCommand List(CliSetup setup)
    {
        Option<string?> config = CliSetup.ConfigOption();
        return CliCommand.Create(
            "list", "Show every module and plugin, its state, and why it was refused", "whalescale plugins list",
            async (parse, cancellation) =>
            {
                CliOutput output = setup.Output(parse);
                PluginsDocument plugins = await AskAsync(setup, parse, config, output, cancellation).ConfigureAwait(false);
                if (output.IsJson) output.Json(JsonSerializer.Serialize(plugins, ApiJson.Default.PluginsDocument));
                else Show(plugins, output);
                return ExitCode.Ok;
            },
            config);
    }

    /// <summary>The agent's table; where none runs, what this executable and the configuration would give it.</summary>
    private static async Task<PluginsDocument> AskAsync(
        CliSetup setup, ParseResult parse, Option<string?> config, CliOutput output, CancellationToken cancellation)
    {
        try
        {
            using ApiClient client = setup.Connect(parse, config);
            ApiAnswer<PluginsDocument> answer = await client
                .GetAsync("/v1/plugins", ApiJson.Answers.PluginsDocument, cancellation).ConfigureAwait(false);
            return answer.Document;
        }
        catch (CliException failure) when (
            failure.ExitCode == ExitCode.AgentUnreachable && !setup.IsAgentNamed(parse))
        {
            output.Remark("no agent answers; these are the modules of this executable and the plugins of the configuration");
            return Offline(setup.Environment, ConfigurationAccess.FileOf(parse, config));
        }
    }

    private static PluginsDocument Offline(CliEnvironment environment, string file)
    {
        PluginsOptions? options = ConfigurationAccess.Read(environment, file).Options?.Plugins;
        var catalogue = new PluginCatalogue(
            PluginCatalogue.BuiltInAssemblies, options?.Directory, NullLogger.Instance);
        foreach (PluginLoadOptions plugin in options?.Load ?? []) catalogue.Verify(plugin.Name, plugin.Sha256);
        return new PluginsDocument([.. catalogue.Modules.Select(ModuleStatusDocuments.From)]);
    }

    private static void Show(PluginsDocument plugins, CliOutput output)
    {
        var table = new TableModel(["kind", "name", "version", "api", "origin", "state", "reason"], StateColumn: 5);
        foreach (ModuleDocument module in plugins.Modules)
        {
            string level = module.ApiLevel == 0 ? "" : module.ApiLevel.ToString(CultureInfo.InvariantCulture);
            table.Add(
                module.Kind, module.Name, module.Version, level, module.Origin, module.State, module.Reason ?? "");
        }

        output.Table(table);
    }
}
