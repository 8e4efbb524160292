using System.CommandLine;
using Whalescale.Agent.Configuration;
using Whalescale.Agent.Persistence;
using Whalescale.Agent.Plugins;
using Whalescale.Crypto;

namespace Whalescale.Agent.Cli;

/// <summary>Reads configuration and identity for commands, and turns what is wrong into exit codes.</summary>
internal static class ConfigurationAccess
{
    /// <summary>The file that a command line means.</summary>
    public static string FileOf(ParseResult parse, Option<string?> config) =>
        Path.GetFullPath(parse.GetValue(config) ?? ConfigurationLoader.DefaultFile);

    /// <summary>Reads everything, mistakes and all.</summary>
    /// <param name="environment">Variables are part of the configuration.</param>
    /// <param name="file">The main file.</param>
    /// <param name="catalogue">Checks the names of modules; null: any name passes.</param>
    public static ConfigurationResult Read(CliEnvironment environment, string file, PluginCatalogue? catalogue = null) =>
        ConfigurationLoader.Load(new ConfigurationInputs
        {
            MainFile = Path.GetFullPath(file),
            Environment = environment.Variables,
            Checks = new ConfigurationChecks
            {
                CheckNodeId = DescribeNodeId,
                ModuleNames = catalogue is null ? null : kind => NamesOf(catalogue, kind),
            },
        });

    /// <summary>The configuration.</summary>
    /// <exception cref="CliException">There is a mistake; the message has all of them.</exception>
    public static AgentOptions Load(CliEnvironment environment, string file) => Require(Read(environment, file), file);

    /// <summary>The configuration that was read.</summary>
    /// <exception cref="CliException">There is a mistake; the message has all of them.</exception>
    public static AgentOptions Require(ConfigurationResult result, string file)
    {
        if (result.IsValid) return result.Options;
        string? next = result.IsMainFileMissing ? null : $"mend it, then: whalescale config check --config {file}";
        throw new CliException(
            result.IsAccessDenied ? ExitCode.PermissionDenied : ExitCode.Usage,
            ConfigurationReport.Check(result).TrimEnd('\n'),
            next);
    }

    /// <summary>The identity in the state directory; the caller disposes of it.</summary>
    /// <exception cref="StateFileException">There is none, or it cannot be used.</exception>
    public static Identity LoadIdentity(AgentOptions options)
    {
        byte[] seed = GC.AllocateArray<byte>(Identity.SeedSize, pinned: true);
        try
        {
            string path = Path.Combine(options.Node.StateDirectory, IdentityFile.FileName);
            IdentityFile.Load(path, seed);
            try
            {
                return Identity.FromSeed(seed);
            }
            catch (ArgumentException mistake)
            {
                throw new StateFileException(
                    StateFileFault.Content, $"{path}: {mistake.Message} Put a backup in its place.", mistake);
            }
        }
        finally
        {
            System.Security.Cryptography.CryptographicOperations.ZeroMemory(seed);
        }
    }

    /// <summary>What is wrong with a node id as a key, or null.</summary>
    public static string? DescribeNodeId(NodeId id) => NodeKeys.Check(id, out _) switch
    {
        NodeIdVerdict.Usable => null,
        NodeIdVerdict.SignBitSet => "is the twin of a usable node id; 'whalescale id' on its own node prints the right one",
        _ => "is no usable key; look for a mistyped character, 'whalescale id' on its own node prints it",
    };

    private static string[] NamesOf(PluginCatalogue catalogue, string kind) =>
        [.. Enum.GetValues<ModuleKind>().Where(each => each.Text() == kind).SelectMany(catalogue.Names)];
}
