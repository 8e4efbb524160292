using System.CommandLine;
using System.Text.Json;
using Whalescale.Agent.Cli.Output;
using Whalescale.Agent.Configuration;
using Whalescale.Crypto;

namespace Whalescale.Agent.Cli.Commands;

/// <summary><c>whalescale id</c></summary>
internal static class IdCommand
{
    public static Command Create(CliSetup setup)
    {
        Option<string?> config = CliSetup.ConfigOption();
        return CliCommand.Create(
            "id", "Print the node id, one line", "whalescale id --config /etc/whalescale/whalescale.toml",
            (parse, _) =>
            {
                CliOutput output = setup.Output(parse);
                AgentOptions options = ConfigurationAccess.Load(
                    setup.Environment, ConfigurationAccess.FileOf(parse, config));
                using Identity identity = ConfigurationAccess.LoadIdentity(options);
                string id = identity.NodeId.ToString();
                if (output.IsJson)
                    output.Json(JsonSerializer.Serialize(new IdentityDocument(id), CliJson.Default.IdentityDocument));
                else
                    output.Line(id);
                return Task.FromResult(ExitCode.Ok);
            },
            config);
    }
}
