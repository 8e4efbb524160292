using System.Security.Cryptography;
using System.Text;
using Whalescale.Tests.Connectors;

namespace Whalescale.Tests.Plugins;

/// <summary>A directory of plugins of the test's own.</summary>
internal sealed class PluginDirectory : IDisposable
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    private readonly TemporaryDirectory _directory = new();

    public string Path => _directory.Path;

    public static byte[] TemplateBytes { get; } = File.ReadAllBytes(FindTemplate());

    public static string Hash(byte[] bytes) => Convert.ToHexStringLower(SHA256.HashData(bytes));

    public string Home(string name) => System.IO.Path.Combine(Path, name);

    public string FileOf(string name, string file) => System.IO.Path.Combine(Home(name), file);

    /// <summary>Installs a plugin of one assembly.</summary>
    /// <returns>SHA-256 of its plugin.toml, as the operator would write it into the configuration.</returns>
    public string Install(string name, byte[] assembly, string file = "plugin.dll", int apiLevel = 1) => Install(
        name,
        $"name = \"{name}\"\nentry = \"{file}\"\napi_level = {apiLevel}\n[files]\n\"{file}\" = \"{Hash(assembly)}\"\n",
        (file, assembly));

    /// <summary>Installs files and a manifest as it stands.</summary>
    public string Install(string name, string manifest, params (string Name, byte[] Content)[] files)
    {
        Directory.CreateDirectory(Home(name));
        if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(Home(name), OwnerOnly);
        foreach ((string file, byte[] content) in files) Write(name, file, content);
        byte[] bytes = Encoding.UTF8.GetBytes(manifest);
        Write(name, "plugin.toml", bytes);
        return Hash(bytes);
    }

    public void Write(string name, string file, byte[] content)
    {
        File.WriteAllBytes(FileOf(name, file), content);
        if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(FileOf(name, file), OwnerOnly);
    }

    public void Dispose() => _directory.Dispose();

    /// <summary>The template is built beside the tests, in the same configuration.</summary>
    private static string FindTemplate()
    {
        var tests = new DirectoryInfo(AppContext.BaseDirectory.TrimEnd('/', '\\'));
        return System.IO.Path.Combine(
            tests.Parent!.Parent!.FullName, "Whalescale.Plugin.Template", tests.Name, "Whalescale.Plugin.Template.dll");
    }
}
