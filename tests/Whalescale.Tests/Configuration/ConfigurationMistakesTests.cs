using Whalescale.Agent.Configuration;
using static Whalescale.Tests.Configuration.ConfigurationFolder;

namespace Whalescale.Tests.Configuration;

public sealed class ConfigurationMistakesTests
{
    [Fact]
    public void Ten_mistakes_in_a_file_are_reported_at_once_each_at_its_place()
    {
        using var folder = new ConfigurationFolder();
        folder.Write($"""
            [node]
            naem = "alpha"
            address = ["10.77.0.1/16", "10.77.300.1/16"]
            anchor = true
            [tun]
            mtu = 100
            name = whale0
            [transport]
              rekey_after = 60
            [[peer]]
            id = "{Alpha}"
            name = "beta"
            endpoints = ["beta.example"]
            [[peer]]
            id = "{Beta}"
            name = "beta"
            routes = ["10.77.0.2/24"]
            [tunnel]
            [api]
            tcp_port = 61337
            """);

        ConfigurationResult result = folder.Load();

        Assert.Null(result.Options);
        Assert.Equal(
            [
                "2:1: node.naem: there is no such key; did you mean \"name\"?",
                "3:28: node.address: \"10.77.300.1/16\" is no address; write \"10.77.0.1/16\" or \"fd77::1/64\"",
                "6:7: tun.mtu: must be a whole number from 1280 to 9000, not 100",
                "7:8: \"whale0\" is not a value: text needs quotes, numbers are written like 42, -7, 0x1F or 1.5e3",
                "9:17: transport.rekey_after: must be a duration in quotes, not a whole number; "
                    + "write rekey_after = \"2m\"",
                "13:14: peer.endpoints: \"beta.example\" is no endpoint; write \"192.0.2.7:51900\", "
                    + "\"[2001:db8::7]:51900\" or \"beta.example:51900\", with a port from 1 to 65535",
                $"16:8: peer.name: \"beta\" is the name of another peer already, at {folder.MainFile}:12; "
                    + "choose another",
                "17:11: peer.routes: \"10.77.0.2/24\" has bits set after /24; "
                    + "write \"10.77.0.0/24\" for the network or \"10.77.0.2/32\" for the one address",
                "18:2: there is no table \"tunnel\"; did you mean \"tun\"?",
                "20:1: api.tcp_port: is not available in this version; remove it",
            ],
            result.Mistakes.Select(mistake => mistake.ToString()[(folder.MainFile.Length + 1)..]));
        string report = ConfigurationReport.Check(result);
        Assert.EndsWith("\n10 mistakes\n", report, StringComparison.Ordinal);
        Assert.StartsWith($"{folder.MainFile}:2:1: node.naem: ", report, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("[node]\nname = \"Alpha\"", "2:8", "write \"alpha\"")]
    [InlineData("[node]\nname = \"\"", "2:8", "no name")]
    [InlineData("[node]\nname = \"a.b\"", "2:8", "no name")]
    [InlineData("[node]\nstate_dir = \"state\"", "2:13", "no absolute path")]
    [InlineData("[node]\naddress = \"10.77.0.1/16\"", "2:11", "write address = [\"10.77.0.1/16\"]")]
    [InlineData("[node]\naddress = [\"10.77.0.0/16\"]", "2:12", "is the network itself")]
    [InlineData("[node]\naddress = [\"10.77.255.255/16\"]", "2:12", "is the broadcast address itself")]
    [InlineData("[node]\naddress = [\"127.0.0.1/8\"]", "2:12", "loopback")]
    [InlineData("[node]\naddress = [\"10.0.0.1/0\"]", "2:12", "every address")]
    [InlineData("[node]\naddress = [\"10.0.0.1\", \"10.0.0.1/32\"]", "2:24", "twice")]
    [InlineData("[node]\nroutes = [\"0.0.0.0/0\"]", "2:11", "a default route is not supported")]
    [InlineData("[node]\nroutes = [\"::/0\"]", "2:11", "a default route is not supported")]
    [InlineData("[node]\nroutes = [\"224.0.0.0/4\"]", "2:11", "multicast")]
    [InlineData("[node]\nendpoints = [\"0.0.0.0:1\"]", "2:14", "not the address of one machine")]
    [InlineData("[node]\nendpoints = [\"192.0.2.300:1\"]", "2:14", "no endpoint")]
    [InlineData("[node]\nendpoints = [\"host:0\"]", "2:14", "no endpoint")]
    [InlineData("[node]\nendpoints = [\"host:65536\"]", "2:14", "no endpoint")]
    [InlineData("[node]\nendpoints = [\"2001:db8::1:51900\"]", "2:14", "no endpoint")]
    [InlineData("[node]\nendpoints = [1]", "2:14", "not a whole number")]
    [InlineData("[node]\nanchor = \"yes\"", "2:10", "must be true or false, not text; write anchor = true")]
    [InlineData("[node]\nlisten_port = 1", "2:1", "it belongs under [transport]")]
    [InlineData("[[node]]\nname = \"a\"", "1:3", "node is one table, not a list of tables; write [node] once")]
    [InlineData("[peer]\nname = \"a\"", "1:2", "write [[peer]] before each")]
    [InlineData("node = 1", "1:1", "node is one table, not a whole number")]
    [InlineData("name = \"a\"", "1:1", "keys stand under [node]")]
    [InlineData("color = \"a\"", "1:1", "outside of any table")]
    [InlineData("[network]\nmembership_key = \"x\"", "2:1", "not available in this version")]
    [InlineData("[telemetry]\notlp_endpoint = \"x\"", "2:1", "not available in this version")]
    [InlineData("[api]\nvsock_port = 1", "2:1", "not available in this version")]
    [InlineData("[api]\npipe = \"whalescale\"", "2:1", "only on Windows")]
    [InlineData("[tun]\nname = \"a-name-of-16-chr\"", "2:8", "1 to 15")]
    [InlineData("[tun]\nmtu = 9001", "2:7", "9000")]
    [InlineData("[tun]\nmtu = 1380.0", "2:7", "a number with a fraction")]
    [InlineData("[transport]\nlisten_port = -1", "2:15", "0 to 65535")]
    [InlineData("[transport]\ninterfaces = [\"eth 0\"]", "2:15", "no interface")]
    [InlineData("[transport]\nrekey_after = \"121s\"", "2:15", "from 1s to 2m")]
    [InlineData("[transport]\nrekey_after = \"999ms\"", "2:15", "from 1s to 2m")]
    [InlineData("[[path]]\ntier = \"off\"", "1:3", "path.interface: is missing")]
    [InlineData("[[path]]\ninterface = \"a\"\ntier = \"bakcup\"", "3:8", "did you mean \"backup\"?")]
    [InlineData("[[path]]\ninterface = \"a\"\nmax_rate = \"50 Mbit\"", "3:12", "no rate")]
    [InlineData("[relay]\nmax_rate = 5", "2:12", "must be a rate in quotes")]
    [InlineData("[[peer]]\nname = \"a\"", "1:3", "peer.id: is missing; every [[peer]] needs id = ")]
    [InlineData("[[peer]]\nid = \"abc\"", "2:6", "'whalescale id' prints it on that machine (this has 3)")]
    [InlineData("[plugins]\nload = 3", "2:1", "write [[plugins.load]]")]
    [InlineData("[[plugins.load]]\nname = \"a\"\nsha256 = \"12\"", "3:10", "64 hex digits")]
    public void A_mistake_is_answered_at_its_place_with_what_to_write(string text, string place, string part)
    {
        ConfigurationResult result = Load(text);

        Mistake mistake = Assert.Single(result.Mistakes);
        Assert.Equal(place, FormattableString.Invariant($"{mistake.Position.Line}:{mistake.Position.Column}"));
        Assert.Contains(part, mistake.Message, StringComparison.Ordinal);
        Assert.Null(result.Options);
    }

    [Fact]
    public void The_path_of_a_socket_is_as_long_as_the_system_allows_and_no_longer()
    {
        Assert.Empty(Load($"[api]\nunix = \"/{new string('a', 106)}\"").Mistakes);
        Assert.Contains("107 bytes", Assert.Single(Load($"[api]\nunix = \"/{new string('a', 107)}\"").Mistakes).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void A_line_that_cannot_be_read_is_not_reported_as_missing_too()
    {
        ConfigurationResult result = Load("[[peer]]\nid = \"abc\nname = \"a\"\n");

        Assert.Equal(2, Assert.Single(result.Mistakes).Position.Line);
    }

    [Fact]
    public void A_node_id_that_is_no_key_is_answered_in_the_words_of_the_one_who_knows()
    {
        using var folder = new ConfigurationFolder();
        folder.Write($"[[peer]]\nid = \"{Alpha}\"\n");
        ConfigurationInputs inputs = folder.Inputs with
        {
            Checks = folder.Inputs.Checks with
            {
                CheckNodeId = id => id.ToString() == Alpha ? "is this node's own id" : null,
            },
        };

        Mistake mistake = Assert.Single(ConfigurationLoader.Load(inputs).Mistakes);

        Assert.EndsWith($":2:6: peer.id: \"{Alpha[..39]}…\": is this node's own id", mistake.ToString(),
            StringComparison.Ordinal);
    }

    [Fact]
    public void Ids_names_and_networks_belong_to_one_peer_over_all_files()
    {
        using var folder = new ConfigurationFolder();
        folder.Write($"""
            [node]
            address = ["10.77.0.1/16"]
            routes = ["192.168.1.0/24"]
            [[peer]]
            id = "{Alpha}"
            name = "a"
            routes = ["10.77.0.2/32", "192.168.1.0/24", "10.77.0.1/32", "10.77.0.0/16"]
            """);
        string conf = folder.WriteConf("a.toml", $"""
            [[peer]]
            id = "{Alpha}"
            routes = ["10.77.0.2/32"]
            [[peer]]
            id = "{Beta}"
            name = "a"
            routes = ["10.77.0.2/32", "10.77.0.0/24"]
            """);

        ConfigurationResult result = folder.Load();

        Assert.Equal(
            [
                $"{folder.MainFile}:7:27: peer.routes: 192.168.1.0/24 leads to this node already, "
                    + $"at {folder.MainFile}:3; "
                    + "a network leads to one",
                $"{folder.MainFile}:7:45: peer.routes: 10.77.0.1 is this node's own address (node.address); "
                    + "a peer cannot have it too",
                $"{conf}:2:6: peer.id: this peer is written already at {folder.MainFile}:5; keep one of them",
                $"{conf}:6:8: peer.name: \"a\" is the name of another peer already, "
                    + $"at {folder.MainFile}:6; choose another",
                $"{conf}:7:11: peer.routes: 10.77.0.2/32 leads to peer \"a\" already, at {folder.MainFile}:7; "
                    + "a network leads to one",
            ],
            result.Mistakes.Select(mistake => mistake.ToString()));
    }

    [Fact]
    public void A_module_that_does_not_exist_is_answered_with_those_that_do()
    {
        using var folder = new ConfigurationFolder();
        folder.Write($"""
            [multipath]
            scheduler = "earliest-delivry"
            [discovery]
            sources = ["manual", "gossip", "my-plugin"]
            [nat]
            methods = ["upnp"]
            [[plugins.load]]
            name = "my-plugin"
            sha256 = "{new string('0', 64)}"
            """);
        ConfigurationInputs inputs = folder.Inputs with
        {
            Checks = folder.Inputs.Checks with
            {
                ModuleNames = kind => kind switch
                {
                    "scheduler" => ["single-path", "earliest-delivery"],
                    "discovery" => ["manual"],
                    _ => [],
                },
            },
        };

        ConfigurationResult result = ConfigurationLoader.Load(inputs);

        Assert.Equal(
            [
                "2:13: multipath.scheduler: \"earliest-delivry\" is not available in this version "
                    + "(available: earliest-delivery, single-path); did you mean \"earliest-delivery\"?",
                "4:22: discovery.sources: \"gossip\" is not available in this version (available: manual)",
                "6:12: nat.methods: \"upnp\" is not available in this version (there is none yet)",
            ],
            result.Mistakes.Select(mistake => mistake.ToString()[(folder.MainFile.Length + 1)..]));
    }

    [Theory]
    [InlineData("WHALESCALE_TUN_MTU", "100", "tun.mtu: must be a whole number from 1280 to 9000, not 100")]
    [InlineData("WHALESCALE_TUN_MTU", "big",
        "tun.mtu: must be a whole number from 1280 to 9000, not text; write WHALESCALE_TUN_MTU=1380")]
    [InlineData("WHALESCALE_TUN_NAEM", "x", "there is no such setting; did you mean \"WHALESCALE_TUN_NAME\"?")]
    [InlineData("WHALESCALE_TRANSPROT_LISTEN_PORT", "1",
        "there is no such setting; did you mean \"WHALESCALE_TRANSPORT_LISTEN_PORT\"?")]
    [InlineData("WHALESCALE_NODE_ADDRESS", "10.0.0.1",
        "node.address: is a list and can only be written in a file, as address = [\"10.77.0.1/16\"]")]
    [InlineData("WHALESCALE_PEER_NAME", "x", "[[peer]] can only be written in a file")]
    [InlineData("WHALESCALE_PLUGINS_LOAD_0", "x", "[[plugins.load]] can only be written in a file")]
    [InlineData("WHALESCALE_API_TCP_PORT", "61337", "api.tcp_port: is not available in this version; remove it")]
    public void A_mistake_in_the_environment_names_the_variable(string name, string value, string message)
    {
        using var folder = new ConfigurationFolder();
        folder.Write("");

        ConfigurationResult result = ConfigurationLoader.Load(
            folder.Inputs with { Environment = new Dictionary<string, string> { [name] = value } });

        Assert.Equal($"{name}: {message}", Assert.Single(result.Mistakes).ToString());
    }

    [Fact]
    public void A_variable_that_is_nothing_of_ours_is_left_alone()
    {
        using var folder = new ConfigurationFolder();
        folder.Write("");

        var environment = new Dictionary<string, string> { ["WHALESCALE_BUILD_DIR"] = "x" };
        Assert.Empty(ConfigurationLoader.Load(folder.Inputs with { Environment = environment }).Mistakes);
    }

    [Fact]
    public void A_mistake_on_the_command_line_names_the_option()
    {
        using var folder = new ConfigurationFolder();
        folder.Write("");

        ConfigurationResult result = ConfigurationLoader.Load(folder.Inputs with
        {
            Overrides = [new("tun.mut", "1", "--set"), new("tun.name", "a b", "--tun"),
                new("nat.methods", "x", "--nat")],
        });

        Assert.Equal(["--set", "--tun", "--nat"], result.Mistakes.Select(mistake => mistake.Source));
        Assert.Contains("did you mean \"tun.mtu\"?", result.Mistakes[0].Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_that_is_not_there_is_a_mistake_that_says_how_to_make_it()
    {
        using var folder = new ConfigurationFolder();

        ConfigurationResult result = folder.Load();

        Assert.True(result.IsMainFileMissing);
        Assert.Contains("whalescale init", Assert.Single(result.Mistakes).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_directory_in_place_of_the_file_is_a_mistake_and_not_a_crash()
    {
        using var folder = new ConfigurationFolder();
        Directory.CreateDirectory(folder.MainFile);

        Assert.Contains("cannot be read", Assert.Single(folder.Load().Mistakes).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Random_configurations_never_throw()
    {
        var random = new Random(7);
        string[] pieces =
        [
            "[node]\n", "[[peer]]\n", "[peer]\n", "[plugins]\n", "[[plugins.load]]\n", "[[path]]\n", "id", "name",
                "routes",
            "address", "interface", "load", " = ", "1", "\"x\"", $"\"{Alpha}\"", "[\"10.0.0.0/8\"]", "[1, {}]",
                "{ a = 1 }",
            "true", "\n", "\n", "\n", "endpoints = [\"a:1\"]\n", $"id = \"{Beta}\"\n", "1979-05-27", "x.y = 1\n",
                "[a.b]\n",
        ];
        for (int i = 0; i < 20_000; i++)
        {
            var values = new ConfigurationValues(new ConfigurationChecks());
            string text = string.Concat(
                Enumerable.Range(0, random.Next(1, 30)).Select(_ => pieces[random.Next(pieces.Length)]));
            values.AddFile(SettingOriginKind.File, "f", Whalescale.Agent.Configuration.Toml.TomlReader.Read(
                System.Text.Encoding.UTF8.GetBytes(text)));
            ConfigurationDefaults.Apply(values, "host", new ConfigurationChecks());
            new PeerChecks(values).Run();
            ModuleChecks.Run(values, new ConfigurationChecks { ModuleNames = _ => ["manual"] });
            if (values.Mistakes.Count == 0) Assert.NotNull(OptionsBuilder.Build(values));
        }
    }
}
