using System.Text.Json;
using Whalescale.Agent;
using Whalescale.Agent.Cli;
using Whalescale.Crypto;
using Whalescale.Tests.Connectors;

namespace Whalescale.Tests.Cli;

/// <summary>Commands that need no agent.</summary>
public sealed class LocalCommandTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();
    private readonly CommandLine _command = new();

    public void Dispose() => _directory.Dispose();

    private string ConfigPath => _directory.File("whalescale.toml");

    [Fact]
    public async Task Init_makes_identity_and_configuration_and_a_second_time_keeps_them()
    {
        CommandLine.Outcome first = await InitAsync("--name", "alpha", "--anchor", "--endpoint", "192.0.2.1:51900");
        Assert.Equal(ExitCode.Ok, first.Code);
        Assert.True(NodeId.TryParse(Assert.Single(first.Lines), out NodeId id));
        Assert.Equal(NodeIdVerdict.Usable, NodeKeys.Check(id, out _));
        Assert.StartsWith("wrote ", first.Error, StringComparison.Ordinal);
        byte[] key = await File.ReadAllBytesAsync(_directory.File("state/identity.key"));
        string config = await File.ReadAllTextAsync(ConfigPath);
        Assert.Contains("name = \"alpha\"", config, StringComparison.Ordinal);

        CommandLine.Outcome second = await InitAsync("--name", "other");
        Assert.Equal(first.Out, second.Out);
        Assert.StartsWith("kept ", second.Error, StringComparison.Ordinal);
        Assert.Equal(key, await File.ReadAllBytesAsync(_directory.File("state/identity.key")));
        Assert.Equal(config, await File.ReadAllTextAsync(ConfigPath));
    }

    [Fact]
    public async Task Init_keeps_state_to_its_owner()
    {
        await InitAsync();
        if (OperatingSystem.IsWindows()) return;
        Assert.Equal("700", Convert.ToString((int)File.GetUnixFileMode(_directory.File("state")), 8));
        Assert.Equal("600", Convert.ToString((int)File.GetUnixFileMode(_directory.File("state/identity.key")), 8));
    }

    [Fact]
    public async Task Init_refuses_values_that_are_not_valid_and_makes_nothing()
    {
        CommandLine.Outcome outcome = await InitAsync("--name", "two words", "--endpoint", "192.0.2.1");
        Assert.Equal((ExitCode.Usage, ""), (outcome.Code, outcome.Out));
        Assert.Empty(Directory.GetFileSystemEntries(_directory.Path));
    }

    [Fact]
    public async Task Init_does_not_pass_over_a_state_directory_that_the_file_does_not_have()
    {
        await InitAsync();
        CommandLine.Outcome outcome = await _command.RunAsync(
            "init", "--config", ConfigPath, "--state-dir", _directory.File("elsewhere"));
        Assert.Equal(ExitCode.Usage, outcome.Code);
        Assert.False(Directory.Exists(_directory.File("elsewhere")));
    }

    [Fact]
    public async Task The_id_is_one_line()
    {
        CommandLine.Outcome init = await InitAsync();
        CommandLine.Outcome id = await _command.RunAsync("id", "--config", ConfigPath);
        Assert.Equal((ExitCode.Ok, init.Out, ""), (id.Code, id.Out, id.Error));
    }

    [Fact]
    public async Task The_id_of_a_node_without_identity_says_to_run_init()
    {
        await File.WriteAllTextAsync(ConfigPath, $"[node]\nstate_dir = \"{_directory.Path}\"\n");
        CommandLine.Outcome outcome = await _command.RunAsync("id", "--config", ConfigPath);
        Assert.Equal((ExitCode.Usage, ""), (outcome.Code, outcome.Out));
        Assert.Contains("whalescale init", outcome.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_check_lists_every_mistake_with_its_place()
    {
        await File.WriteAllTextAsync(ConfigPath, "[tun]\nmtu = 99\nnaem = \"x\"\n[multipath]\nscheduler = \"no-such\"\n");
        CommandLine.Outcome outcome = await _command.RunAsync("config", "check", "--config", ConfigPath);
        Assert.Equal((ExitCode.Usage, ""), (outcome.Code, outcome.Out));
        Assert.Contains($"{ConfigPath}:2:", outcome.Error, StringComparison.Ordinal);
        Assert.Contains($"{ConfigPath}:3:", outcome.Error, StringComparison.Ordinal);
        Assert.Contains($"{ConfigPath}:5:", outcome.Error, StringComparison.Ordinal);

        CommandLine.Outcome json = await _command.RunAsync("config", "check", "--config", ConfigPath, "--json");
        Assert.Equal((ExitCode.Usage, ""), (json.Code, json.Error));
        JsonElement mistakes = JsonDocument.Parse(json.Out).RootElement.GetProperty("mistakes");
        Assert.Equal([2, 3, 5], mistakes.EnumerateArray().Select(mistake => mistake.GetProperty("line").GetInt32()));
    }

    [Fact]
    public async Task A_good_file_checks_and_shows()
    {
        await File.WriteAllTextAsync(ConfigPath, "[node]\nname = \"alpha\"\n");
        Assert.Equal(ExitCode.Ok, (await _command.RunAsync("config", "check", "--config", ConfigPath)).Code);
        CommandLine.Outcome show = await _command.RunAsync("config", "show", "--config", ConfigPath, "--source");
        Assert.Equal(ExitCode.Ok, show.Code);
        Assert.Contains($"name = \"alpha\"  # file:{ConfigPath}:2", show.Lines);
        CommandLine.Outcome json = await _command.RunAsync("config", "show", "--config", ConfigPath, "--json", "--effective");
        Assert.Equal("whalescale.config/1", JsonDocument.Parse(json.Out).RootElement.GetProperty("schema").GetString());
    }

    [Fact]
    public async Task A_peer_is_added_and_removed_with_no_agent_running()
    {
        await InitAsync();
        string id = NewId();
        CommandLine.Outcome added = await PeersAsync("add", id, "--name", "beta", "--endpoint", "192.0.2.7:51900");
        Assert.Equal((ExitCode.Ok, ""), (added.Code, added.Out));
        string file = _directory.File("conf.d/50-peers.toml");
        Assert.Contains(file, added.Error, StringComparison.Ordinal);
        Assert.Contains(id, await File.ReadAllTextAsync(file), StringComparison.Ordinal);

        Assert.Equal(ExitCode.Ok, (await PeersAsync("remove", "BETA")).Code);
        Assert.DoesNotContain(id, await File.ReadAllTextAsync(file), StringComparison.Ordinal);
        Assert.Equal(ExitCode.NoSuchTarget, (await PeersAsync("remove", "beta")).Code);
    }

    [Fact]
    public async Task A_peer_that_would_break_the_configuration_is_not_left_in_it()
    {
        await InitAsync();
        await PeersAsync("add", NewId(), "--name", "beta");
        string before = await File.ReadAllTextAsync(_directory.File("conf.d/50-peers.toml"));
        CommandLine.Outcome taken = await PeersAsync("add", NewId(), "--name", "beta");
        Assert.Equal(ExitCode.Usage, taken.Code);
        Assert.Equal(before, await File.ReadAllTextAsync(_directory.File("conf.d/50-peers.toml")));
    }

    [Fact]
    public async Task A_peer_written_by_hand_is_left_to_the_hand()
    {
        await InitAsync();
        string id = NewId();
        await File.AppendAllTextAsync(ConfigPath, $"\n[[peer]]\nid = \"{id}\"\nname = \"beta\"\n");
        CommandLine.Outcome outcome = await PeersAsync("remove", "beta");
        Assert.Equal(ExitCode.Failed, outcome.Code);
        Assert.Contains("written by hand at " + ConfigPath, outcome.Error, StringComparison.Ordinal);
        Assert.Contains(id, await File.ReadAllTextAsync(ConfigPath), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_id_that_is_no_key_is_refused_before_anything_is_written()
    {
        await InitAsync();
        CommandLine.Outcome outcome = await PeersAsync("add", new string('a', 52));
        Assert.Equal(ExitCode.Usage, outcome.Code);
        Assert.False(Directory.Exists(_directory.File("conf.d")));
    }

    [Fact]
    public async Task An_agent_that_is_named_and_not_there_is_not_replaced_by_the_file()
    {
        await InitAsync();
        CommandLine.Outcome outcome = await PeersAsync("add", NewId(), "--api", "unix://" + _directory.File("none.sock"));
        Assert.Equal(ExitCode.AgentUnreachable, outcome.Code);
        Assert.False(Directory.Exists(_directory.File("conf.d")));
    }

    [Fact]
    public async Task Plugins_are_listed_without_an_agent_with_the_reason_for_each_refusal()
    {
        string hash = new('0', 64);
        await File.WriteAllTextAsync(
            ConfigPath,
            $"[plugins]\ndirectory = \"{_directory.Path}\"\n[[plugins.load]]\nname = \"ghost\"\nsha256 = \"{hash}\"\n");
        _command.Variables[GlobalOptions.ApiVariable] = "unix://" + _directory.File("api.sock");
        CommandLine.Outcome outcome = await _command.RunAsync("plugins", "list", "--config", ConfigPath);
        Assert.Equal(ExitCode.Ok, outcome.Code);
        Assert.Contains(outcome.Lines, line => line.StartsWith("plugin ", StringComparison.Ordinal)
            && line.Contains("ghost", StringComparison.Ordinal) && line.Contains("refused", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Run_hands_over_a_checked_configuration_and_the_identity()
    {
        CommandLine.Outcome init = await InitAsync("--name", "alpha");
        LoadedConfiguration? seen = null;
        string? id = null;
        _command.RunAgentAsync = (loaded, _) =>
        {
            (seen, id) = (loaded, loaded.Identity.NodeId.ToString());
            return Task.FromResult(42);
        };
        CommandLine.Outcome outcome = await _command.RunAsync("run", "--config", ConfigPath, "--log-level", "none");
        Assert.Equal((42, init.Out.Trim()), (outcome.Code, id));
        Assert.Equal((ConfigPath, "alpha"), (seen!.MainFile, seen.Options.Node.Name));
    }

    [Fact]
    public async Task Run_with_mistakes_prints_all_of_them_and_starts_nothing()
    {
        await File.WriteAllTextAsync(ConfigPath, "[tun]\nmtu = 99\nnaem = \"x\"\n");
        _command.RunAgentAsync = (_, _) => throw new InvalidOperationException("started");
        CommandLine.Outcome outcome = await _command.RunAsync("run", "--config", ConfigPath);
        Assert.Equal(ExitCode.Usage, outcome.Code);
        Assert.Contains($"{ConfigPath}:2:", outcome.Error, StringComparison.Ordinal);
        Assert.Contains($"{ConfigPath}:3:", outcome.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Being_told_to_stop_is_a_good_end()
    {
        await InitAsync();
        using var source = new CancellationTokenSource();
        _command.RunAgentAsync = async (_, cancellation) =>
        {
            await source.CancelAsync();
            await Task.Delay(Timeout.Infinite, cancellation);
            return ExitCode.Failed;
        };
        CommandLine.Outcome outcome = await _command.RunAsync(
            source.Token, "run", "--config", ConfigPath, "--log-level", "none");
        Assert.Equal(ExitCode.Ok, outcome.Code);
    }

    [Fact]
    public async Task Without_a_file_the_message_says_how_to_make_one()
    {
        CommandLine.Outcome outcome = await _command.RunAsync("run", "--config", ConfigPath);
        Assert.Equal(ExitCode.Usage, outcome.Code);
        Assert.Contains($"whalescale init --config {ConfigPath}", outcome.Error, StringComparison.Ordinal);
    }

    private Task<CommandLine.Outcome> InitAsync(params string[] arguments) => _command.RunAsync(
        ["init", "--config", ConfigPath, "--state-dir", _directory.File("state"), .. arguments]);

    /// <summary>The socket of the configuration is the test's own, so that no agent of this machine answers.</summary>
    private Task<CommandLine.Outcome> PeersAsync(params string[] arguments)
    {
        if (!arguments.Contains("--api"))
            _command.Variables[GlobalOptions.ApiVariable] = "unix://" + _directory.File("api.sock");
        return _command.RunAsync(["peers", .. arguments, "--config", ConfigPath]);
    }

    private static string NewId()
    {
        using Identity identity = Identity.Generate(new OperatingSystemRandom());
        return identity.NodeId.ToString();
    }
}
