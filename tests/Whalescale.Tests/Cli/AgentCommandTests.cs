using System.Diagnostics;
using System.Text.Json;
using Whalescale.Agent.Api;
using Whalescale.Agent.Cli;
using Whalescale.Node;
using Whalescale.Tests.Api;

namespace Whalescale.Tests.Cli;

/// <summary>Commands that ask an agent, over a real socket.</summary>
public sealed class AgentCommandTests : IAsyncLifetime
{
    private readonly CommandLine _command = new();
    private ApiHost _host = null!;

    public async Task InitializeAsync()
    {
        _host = await ApiHost.StartAsync();
        _command.Variables[GlobalOptions.ApiVariable] = _host.Endpoint.ToString();
    }

    public async Task DisposeAsync() => await _host.DisposeAsync();

    [Fact]
    public async Task Status_as_json_is_what_the_agent_said()
    {
        CommandLine.Outcome outcome = await _command.RunAsync("status", "--json");
        Assert.Equal((ExitCode.Ok, ""), (outcome.Code, outcome.Error));
        Assert.Equal((await _host.GetAsync("/v1/status")).Body + "\n", outcome.Out);
    }

    [Fact]
    public async Task Status_on_a_pipe_is_plain_aligned_lines()
    {
        CommandLine.Outcome outcome = await _command.RunAsync("status");
        Assert.DoesNotContain('\u001b', outcome.Out);
        Assert.Equal(
            """
            alpha  running  10.77.0.1, fd77::1
            id aeaqcaibaeaqcaibaeaqcaibaeaqcaibaeaqcaibaeaqcaibaeaq
            network default  scheduler earliest-delivery  port 51900  version 0.1.0
            device whale0  mtu 1380  offloads checksum, tcp, udp

            peer   state    address    path  path state  remote               interface  rtt       sent   received
            beta   direct   10.77.0.2  0     active      192.0.2.7:51900      eth0       1.235 ms  500 B  600 B
            beta   direct   10.77.0.2  7     probing     [2001:db8::7]:51900  wlan0      -         500 B  600 B
            gamma  offline  -          -     -           -                    -          -         0 B    0 B

            """,
            outcome.Out);
    }

