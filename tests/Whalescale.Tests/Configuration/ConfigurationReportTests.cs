using System.Text.Json;
using Whalescale.Agent.Configuration;
using Whalescale.Agent.Configuration.Schema;
using static Whalescale.Tests.Configuration.ConfigurationFolder;

namespace Whalescale.Tests.Configuration;

public sealed class ConfigurationReportTests
{
    [Fact]
    public void Without_a_mistake_the_check_says_so_in_one_line()
    {
        Assert.Equal("0 mistakes\n", ConfigurationReport.Check(Load("")));
        Assert.EndsWith("\n1 mistake\n", ConfigurationReport.Check(Load("a = 1")), StringComparison.Ordinal);
    }

    [Fact]
    public void What_was_set_is_shown_as_toml_with_its_source()
    {
        using var folder = new ConfigurationFolder();
        folder.Write(
            $"[tun]\nmtu = 0x578\n\n[[peer]]\nid = \"{Beta.ToUpperInvariant()}\"\nendpoints = ['B.example:1']\n");

        string shown = ConfigurationReport.Show(folder.Load(), isEffective: false, withSource: true);

        Assert.Equal(
            $"""
            [tun]
            mtu = 1400  # file:{folder.MainFile}:2

            [[peer]]
            id = "{Beta}"  # file:{folder.MainFile}:5
            endpoints = ["b.example:1"]  # file:{folder.MainFile}:6

            """,
            shown);
    }

    [Fact]
    public void The_effective_configuration_is_a_file_that_gives_the_same_configuration()
    {
        using var folder = new ConfigurationFolder();
        folder.Write($"""
            [node]
            endpoints = ["192.0.2.1:5"]
            [[path]]
            interface = "w*"
            max_rate = "1500kbit"
            [[peer]]
            id = "{Beta}"
            [[plugins.load]]
            name = "p"
            sha256 = "{new string('0', 64)}"
            """);
        ConfigurationResult first = folder.Load();

        ConfigurationResult second = folder.Write(
            ConfigurationReport.Show(first, isEffective: true, withSource: true)).Load();

        Assert.Empty(second.Mistakes);
        Assert.Equivalent(first.Options, second.Options, strict: true);
        foreach (Setting setting in Settings.All.Where(each => each.DefaultValue is not null))
            Assert.Contains(first.Settings, each => each.Key.EndsWith($".{setting.Key}", StringComparison.Ordinal));
    }

    [Fact]
    public void The_json_document_has_values_of_their_own_kind()
    {
        using var folder = new ConfigurationFolder();
        folder.Write("[tun]\nmtu = 1400\n[node]\nanchor = true\naddress = [\"10.0.0.1/8\"]\nname = \"a\"\n");

        using var document = JsonDocument.Parse(ConfigurationReport.ShowJson(folder.Load(), isEffective: false));

        JsonElement root = document.RootElement;
        Assert.Equal("whalescale.config/1", root.GetProperty("schema").GetString());
        Assert.Equal(folder.MainFile, root.GetProperty("files")[0].GetString());
        var settings = root.GetProperty("settings").EnumerateArray()
            .ToDictionary(each => each.GetProperty("key").GetString()!, each => each.GetProperty("value").GetRawText());
        Assert.Equal(4, settings.Count);
        Assert.Equal(("1400", "true", "\"a\""), (settings["tun.mtu"], settings["node.anchor"], settings["node.name"]));
        Assert.Equal($"file:{folder.MainFile}:6", root.GetProperty("settings")[0].GetProperty("source").GetString());
    }

    [Theory]
    [InlineData("naem", "name")]
    [InlineData("listenport", "listen_port")]
    [InlineData("addr", "address")]
    [InlineData("MTU", "mtu")]
    [InlineData("endpoints_", "endpoints")]
    [InlineData("colour", null)]
    [InlineData("x", null)]
    public void The_nearest_key_is_suggested_if_it_is_near(string word, string? nearest)
    {
        string[] keys = ["name", "listen_port", "address", "mtu", "endpoints", "interface"];

        Assert.Equal(nearest, Suggestion.Nearest(word, keys));
    }

    [Theory]
    [InlineData("", "", 0)]
    [InlineData("abc", "", 3)]
    [InlineData("kitten", "sitting", 3)]
    [InlineData("ab", "ba", 1)]
    public void The_distance_counts_a_swap_as_one(string a, string b, int distance)
    {
        Assert.Equal(distance, Suggestion.Distance(a, b));
        Assert.Equal(distance, Suggestion.Distance(b, a));
    }
}
