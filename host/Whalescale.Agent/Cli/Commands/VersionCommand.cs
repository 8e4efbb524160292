using System.CommandLine;
using System.Runtime.InteropServices;
using System.Text.Json;
using Whalescale.Agent.Cli.Output;

namespace Whalescale.Agent.Cli.Commands;

/// <summary><c>whalescale version</c></summary>
internal static class VersionCommand
{
    public static Command Create(CliSetup setup) => CliCommand.Create(
        "version", "Tell the version of this executable", "whalescale version --json",
        (parse, _) =>
        {
            CliOutput output = setup.Output(parse);
            if (!output.IsJson)
            {
                output.Line($"whalescale {AgentVersion.Text}");
                return Task.FromResult(ExitCode.Ok);
            }

            var document = new VersionDocument(
                AgentVersion.Text,
                ContractVersion.Current,
                RuntimeInformation.FrameworkDescription,
                RuntimeInformation.OSDescription,
                RuntimeInformation.ProcessArchitecture.ToString().ToLowerInvariant());
            output.Json(JsonSerializer.Serialize(document, CliJson.Default.VersionDocument));
            return Task.FromResult(ExitCode.Ok);
        });
}