    [Fact]
    public async Task Quiet_leaves_the_rows_alone()
    {
        CommandLine.Outcome outcome = await _command.RunAsync("status", "--quiet");
        Assert.Equal(3, outcome.Lines.Length);
        Assert.StartsWith("beta   direct", outcome.Lines[0], StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_terminal_gets_a_drawn_table_without_colours_where_none_are_wanted()
    {
        _command.IsTerminal = true;
        _command.Variables[GlobalOptions.NoColorVariable] = "1";
        CommandLine.Outcome outcome = await _command.RunAsync("peers", "list");
        Assert.Contains('│', outcome.Out);
        Assert.DoesNotContain('\u001b', outcome.Out);
    }

    [Fact]
    public async Task A_name_from_outside_cannot_move_the_cursor()
    {
        PeerStatus beta = _host.Agent.Status.Peers[0] with { Name = "\u001b[2Jbeta\n" };
        _host.Agent.Status = _host.Agent.Status with { Peers = [beta] };
        foreach (bool isTerminal in new[] { false, true })
        {
            _command.IsTerminal = isTerminal;
            CommandLine.Outcome outcome = await _command.RunAsync("peers", "list", "--no-color");
            Assert.DoesNotContain('\u001b', outcome.Out);
        }
    }

    [Fact]
    public async Task Peers_are_listed_with_full_ids()
    {
        CommandLine.Outcome outcome = await _command.RunAsync("peers", "list");
        Assert.Contains($"beta   {CannedAgent.Beta}  direct   10.77.0.2/32,192.168.50.0/24  12 s", outcome.Lines);
    }

    [Fact]
    public async Task A_peer_is_added_through_the_agent()
    {
        string id = CannedAgent.IdOf(9).ToString();
        CommandLine.Outcome outcome = await _command.RunAsync(
            "peers", "add", id, "--name", "delta", "--endpoint", "192.0.2.9:51900", "--endpoint", "delta.example:51900",
            "--anchor", "--route", "10.77.0.9/32");
        Assert.Equal((ExitCode.Ok, ""), (outcome.Code, outcome.Out));
        var peer = Assert.Single(_host.Agent.Added);
        Assert.Equal((CannedAgent.IdOf(9), "delta", true), (peer.Id, peer.Name, peer.IsAnchor));
        Assert.Equal(["192.0.2.9:51900", "delta.example:51900"], peer.Endpoints);
        Assert.Equal([CannedAgent.Prefix("10.77.0.9/32")], peer.Routes);
    }

    [Fact]
    public async Task A_peer_is_removed_by_its_name_in_either_case()
    {
        CommandLine.Outcome outcome = await _command.RunAsync("peers", "remove", "Beta", "--json");
        Assert.Equal(ExitCode.Ok, outcome.Code);
        Assert.Equal([CannedAgent.Beta], _host.Agent.Removed);
        Assert.Equal("whalescale.peer-removed/1", JsonDocument.Parse(outcome.Out).RootElement.GetProperty("schema").GetString());
    }

    [Theory]
    [InlineData("peer.unknown", ExitCode.NoSuchTarget)]
    [InlineData("peer.ambiguous", ExitCode.NoSuchTarget)]
    [InlineData("peer.invalid_id", ExitCode.Usage)]
    [InlineData("peer.name_taken", ExitCode.Failed)]
    [InlineData("peer.managed_by_hand", ExitCode.Failed)]
    [InlineData("access.denied", ExitCode.PermissionDenied)]
    [InlineData("agent.internal", ExitCode.Failed)]
    public async Task What_the_agent_refuses_becomes_an_exit_code_and_keeps_its_words(string problem, int code)
    {
        _host.Agent.AddFailure = new AgentRequestException(problem, "the words of the agent");
        CommandLine.Outcome outcome = await _command.RunAsync("peers", "add", CannedAgent.IdOf(9).ToString());
        Assert.Equal((code, ""), (outcome.Code, outcome.Out));
        Assert.Equal($"error: the words of the agent ({problem}, over {_host.Endpoint})\n", outcome.Error);
    }

    [Fact]
    public async Task A_ping_prints_a_line_for_each_reply_and_a_summary()
    {
        foreach (double milliseconds in new[] { 3.0, 1.0, 2.0 })
            Reply(PingOutcome.Answered, milliseconds);
        Reply(PingOutcome.TimedOut, 0);
        CommandLine.Outcome outcome = await _command.RunAsync("ping", "beta", "-c", "4", "-i", "0.01");
        Assert.Equal(ExitCode.Ok, outcome.Code);
        Assert.Equal(
            """
            answer from beta: seq=1 path=7 via 192.0.2.7:51900 time=3 ms
            answer from beta: seq=2 path=7 via 192.0.2.7:51900 time=1 ms
            answer from beta: seq=3 path=7 via 192.0.2.7:51900 time=2 ms
            no answer from beta: seq=4 path=7 via 192.0.2.7:51900
            --- beta: 4 sent, 3 answered, 25% lost
            rtt min/avg/max/p50/p99 = 1/2/3/2/3 ms

            """,
            outcome.Out);
    }

    [Fact]
    public async Task A_ping_as_json_is_one_document()
    {
        Reply(PingOutcome.Answered, 1.5);
        Reply(PingOutcome.NoSession, 0);
        CommandLine.Outcome outcome = await _command.RunAsync("ping", "beta", "-c", "2", "-i", "0.01", "--json");
        JsonElement report = JsonDocument.Parse(outcome.Out).RootElement;
        Assert.Equal("whalescale.ping-report/1", report.GetProperty("schema").GetString());
        Assert.Equal(0.5, report.GetProperty("loss").GetDouble());
        Assert.Equal(1.5, report.GetProperty("rtt_ms").GetProperty("p99").GetDouble());
        Assert.Equal("no_session", report.GetProperty("replies")[1].GetProperty("outcome").GetString());
    }

    [Fact]
    public async Task A_peer_that_never_answers_is_exit_7()
    {
        Reply(PingOutcome.NoSession, 0);
        CommandLine.Outcome outcome = await _command.RunAsync("ping", "gamma", "-c", "1");
        Assert.Equal(ExitCode.NoAnswer, outcome.Code);
        Assert.Contains("no session with gamma: seq=1", outcome.Out, StringComparison.Ordinal);
        Assert.Contains("100% lost", outcome.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_ping_passes_on_path_size_and_patience()
    {
        Reply(PingOutcome.Answered, 1);
        await _command.RunAsync("ping", "beta", "-c", "1", "--path", "7", "--size", "100", "--timeout", "4s");
        Assert.Equal(
            (CannedAgent.Beta, (PathId?)new PathId(7), 100, TimeSpan.FromSeconds(4)),
            Assert.Single(_host.Agent.Pings));
    }

    [Fact]
    public async Task A_ping_to_nobody_is_exit_6()
    {
        CommandLine.Outcome outcome = await _command.RunAsync("ping", "omega");
        Assert.Equal(ExitCode.NoSuchTarget, outcome.Code);
        Assert.Contains("no peer is called 'omega'", outcome.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_interrupted_ping_still_sums_up()
    {
        Reply(PingOutcome.Answered, 1);
        using var source = new CancellationTokenSource();
        Task<CommandLine.Outcome> running = _command.RunAsync(source.Token, "ping", "beta", "-c", "2", "-i", "3600");
        while (_host.Agent.Pings.Count == 0) await Task.Yield();
        await source.CancelAsync();
        CommandLine.Outcome outcome = await running;
        Assert.Equal(ExitCode.Interrupted, outcome.Code);
    }

    [Fact]
    public async Task An_agent_that_does_not_answer_in_time_is_exit_8()
    {
        // Held from here: a wait that nothing else holds is garbage, and its connection is closed with it.
        var never = new TaskCompletionSource();
        _host.Agent.BeforeStatus = cancellation => never.Task.WaitAsync(cancellation);
        CommandLine.Outcome outcome = await _command.RunAsync("status", "--timeout", "1s");
        GC.KeepAlive(never);
        Assert.True(outcome.Code == ExitCode.TimedOut, $"{outcome.Code}: {outcome.Error}");
        string expected = $"error: no answer from the agent over {_host.Endpoint} within 1 s\nnext: ";
        Assert.StartsWith(expected, outcome.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Client_and_server_each_make_one_span_of_the_same_trace()
    {
        var spans = new List<Activity>();
        using var listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name == ApiTelemetry.SourceName,
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded,
            ActivityStopped = span =>
            {
                lock (spans) spans.Add(span);
            },
        };
        ActivitySource.AddActivityListener(listener);
        using Activity caller = new Activity("the caller").SetIdFormat(ActivityIdFormat.W3C).Start();
        await _command.RunAsync("status");
        await _host.DisposeAsync();
        lock (spans)
        {
            Activity[] ours = [.. spans.Where(span => span.TraceId == caller.TraceId)];
            Assert.Equal([ActivityKind.Server, ActivityKind.Client], ours.Select(span => span.Kind).Order());
            Assert.All(ours, span => Assert.Equal("unix", span.GetTagItem("transport.mode")));
            Assert.All(ours, span => Assert.Equal(200, span.GetTagItem("http.response.status_code")));
        }
    }

    [Fact]
    public async Task Plugins_are_those_of_the_agent()
    {
        CommandLine.Outcome outcome = await _command.RunAsync("plugins", "list");
        Assert.Equal(("", ExitCode.Ok), (outcome.Error, outcome.Code));
        Assert.Contains(outcome.Lines, line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries) is
            ["connector", "unix", "0.1.0", "1", "built-in", "loaded", "-"]);
    }

    private void Reply(PingOutcome outcome, double milliseconds) => _host.Agent.PingReplies.Enqueue(new PingReply(
        outcome, new PathId(7), TimeSpan.FromMilliseconds(milliseconds), CannedAgent.At("192.0.2.7:51900")));
}
