using Whalescale.Agent.Configuration;
using Whalescale.Agent.Configuration.Schema;
using static Whalescale.Tests.Configuration.ConfigurationFolder;

namespace Whalescale.Tests.Configuration;

public sealed class ConfigurationLoaderTests
{
    [Fact]
    public void An_empty_file_gives_the_defaults()
    {
        ConfigurationResult result = Load("");

        Assert.Empty(result.Mistakes);
        AgentOptions options = result.Options!;
        Assert.Equal("host-1", options.Node.Name);
        Assert.Equivalent(new AgentOptions { Node = new NodeOptions { Name = "host-1" } }, options, strict: true);
    }

    [Fact]
    public void Every_key_of_this_version_reaches_the_options()
    {
        ConfigurationResult result = Load($$"""
            [node]
            name = "alpha"
            state_dir = "/tmp/state"
            address = ["10.77.0.1/16", "fd77::1/64"]
            routes = ["192.168.1.0/24"]
            endpoints = ["192.0.2.1:51900", "[2001:DB8::1]:51900", "Alpha.Example:51900"]
            anchor = true
            [network]
            name = "home"
            secret_file = "/etc/whalescale/secret"
            [tun]
            name = "none"
            mtu = 1400
            [transport]
            interfaces = ["eth0", "wlan*"]
            rekey_after = "2s"
            [[path]]
            interface = "wwan*"
            tier = "backup"
            metered = true
            max_rate = "50Mbit"
            [[path]]
            interface = "eth?"
            [multipath]
            scheduler = "weighted-round-robin"
            reorder = false
            [discovery]
            sources = ["manual", "lan"]
            [nat]
            methods = ["hole-punch"]
            [[peer]]
            id = "{{Alpha.ToUpperInvariant()}}"
            endpoints = ["beta.example:1"]
            anchor = true
            routes = ["10.77.0.2/32"]
            [api]
            unix = "none"
            [relay]
            max_rate_per_pair = "0"
            max_rate = "1Gbit"
            [plugins]
            directory = "/opt/plugins"
            [[plugins.load]]
            name = "my-scheduler"
            sha256 = "{{new string('A', 64)}}"
            """);

        Assert.Empty(result.Mistakes);
        AgentOptions options = result.Options!;
        Assert.Equal(("alpha", "/tmp/state", true),
            (options.Node.Name, options.Node.StateDirectory, options.Node.IsAnchor));
        Assert.Equal(["10.77.0.1/16", "fd77::1/64"], options.Node.Addresses.Select(each => each.ToString()));
        Assert.Equal(["192.168.1.0/24"], options.Node.Routes.Select(each => each.ToString()));
        Assert.Equal(["192.0.2.1:51900", "[2001:db8::1]:51900", "alpha.example:51900"], options.Node.Endpoints);
        Assert.Equal(("home", "/etc/whalescale/secret"), (options.Network.Name, options.Network.SecretFile));
        Assert.Equal(new TunOptions { Name = "none", Mtu = 1400, IsMtuFixed = true }, options.Tun);
        Assert.Equal(51900, options.Transport.ListenPort);
        Assert.Equal(["eth0", "wlan*"], options.Transport.Interfaces);
        Assert.Equal(TimeSpan.FromSeconds(2), options.Transport.RekeyAfter);
        Assert.Equal(
            [
                new PathRuleOptions("wwan*", PathTier.Backup, true, new Bandwidth(6_250_000)),
                new PathRuleOptions("eth?", PathTier.Primary, false, default),
            ],
            options.PathRules);
        Assert.Equal(new MultipathOptions { Scheduler = "weighted-round-robin", Reorder = false }, options.Multipath);
        Assert.Equal(["manual", "lan"], options.DiscoverySources);
        Assert.Equal(["hole-punch"], options.NatMethods);
        PeerOptions peer = Assert.Single(options.Peers);
        Assert.Equal((Alpha, Alpha[..10], true), (peer.Id.ToString(), peer.Name, peer.IsAnchor));
        Assert.Equal(["beta.example:1"], peer.Endpoints);
        Assert.Equal(["10.77.0.2/32"], peer.Routes.Select(each => each.ToString()));
        Assert.Null(options.Api.UnixPath);
        Assert.Equal((0, 125_000_000),
            (options.Relay.MaxRatePerPair.BytesPerSecond, options.Relay.MaxRate.BytesPerSecond));
        Assert.Equal("/opt/plugins", options.Plugins.Directory);
        Assert.Equal([new PluginLoadOptions("my-scheduler", new string('a', 64))], options.Plugins.Load);
    }

