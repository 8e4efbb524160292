using System.CommandLine;
using System.Security.Cryptography;
using System.Text.Json;
using Whalescale.Agent.Cli.Output;
using Whalescale.Agent.Configuration;
using Whalescale.Agent.Persistence;
using Whalescale.Crypto;

namespace Whalescale.Agent.Cli.Commands;

/// <summary><c>whalescale init</c>: makes what is missing, and keeps what is there.</summary>
internal static class InitCommand
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    public static Command Create(CliSetup setup)
    {
        Option<string?> config = CliSetup.ConfigOption();
        var stateDirectory = new Option<string?>("--state-dir")
        {
            Description = "Where identity and state are kept [default: /var/lib/whalescale]",
            HelpName = "DIR",
        };
        var name = new Option<string?>("--name") { Description = "Name of this node", HelpName = "NAME" };
        var anchor = new Option<bool>("--anchor") { Description = "This node relays and introduces others" };
        var endpoints = new Option<string[]>("--endpoint")
        {
            Description = "Where others reach this node; may be given several times",
            HelpName = "HOST:PORT",
            DefaultValueFactory = _ => [],
        };
        return CliCommand.Create(
            "init", "Make an identity and a configuration file, each only if missing; print the node id",
            "whalescale init --name alpha --endpoint alpha.example:51900",
            (parse, _) =>
            {
                string file = ConfigurationAccess.FileOf(parse, config);
                string? wanted = parse.GetValue(stateDirectory) is { } given ? Path.GetFullPath(given) : null;
                bool isWritten = ConfigurationFile.WriteInitial(file, new InitialConfiguration
                {
                    Name = parse.GetValue(name),
                    StateDirectory = wanted,
                    IsAnchor = parse.GetValue(anchor),
                    Endpoints = parse.GetValue(endpoints) ?? [],
                });
                AgentOptions options = ConfigurationAccess.Load(setup.Environment, file);
                RequireAgreement(file, options, wanted);
                (string id, bool isMade) = EnsureIdentity(options);
                Report(setup.Output(parse), new InitDocument(id, file, isWritten, isMade), options);
                return Task.FromResult(ExitCode.Ok);
            },
            config, stateDirectory, name, anchor, endpoints);
    }

    /// <summary>An existing file decides; an option that says otherwise would be passed over in silence.</summary>
    private static void RequireAgreement(string file, AgentOptions options, string? wanted)
    {
        string inForce = Path.GetFullPath(options.Node.StateDirectory);
        if (wanted is null || wanted == inForce) return;
        throw new CliException(
            ExitCode.Usage, $"--state-dir says {wanted}, {file} says {inForce}",
            "leave the option out, or change node.state_dir in the file");
    }

    private static (string Id, bool IsMade) EnsureIdentity(AgentOptions options)
    {
        string directory = options.Node.StateDirectory;
        string path = Path.Combine(directory, IdentityFile.FileName);
        bool isMade = false;
        if (!File.Exists(path))
        {
            if (OperatingSystem.IsWindows()) Directory.CreateDirectory(directory);
            else Directory.CreateDirectory(directory, OwnerOnly);
            byte[] seed = GC.AllocateArray<byte>(Identity.SeedSize, pinned: true);
            try
            {
                using Identity identity = Identity.Generate(new OperatingSystemRandom());
                identity.CopySeed(seed);
                isMade = IdentityFile.TryCreate(path, seed);
            }
            finally
            {
                CryptographicOperations.ZeroMemory(seed);
            }
        }

        using Identity kept = ConfigurationAccess.LoadIdentity(options);
        return (kept.NodeId.ToString(), isMade);
    }

    private static void Report(CliOutput output, InitDocument document, AgentOptions options)
    {
        if (output.IsJson)
        {
            output.Json(JsonSerializer.Serialize(document, CliJson.Default.InitDocument));
            return;
        }

        string identity = Path.Combine(options.Node.StateDirectory, IdentityFile.FileName);
        output.Remark($"{(document.ConfigCreated ? "wrote" : "kept")} {document.Config}");
        output.Remark($"{(document.IdentityCreated ? "made" : "kept")} {identity}");
        output.Line(document.Id);
    }
}
