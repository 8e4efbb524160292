using System.Runtime.Versioning;
using System.Text.RegularExpressions;
using Whalescale.Agent.Configuration;
using Whalescale.Agent.Configuration.Schema;

namespace Whalescale.Tests.Configuration;

[UnsupportedOSPlatform("windows")]
public sealed partial class ConfigurationFileTests
{
    private static readonly InitialConfiguration Initial = new()
    {
        Name = "alpha",
        IsAnchor = true,
        Endpoints = ["192.0.2.7:51900"],
        StateDirectory = "/tmp/alpha",
        NetworkName = "home",
    };

    [Fact]
    public void The_first_file_says_what_it_was_told_and_loads_without_a_mistake()
    {
        using var folder = new ConfigurationFolder();

        Assert.True(ConfigurationFile.WriteInitial(folder.MainFile, Initial));
        ConfigurationResult result = folder.Load();

        Assert.Empty(result.Mistakes);
        AgentOptions options = result.Options!;
        Assert.Equal(("alpha", true, "/tmp/alpha", "home"),
            (options.Node.Name, options.Node.IsAnchor, options.Node.StateDirectory, options.Network.Name));
        Assert.Equal(["192.0.2.7:51900"], options.Node.Endpoints);
        Assert.Equal(51900, options.Transport.ListenPort);
        Assert.Equal(5, result.Settings.Count(setting => setting.Origin.Kind == SettingOriginKind.File));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(folder.MainFile));
    }

    [Fact]
    public void Told_nothing_it_sets_nothing()
    {
        using var folder = new ConfigurationFolder();

        ConfigurationFile.WriteInitial(folder.MainFile, new InitialConfiguration());

        Assert.DoesNotContain(folder.Load().Settings, setting => setting.Origin.Kind == SettingOriginKind.File);
    }

    [Fact]
    public void Every_line_in_comments_is_right_when_it_is_uncommented()
    {
        using var folder = new ConfigurationFolder();
        string text = ConfigurationFile.Compose(folder.MainFile, Initial);

        ConfigurationResult result = folder.Write(Commented().Replace(text, "$1")).Load();

        Assert.Empty(result.Mistakes);
        int keys = Settings.All.Count(setting => setting.Availability == Availability.Everywhere);
        Assert.Equal(keys, result.Settings.Count(setting => setting.Origin.Kind == SettingOriginKind.File));
        Assert.All(text.Split('\n'), line => Assert.InRange(line.Length, 0, 140));
    }

    [Fact]
    public void A_file_that_is_there_is_kept_untouched()
    {
        using var folder = new ConfigurationFolder();
        folder.Write("# mine\n");

        Assert.False(ConfigurationFile.WriteInitial(folder.MainFile, Initial));

        Assert.Equal("# mine\n", File.ReadAllText(folder.MainFile));
        Assert.Single(Directory.GetFileSystemEntries(Path.GetDirectoryName(folder.MainFile)!));
    }

    [Fact]
    public void Values_that_would_not_load_are_refused_before_anything_is_written()
    {
        using var folder = new ConfigurationFolder();

        ConfigurationException error = Assert.Throws<ConfigurationException>(() => ConfigurationFile.WriteInitial(
            folder.MainFile, new InitialConfiguration { Name = "A B", Endpoints = ["nonsense"] }));

        Assert.Equal(["node.name", "node.endpoints"], error.Mistakes.Select(each => each.Message.Split(':')[0]));
        Assert.False(File.Exists(folder.MainFile));
    }

    [GeneratedRegex(@"^# (\[\[.*\]\]|[a-z0-9_]+ = .*)$", RegexOptions.Multiline)]
    private static partial Regex Commented();
}