    [Fact]
    public void Command_line_wins_over_environment_over_conf_d_over_file()
    {
        using var folder = new ConfigurationFolder();
        folder.Write("[tun]\nname = \"file\"\nmtu = 1281\n[network]\nname = \"file\"\n[node]\nname = \"file\"\n");
        folder.WriteConf("20-b.toml", "[tun]\nname = \"conf-b\"\nmtu = 1283\n[node]\nname = \"conf-b\"");
        folder.WriteConf("10-a.toml", "[tun]\nname = \"conf-a\"\n[node]\nname = \"conf-a\"");
        ConfigurationInputs inputs = folder.Inputs with
        {
            Environment = new Dictionary<string, string>
            {
                ["WHALESCALE_NODE_NAME"] = "env",
                ["WHALESCALE_TUN_MTU"] = "1284",
                ["WHALESCALE_MULTIPATH_REORDER"] = "false",
                ["WHALESCALE_API"] = "unix:///x",
                ["WHALESCALE_FORWARDER_TARGET"] = "tcp",
                ["PATH"] = "/bin",
            },
            Overrides = [new("tun.mtu", "1285", "--mtu"), new("transport.rekey_after", "1m", "--set")],
        };

        ConfigurationResult result = ConfigurationLoader.Load(inputs);

        Assert.Empty(result.Mistakes);
        AgentOptions options = result.Options!;
        Assert.Equal(("env", "file", "conf-b", 1285),
            (options.Node.Name, options.Network.Name, options.Tun.Name, options.Tun.Mtu));
        Assert.Equal((false, 60), (options.Multipath.Reorder, options.Transport.RekeyAfter.TotalSeconds));
        Assert.Equal("env:WHALESCALE_NODE_NAME", Source(result, "node.name"));
        Assert.Equal($"file:{folder.MainFile}:5", Source(result, "network.name"));
        Assert.Equal($"conf.d:{Path.Combine(folder.ConfDirectory, "20-b.toml")}:2", Source(result, "tun.name"));
        Assert.Equal("option:--mtu", Source(result, "tun.mtu"));
        Assert.Equal("default", Source(result, "discovery.sources"));
        Assert.Equal(3, result.Files.Count);
    }

    [Fact]
    public void Rows_add_up_over_the_files_in_order()
    {
        using var folder = new ConfigurationFolder();
        folder.Write($"[[peer]]\nid = \"{Alpha}\"\n[[path]]\ninterface = \"a\"\n");
        string conf = folder.WriteConf("9.toml",
            $"[[path]]\ninterface = \"b\"\n\n[[peer]]\nid = \"{Beta}\"\nname = \"beta\"\n");
        folder.WriteConf(".hidden.toml", "nonsense");
        folder.WriteConf("note.txt", "nonsense");

        ConfigurationResult result = folder.Load();

        Assert.Empty(result.Mistakes);
        Assert.Equal(["a", "b"], result.Options!.PathRules.Select(rule => rule.InterfacePattern));
        Assert.Equal([Alpha[..10], "beta"], result.Options.Peers.Select(peer => peer.Name));
        Assert.Equal([$"{folder.MainFile}:1", $"{conf}:4"], result.Peers.Select(peer => peer.Origin.Place));
        Assert.Equal($"conf.d:{conf}:6", Source(result, "peer[1].name"));
    }

    [Fact]
    public void A_list_of_inline_tables_is_the_same_as_rows()
    {
        ConfigurationResult result = Load($"peer = [{{ id = \"{Alpha}\", name = \"a\" }}]\ntun = {{ mtu = 1300 }}\n");

        Assert.Empty(result.Mistakes);
        Assert.Equal("a", Assert.Single(result.Options!.Peers).Name);
        Assert.Equal(1300, result.Options.Tun.Mtu);
    }

