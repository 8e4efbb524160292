using Whalescale.Agent.Cli;
using Whalescale.Connectors;
using Whalescale.Tests.Api;
using Whalescale.Tests.Connectors;

namespace Whalescale.Tests.Cli;

/// <summary>What holds for every command line.</summary>
public sealed class CommandTreeTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();
    private readonly CommandLine _command = new();

    public void Dispose() => _directory.Dispose();

    [Theory]
    [InlineData("run")]
    [InlineData("init")]
    [InlineData("id")]
    [InlineData("status")]
    [InlineData("ping")]
    [InlineData("version")]
    [InlineData("peers")]
    [InlineData("peers add")]
    [InlineData("peers list")]
    [InlineData("peers remove")]
    [InlineData("config check")]
    [InlineData("config show")]
    [InlineData("plugins list")]
    public async Task Every_command_has_help_with_an_example(string command)
    {
        CommandLine.Outcome outcome = await _command.RunAsync([.. command.Split(' '), "--help"]);
        Assert.Equal((ExitCode.Ok, ""), (outcome.Code, outcome.Error));
        Assert.Contains($"Example:\n  whalescale {command.Split(' ')[0]}", outcome.Out, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("stauts")]
    [InlineData("status --no-such-option")]
    [InlineData("peers")]
    [InlineData("ping")]
    [InlineData("ping beta -c -1")]
    [InlineData("ping beta -c many")]
    [InlineData("ping beta --size 1201")]
    [InlineData("ping beta --path 255")]
    [InlineData("ping beta -i 0")]
    [InlineData("status --timeout soon")]
    [InlineData("status --api somewhere")]
    [InlineData("status --log-level loud")]
    public async Task A_mistake_on_the_command_line_is_exit_2_and_says_where_to_look(string line)
    {
        CommandLine.Outcome outcome = await _command.RunAsync(line.Split(' ', StringSplitOptions.RemoveEmptyEntries));
        Assert.Equal((ExitCode.Usage, ""), (outcome.Code, outcome.Out));
        Assert.StartsWith("error: ", outcome.Error, StringComparison.Ordinal);
        Assert.Contains("\nnext: ", outcome.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_version_is_told_in_three_ways()
    {
        Assert.Equal("whalescale 0.1.0\n", (await _command.RunAsync("version")).Out);
        Assert.Equal("0.1.0\n", (await _command.RunAsync("--version")).Out);
        Assert.StartsWith(
            "{\"schema\":\"whalescale.version/1\",\"version\":\"0.1.0\",\"api_level\":1,",
            (await _command.RunAsync("version", "--json")).Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_agent_that_is_not_there_is_exit_3_with_the_endpoint_and_the_next_step()
    {
        string endpoint = "unix://" + _directory.File("none.sock");
        CommandLine.Outcome outcome = await _command.RunAsync("status", "--json", "--api", endpoint);
        Assert.Equal((ExitCode.AgentUnreachable, ""), (outcome.Code, outcome.Out));
        Assert.Equal(
            $"error: no agent over {endpoint}: {_directory.File("none.sock")}: there is no such socket\n"
            + "next: start it with: whalescale run --config FILE; or say where it is with --api\n",
            outcome.Error);
    }

    [Fact]
    public async Task What_listens_there_and_speaks_no_http_is_no_agent()
    {
        var connector = new UnixConnector(ConnectorEndpoint.Unix(_directory.File("odd.sock")));
        await using IConnectorListener listener = await connector.ListenAsync(CancellationToken.None);
        Task serving = Task.Run(async () =>
        {
            ConnectorConnection accepted = (await listener.AcceptAsync(CancellationToken.None))!;
            await accepted.Stream.WriteAsync("220 mail ready\r\n"u8.ToArray());
            await accepted.Stream.DisposeAsync();
        });
        CommandLine.Outcome outcome = await _command.RunAsync("status", "--api", connector.Endpoint.ToString());
        await serving;
        Assert.Equal(ExitCode.AgentUnreachable, outcome.Code);
        Assert.Contains(connector.Endpoint.ToString(), outcome.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("tcp://127.0.0.1:61337")]
    [InlineData("pipe://whalescale")]
    [InlineData("vsock://3:61337")]
    public async Task A_transport_that_this_version_lacks_is_exit_4(string endpoint)
    {
        CommandLine.Outcome outcome = await _command.RunAsync("status", "--api", endpoint);
        Assert.Equal(ExitCode.Unsupported, outcome.Code);
        Assert.Contains(endpoint, outcome.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_option_goes_before_the_variable_and_the_variable_before_the_file()
    {
        string config = _directory.File("whalescale.toml");
        await File.WriteAllTextAsync(config, $"[api]\nunix = \"{_directory.File("file.sock")}\"\n");
        Assert.Contains("/file.sock", (await _command.RunAsync("status", "--config", config)).Error, StringComparison.Ordinal);

        _command.Variables[GlobalOptions.ApiVariable] = "unix://" + _directory.File("variable.sock");
        Assert.Contains("/variable.sock", (await _command.RunAsync("status", "--config", config)).Error, StringComparison.Ordinal);

        string option = "unix://" + _directory.File("option.sock");
        CommandLine.Outcome outcome = await _command.RunAsync("status", "--config", config, "--api", option);
        Assert.Contains("/option.sock", outcome.Error, StringComparison.Ordinal);

        _command.Variables[GlobalOptions.ApiVariable] = "";
        Assert.Contains("/file.sock", (await _command.RunAsync("status", "--config", config)).Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_command_that_is_interrupted_is_exit_130()
    {
        var entered = new TaskCompletionSource();
        var agent = new CannedAgent
        {
            BeforeStatus = async cancellation =>
            {
                entered.SetResult();
                await Task.Delay(Timeout.Infinite, cancellation);
            },
        };
        await using ApiHost host = await ApiHost.StartAsync(agent);
        using var source = new CancellationTokenSource();
        Task<CommandLine.Outcome> running = _command.RunAsync(source.Token, "status", "--api", host.Endpoint.ToString());
        await entered.Task;
        await source.CancelAsync();
        Assert.Equal(ExitCode.Interrupted, (await running).Code);
    }
}
