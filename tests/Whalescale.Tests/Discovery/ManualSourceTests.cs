using System.Net;
using System.Net.Sockets;
using System.Threading.Channels;
using Whalescale.Agent.Discovery;
using Whalescale.Tests.Api;

namespace Whalescale.Tests.Discovery;

public sealed class ManualSourceTests
{
    private readonly ManualTime _time = new();
    private readonly Sink _sink = new();
    private readonly Channel<string> _lookups = Channel.CreateUnbounded<string>();
    private readonly Channel<(ModuleLogLevel Level, string Text)> _log =
        Channel.CreateUnbounded<(ModuleLogLevel Level, string Text)>();

    private Func<string, IPAddress[]> _resolve = _ => [];

    [Fact]
    public async Task Literal_endpoints_are_offered_as_they_stand()
    {
        _sink.Want("192.0.2.7:51900", "[2001:db8::7]:51900");
        using var stop = new CancellationTokenSource();
        Task running = Run(stop.Token);
        Assert.Equal(Hint("192.0.2.7:51900"), await _sink.NextAsync());
        Assert.Equal(Hint("[2001:db8::7]:51900"), await _sink.NextAsync());
        await StopAsync(stop, running);
    }

    [Fact]
    public async Task All_addresses_of_a_name_are_offered()
    {
        _resolve = _ => [IPAddress.Parse("192.0.2.8"), IPAddress.Parse("2001:db8::8")];
        _sink.Want("beta.example:51900");
        using var stop = new CancellationTokenSource();
        Task running = Run(stop.Token);
        Assert.Equal(Hint("192.0.2.8:51900"), await _sink.NextAsync());
        Assert.Equal(Hint("[2001:db8::8]:51900"), await _sink.NextAsync());
        await StopAsync(stop, running);
    }

    [Fact]
    public async Task Whenever_the_node_asks_again_everything_is_offered_anew()
    {
        _sink.Want("192.0.2.7:51900");
        using var stop = new CancellationTokenSource();
        Task running = Run(stop.Token);
        await _sink.NextAsync();
        _sink.Want("192.0.2.9:51900");
        _sink.Ask();
        Assert.Equal(Hint("192.0.2.9:51900"), await _sink.NextAsync());
        await StopAsync(stop, running);
    }

    [Fact]
    public async Task A_name_that_does_not_resolve_is_tried_after_growing_pauses_and_told_of_once()
    {
        _resolve = _ => throw new SocketException((int)SocketError.HostNotFound);
        _sink.Want("beta.example:51900");
        using var stop = new CancellationTokenSource();
        Task running = Run(stop.Token);
        await _lookups.Reader.ReadAsync();
        foreach (int seconds in new[] { 1, 2, 4, 8, 16, 32, 60, 60 })
        {
            await PauseOfAsync(TimeSpan.FromSeconds(seconds));
            _time.Advance(TimeSpan.FromSeconds(seconds));
            await _lookups.Reader.ReadAsync();
        }

        await PauseOfAsync(TimeSpan.FromSeconds(60));
        _resolve = _ => [IPAddress.Parse("192.0.2.8")];
        _time.Advance(TimeSpan.FromSeconds(60));
        Assert.Equal(Hint("192.0.2.8:51900"), await _sink.NextAsync());
        await StopAsync(stop, running);

        _log.Writer.Complete();
        List<(ModuleLogLevel Level, string Text)> lines = await _log.Reader.ReadAllAsync().ToListAsync();
        Assert.Equal([ModuleLogLevel.Warning, ModuleLogLevel.Information], lines.Select(line => line.Level));
        Assert.StartsWith("beta.example does not resolve", lines[0].Text, StringComparison.Ordinal);
        Assert.Equal("beta.example resolves again", lines[1].Text);
    }

    [Fact]
    public async Task A_failing_name_holds_up_no_other_and_is_not_asked_sooner_because_the_node_asks()
    {
        _resolve = host => host == "gone.example" ? [] : [IPAddress.Parse("192.0.2.8")];
        _sink.Want("gone.example:1", "beta.example:51900");
        using var stop = new CancellationTokenSource();
        Task running = Run(stop.Token);
        Assert.Equal(Hint("192.0.2.8:51900"), await _sink.NextAsync());
        await PauseOfAsync(TimeSpan.FromSeconds(1));
        _sink.Ask();
        Assert.Equal(Hint("192.0.2.8:51900"), await _sink.NextAsync());
        await StopAsync(stop, running);
        _lookups.Writer.Complete();
        List<string> asked = await _lookups.Reader.ReadAllAsync().ToListAsync();
        Assert.Equal(["gone.example", "beta.example", "beta.example"], asked);
    }

    [Theory]
    [InlineData("192.0.2.7:51900", "", 51900)]
    [InlineData("[2001:db8::7]:1", "", 1)]
    [InlineData("beta.example:65535", "beta.example", 65535)]
    public void A_written_endpoint_is_taken_apart(string text, string host, int port)
    {
        Assert.True(WrittenEndpoint.TryParse(text, out WrittenEndpoint endpoint));
        Assert.Equal((host, port), (endpoint.Host, endpoint.Port));
        Assert.Equal(host.Length == 0 ? CannedAgent.At(text) : default, endpoint.Literal);
    }

    [Theory]
    [InlineData("192.0.2.7")]
    [InlineData("beta.example:0")]
    [InlineData("beta.example:65536")]
    [InlineData("beta.example:")]
    [InlineData(":51900")]
    [InlineData("")]
    public void What_has_no_port_or_no_host_is_none(string text) => Assert.False(WrittenEndpoint.TryParse(text, out _));

    private Task Run(CancellationToken cancellation) => new ManualSource(
        (host, _) =>
        {
            _lookups.Writer.TryWrite(host);
            try
            {
                return Task.FromResult(_resolve(host));
            }
            catch (SocketException failure)
            {
                return Task.FromException<IPAddress[]>(failure);
            }
        },
        (level, text) => _log.Writer.TryWrite((level, text)),
        _time).RunAsync(_sink, cancellation);

    /// <summary>Waits until the source sleeps for that long; the limit of a lookup under way passes by.</summary>
    private async Task PauseOfAsync(TimeSpan expected)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(10));
        while (_time.NextTimer != expected)
        {
            Assert.False(patience.IsCancellationRequested, $"sleeps {_time.NextTimer}, not {expected}");
            await Task.Yield();
        }
    }

    private static async Task StopAsync(CancellationTokenSource stop, Task running)
    {
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => running);
    }

    private static PeerHint Hint(string endpoint) => new(
        CannedAgent.Beta, new Candidate(CandidateKind.Host, CannedAgent.At(endpoint)), "manual");

    private sealed class Sink : IDiscoverySink
    {
        private readonly Channel<PeerHint> _hints = Channel.CreateUnbounded<PeerHint>();
        private readonly Channel<bool> _asks = Channel.CreateUnbounded<bool>();

        public IReadOnlyList<WantedPeer> Wanted { get; private set; } = [];

        public void Want(params string[] endpoints) => Wanted = [new WantedPeer(CannedAgent.Beta, endpoints)];

        public void Ask() => _asks.Writer.TryWrite(true);

        public ValueTask<PeerHint> NextAsync() => _hints.Reader.ReadAsync();

        public Task WaitForWantedAsync(CancellationToken cancellation) => _asks.Reader.ReadAsync(cancellation).AsTask();

        public void Offer(PeerHint hint) => _hints.Writer.TryWrite(hint);
    }
}
