using System.Collections.Concurrent;
using Whalescale.Transport;

namespace Whalescale.Tests.Transport;

public sealed class NetworkInterfacesTests
{
    [Theory]
    [InlineData(null, "eth0,ppp0,wlan0")]
    [InlineData("eth*, lo", "eth0,lo")]
    [InlineData("wg0", "wg0")]
    [InlineData("*", "eth0,lo,ppp0,wg0,wlan0")]
    [InlineData("eth", "")]
    public void By_default_what_leads_outside_is_offered_and_patterns_select_explicitly(
        string? patterns, string expected)
    {
        var settings = new Dictionary<string, string> { ["exclude"] = "whale0" };
        if (patterns is not null) settings["interfaces"] = patterns;
        InterfaceSnapshot[] present =
        [
            Snapshot("eth0"), Snapshot("wlan0"), Snapshot("ppp0"), Snapshot("whale0"),
            Snapshot("lo") with { IsLoopback = true }, Snapshot("wg0") with { IsTunnel = true },
            Snapshot("eth1") with { IsUp = false }, Snapshot("eth2", addresses: []),
        ];
        var sink = new Sink();

        new NetworkInterfaces(InterfaceSelection.From(settings), () => present, TimeProvider.System).Refresh(sink);

        Assert.Equal(expected, string.Join(',', sink.Events.Select(line => line.Split(' ')[1]).Order()));
    }

    [Fact]
    public void Only_changes_are_told()
    {
        InterfaceSnapshot[] present = [Snapshot("eth0"), Snapshot("eth1")];
        var provider = new NetworkInterfaces(new InterfaceSelection([], null), () => present, TimeProvider.System);
        var sink = new Sink();

        provider.Refresh(sink);
        provider.Refresh(sink);
        present = [Snapshot("eth0"), Snapshot("eth1", ["10.0.0.9/8"])];
        provider.Refresh(sink);
        present = [Snapshot("eth1", ["10.0.0.9/8"]) with { IsUp = false }];
        provider.Refresh(sink);
        present = [Snapshot("eth0")];
        provider.Refresh(sink);

        Assert.Equal(
            [
                "offer eth0 10.0.0.1/8", "offer eth1 10.0.0.1/8", "offer eth1 10.0.0.9/8",
                "withdraw eth0", "withdraw eth1", "offer eth0 10.0.0.1/8",
            ],
            sink.Events);
    }

    [Fact]
    public async Task What_no_event_tells_is_found_by_the_slow_poll_and_cancelling_ends_it()
    {
        InterfaceSnapshot[] present = [Snapshot("eth0")];
        var time = new HeldTime();
        var provider = new NetworkInterfaces(new InterfaceSelection([], null), () => present, time);
        var sink = new Sink();
        using var cancellation = new CancellationTokenSource();

        Task running = provider.RunAsync(sink, cancellation.Token);
        present = [];
        time.FireNext();
        time.FireNext();
        await cancellation.CancelAsync();
        await running;

        Assert.Equal(["offer eth0 10.0.0.1/8", "withdraw eth0"], sink.Events);
    }

    [Fact]
    public void The_loopback_of_this_machine_is_read_with_its_address()
    {
        InterfaceSnapshot loopback = Assert.Single(InterfaceSnapshot.ReadAll(), snapshot => snapshot.IsLoopback);

        Assert.True(loopback.IsUp);
        Assert.False(loopback.IsTunnel);
        Assert.Contains(loopback.Underlay.Addresses, prefix => prefix.ToString() == "127.0.0.1/8");
        Assert.True(loopback.Underlay.InterfaceIndex > 0);
        Assert.True(loopback.Underlay.Mtu >= 1280);
    }

    private static InterfaceSnapshot Snapshot(string name, string[]? addresses = null) => new(
        new Underlay(name, 2, [.. (addresses ?? ["10.0.0.1/8"]).Select(Prefix)], 1500, false), true, false, false);

    private static IpPrefix Prefix(string text) =>
        IpPrefix.TryParse(text, out IpPrefix prefix) ? prefix : throw new ArgumentException(text);

    private sealed class Sink : IPathSink
    {
        public List<string> Events { get; } = [];

        public void Offer(Underlay underlay) =>
            Events.Add($"offer {underlay.Name} {string.Join(',', underlay.Addresses)}");

        public void Withdraw(string name) => Events.Add($"withdraw {name}");
    }

    /// <summary>Time that passes only when a timer is fired by hand.</summary>
    private sealed class HeldTime : TimeProvider
    {
        private readonly BlockingCollection<HeldTimer> _timers = [];

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            var timer = new HeldTimer(() => callback(state));
            _timers.Add(timer);
            return timer;
        }

        /// <summary>Fires the next timer as soon as there is one.</summary>
        public void FireNext()
        {
            Assert.True(_timers.TryTake(out HeldTimer? timer, TimeSpan.FromSeconds(10)));
            timer.Fire();
        }
    }

    private sealed class HeldTimer(Action fire) : ITimer
    {
        public void Fire() => fire();

        public bool Change(TimeSpan dueTime, TimeSpan period) => true;

        public void Dispose()
        {
        }

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
