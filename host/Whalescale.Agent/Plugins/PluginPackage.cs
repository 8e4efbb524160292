using System.Security.Cryptography;

namespace Whalescale.Agent.Plugins;

/// <summary>The files of a plugin, verified and in memory: what is loaded is what was hashed.</summary>
/// <param name="Manifest">The manifest.</param>
/// <param name="Files">Content by file name.</param>
internal sealed record PluginPackage(PluginManifest Manifest, IReadOnlyDictionary<string, byte[]> Files)
{
    private const int MostFiles = 64;
    private const int LargestManifestBytes = 64 * 1024;
    private const int LargestFileBytes = 64 * 1024 * 1024;

    /// <summary>Reads and verifies <c>directory/name</c>.</summary>
    /// <param name="directory">Directory of plugin directories.</param>
    /// <param name="name">Name of the plugin and of its directory.</param>
    /// <param name="sha256">Hash of plugin.toml that the operator wrote into the configuration, in hex.</param>
    /// <exception cref="PluginRefusedException">Something is not as it should be; the message says what.</exception>
    public static PluginPackage Read(string directory, string name, string sha256)
    {
        if (!PluginManifest.IsName(name))
            throw new PluginRefusedException("a plugin's name has lower-case letters, digits and hyphens");
        string home = Path.Combine(directory, name);
        PluginTrust.RequireDirectory(home);

        string manifestPath = Path.Combine(home, PluginManifest.FileName);
        byte[] manifestBytes = ReadFile(manifestPath, LargestManifestBytes);
        RequireHash(PluginManifest.FileName, manifestBytes, sha256, "the configuration");
        PluginManifest manifest = PluginManifest.Parse(manifestBytes);
        RequireSane(manifest, name);
        RequireAllListed(home, manifest);

        var files = new Dictionary<string, byte[]>(StringComparer.Ordinal);
        foreach ((string file, string expected) in manifest.Files)
        {
            byte[] bytes = ReadFile(Path.Combine(home, file), LargestFileBytes);
            RequireHash(file, bytes, expected, PluginManifest.FileName);
            files.Add(file, bytes);
        }

        return new PluginPackage(manifest, files);
    }

    private static void RequireSane(PluginManifest manifest, string name)
    {
        if (manifest.Name != name)
            throw new PluginRefusedException($"its manifest is that of '{Printable.Escape(manifest.Name)}'");
        if (manifest.ApiLevel != ContractVersion.Current)
        {
            throw new PluginRefusedException(
                $"it was built for API level {manifest.ApiLevel}, this agent has {ContractVersion.Current}; "
                + "rebuild it against this version's Whalescale.Abstractions");
        }

        if (manifest.Files.Count > MostFiles) throw new PluginRefusedException($"it has more than {MostFiles} files");
        foreach (string file in manifest.Files.Keys)
        {
            if (!PluginManifest.IsFileName(file))
                throw new PluginRefusedException($"'{Printable.Escape(file)}' is no plain file name");
        }

        if (!manifest.Files.ContainsKey(manifest.Entry))
            throw new PluginRefusedException($"its entry {Printable.Escape(manifest.Entry)} is not among its [files]");
    }

    private static void RequireAllListed(string home, PluginManifest manifest)
    {
        foreach (string entry in Directory.EnumerateFileSystemEntries(home))
        {
            string file = Path.GetFileName(entry);
            if (file == PluginManifest.FileName || manifest.Files.ContainsKey(file)) continue;
            throw new PluginRefusedException(
                $"{Printable.Escape(file)} is not listed in {PluginManifest.FileName}; list it with its hash or remove it");
        }
    }

    private static byte[] ReadFile(string path, int largestBytes)
    {
        PluginTrust.RequireFile(path);
        try
        {
            using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read);
            if (file.Length > largestBytes) throw new PluginRefusedException($"{path} is larger than {largestBytes} bytes");
            var bytes = new byte[file.Length];
            file.ReadExactly(bytes);
            return bytes;
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new PluginRefusedException($"{path} cannot be read: {failure.Message}", failure);
        }
    }

    private static void RequireHash(string file, byte[] bytes, string expected, string writtenIn)
    {
        string actual = Convert.ToHexStringLower(SHA256.HashData(bytes));
        if (!actual.Equals(expected, StringComparison.OrdinalIgnoreCase))
            throw new PluginRefusedException($"{file} has SHA-256 {actual}, {writtenIn} says {Printable.Escape(expected)}");
    }
}
