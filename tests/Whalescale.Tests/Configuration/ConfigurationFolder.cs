using Whalescale.Agent.Configuration;

namespace Whalescale.Tests.Configuration;

/// <summary>A directory with a main file and conf.d, gone after the test.</summary>
internal sealed class ConfigurationFolder : IDisposable
{
    public const string Alpha = "25njqamcweflpvkl73j4szahhihoc4xt3ktcgjnpaingr5yhkena";
    public const string Beta = "hvabprydiqqn4izebdbgnkrzlnagkwfzvn6utyyumc64dyzabaza";

    private readonly string _directory = Directory.CreateTempSubdirectory("whalescale-test-").FullName;

    public string MainFile => Path.Combine(_directory, "whalescale.toml");

    public string ConfDirectory => Path.Combine(_directory, "conf.d");

    public ConfigurationFolder Write(string text)
    {
        File.WriteAllText(MainFile, text);
        return this;
    }

    public string WriteConf(string name, string text)
    {
        Directory.CreateDirectory(ConfDirectory);
        string file = Path.Combine(ConfDirectory, name);
        File.WriteAllText(file, text);
        return file;
    }

    public ConfigurationInputs Inputs => new()
    {
        MainFile = MainFile,
        HostName = "Host-1.example",
        Checks = new ConfigurationChecks { IsWindows = false },
    };

    public ConfigurationResult Load() => ConfigurationLoader.Load(Inputs);

    public static ConfigurationResult Load(string text)
    {
        using var folder = new ConfigurationFolder();
        return folder.Write(text).Load();
    }

    public void Dispose() => Directory.Delete(_directory, recursive: true);
}