    [Theory]
    [InlineData("[\"192.0.2.1:5\", \"b.example:5\"]", "", 5, "derived:node.endpoints")]
    [InlineData("[\"192.0.2.1:5\", \"b.example:6\"]", "", 0, "default")]
    [InlineData("[\"192.0.2.1:5\"]", "[transport]\nlisten_port = 7", 7, "file")]
    public void Endpoints_of_one_port_are_the_default_of_the_listen_port(string endpoints, string more, int port,
        string source)
    {
        ConfigurationResult result = Load($"[node]\nendpoints = {endpoints}\n{more}\n");

        Assert.Equal(port, result.Options!.Transport.ListenPort);
        Assert.StartsWith(source, Source(result, "transport.listen_port"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("box", "box")]
    [InlineData("My_Box.example.org", "my-box")]
    [InlineData("-x-", "x")]
    [InlineData("ü", "node")]
    [InlineData("", "node")]
    public void The_default_name_is_the_host_name_made_to_fit(string host, string name)
    {
        Assert.Equal(name, ConfigurationDefaults.NameOf(host));
        Assert.True(TextRules.IsName(ConfigurationDefaults.NameOf(host + new string('a', 80))));
    }

    [Fact]
    public void On_windows_the_api_is_a_pipe()
    {
        using var folder = new ConfigurationFolder();
        folder.Write("");
        var windows = new ConfigurationChecks { IsWindows = true };

        ConfigurationResult fallback = ConfigurationLoader.Load(folder.Inputs with { Checks = windows });
        folder.Write("[api]\npipe = \"other\"\n");
        ConfigurationResult named = ConfigurationLoader.Load(folder.Inputs with { Checks = windows });

        Assert.Equal((null, "whalescale"), (fallback.Options!.Api.UnixPath, fallback.Options.Api.PipeName));
        Assert.Equal("other", named.Options!.Api.PipeName);
    }

    [Fact]
    public void Every_setting_has_a_documentation_line_an_example_that_reads_and_a_default_that_reads()
    {
        foreach (Setting setting in Settings.All)
        {
            Assert.EndsWith(".", setting.Documentation, StringComparison.Ordinal);
            if (setting.Availability != Availability.Everywhere) continue;
            string header = Settings.FindTable(setting.Table)!.Header;
            foreach (string? value in new[] { setting.Example, setting.DefaultValue is { } d
                ? Whalescale.Agent.Configuration.Toml.TomlText.Write(d) : null })
            {
                if (value is null) continue;
                ConfigurationResult result = Load($"{header}\n{setting.Key} = {value}\n");
                Assert.DoesNotContain(result.Mistakes, mistake =>
                    !mistake.Message.Contains("is missing", StringComparison.Ordinal));
            }
        }

        Assert.Equal(Settings.All.Count, Settings.All.Select(setting => setting.Path).Distinct().Count());
        Assert.Equal(Settings.All.Count, Settings.All.Select(setting => setting.EnvironmentName).Distinct().Count());
    }

    [Theory]
    [InlineData("500ms", 500)]
    [InlineData("120s", 120_000)]
    [InlineData("2m", 120_000)]
    [InlineData("1h", 3_600_000)]
    [InlineData("0s", 0)]
    public void A_duration_is_a_number_and_a_unit(string text, int milliseconds)
    {
        Assert.True(Duration.TryParse(text, out TimeSpan duration));
        Assert.Equal(milliseconds, duration.TotalMilliseconds);
        Assert.True(Duration.TryParse(Duration.Write(duration), out TimeSpan again));
        Assert.Equal(duration, again);
    }

    [Theory]
    [InlineData("")]
    [InlineData("s")]
    [InlineData("5")]
    [InlineData("-5s")]
    [InlineData("1.5s")]
    [InlineData("5 s")]
    [InlineData("99999999h")]
    [InlineData("5d")]
    public void Anything_else_is_no_duration(string text)
    {
        Assert.False(Duration.TryParse(text, out _));
    }

    private static string Source(ConfigurationResult result, string key) =>
        Assert.Single(result.Settings, setting => setting.Key == key).Origin.ToString();
}
