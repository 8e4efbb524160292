using Whalescale.Node;
using Whalescale.Simulation;

namespace Whalescale.Tests.Simulation;

/// <summary>Ways that carry less than Ethernet, from the beginning or from one moment to the next.</summary>
public sealed class PathMtuTests
{
    private const int Ethernet = 1_472, Base = 1_232; // UDP payload over IPv4, and of the base
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(10);

    [Theory]
    [InlineData(1_280)]
    [InlineData(1_400)]
    [InlineData(1_500)]
    public void Packets_of_1280_bytes_cross_from_the_first_on_whatever_the_way_carries(int mtu)
    {
        using var pair = new Pair(seed: 11, isStarted: false);
        pair.Network.Mtu = mtu;
        pair.Alpha.Start();
        pair.Beta.Start();
        ulong first = pair.Invariants.Send(pair.Alpha, pair.Beta, 1_280);
        var sent = new List<ulong>();

        Flow(pair, TimeSpan.FromSeconds(10), 1_280, sent);

        Assert.True(pair.Invariants.HasArrived(first));
        Assert.All(sent, number => Assert.True(pair.Invariants.HasArrived(number)));
        Assert.Empty(pair.Invariants.TooBig);
        Assert.Empty(pair.World.Violations);
    }

    [Fact]
    public void The_size_of_a_way_is_found_in_both_directions_and_the_device_is_to_follow()
    {
        using var pair = new Pair(seed: 12);

        pair.World.RunFor(TimeSpan.FromSeconds(1));

        foreach (SimulatedHost host in new[] { pair.Alpha, pair.Beta })
        {
            Assert.Equal(Ethernet, MtuOf(pair, host));
            Assert.Equal([1_431], Wanted(pair, host));
        }
    }

    [Theory]
    [InlineData(1_280)]
    [InlineData(1_350)]
    public void When_a_way_shrinks_while_data_flows_no_stream_stops_for_more_than_a_second_and_a_half(int mtu)
    {
        for (int milliseconds = 0; milliseconds < 800; milliseconds += 70)
        {
            using var pair = new Pair(seed: 13);
            Flow(pair, TimeSpan.FromSeconds(3) + TimeSpan.FromMilliseconds(milliseconds), 1_400, []);
            Assert.Empty(pair.Invariants.TooBig);

            pair.Network.Mtu = mtu;
            TimeSpan gap = Flow(pair, TimeSpan.FromSeconds(20), 1_400, [], isRefusalHeeded: true);

            Assert.InRange(gap.TotalSeconds, 0, 1.5);
            Assert.Equal(1, pair.Alpha.Plane!.Counters[Counter.MtuBlackHoles]);
            Assert.InRange(MtuOf(pair, pair.Alpha), mtu - 28 - 8, mtu - 28);
            Assert.Empty(pair.World.Violations);
        }
    }

    [Fact]
    public void Senders_are_told_the_size_that_the_search_has_ended_with_and_no_other()
    {
        using var pair = new Pair(seed: 14);
        Flow(pair, TimeSpan.FromSeconds(3), 1_400, []);

        pair.Network.Mtu = 1_400;
        Flow(pair, TimeSpan.FromSeconds(20), 1_400, []);

        int size = MtuOf(pair, pair.Alpha) - 41;
        Assert.NotEmpty(pair.Invariants.TooBig);
        Assert.All(pair.Invariants.TooBig.Values, told => Assert.Equal(size, told));
    }

    [Fact]
    public void A_way_that_carries_more_again_is_used_so_after_ten_minutes_at_most()
    {
        using var pair = new Pair(seed: 15, isStarted: false);
        pair.Network.Mtu = Base + 28;
        pair.Alpha.Start();
        pair.Beta.Start();
        Flow(pair, TimeSpan.FromSeconds(20), 1_150, []);
        Assert.Equal(Base, MtuOf(pair, pair.Alpha));
        Assert.Equal([1_280], Wanted(pair, pair.Alpha));

        pair.Network.Mtu = 1_500;
        Flow(pair, TimeSpan.FromSeconds(610), 1_150, []);

        Assert.Equal(Ethernet, MtuOf(pair, pair.Alpha));
        Assert.Equal([1_280, 1_431], Wanted(pair, pair.Alpha));
        Assert.Empty(pair.World.Violations);
    }

    [Fact]
    public void A_move_to_a_smaller_way_loses_no_packet_that_was_sent_after_it()
    {
        using var pair = new Pair(seed: 16);
        Flow(pair, TimeSpan.FromSeconds(2), 1_280, []);

        pair.Network.Mtu = 1_280;
        pair.Alpha.Move(Pair.Endpoint(77), isNodeTold: true);
        pair.World.RunFor(TimeSpan.FromSeconds(1));
        var sent = new List<ulong>();
        Flow(pair, TimeSpan.FromSeconds(5), 1_280, sent);

        Assert.All(sent, number => Assert.True(pair.Invariants.HasArrived(number)));
        Assert.Empty(pair.World.Violations);
    }

    /// <summary>A packet each way every ten milliseconds; if refusals are heeded, smaller ones once the senders are
    /// told.</summary>
    /// <returns>The longest time in which nothing came out at beta's.</returns>
    private static TimeSpan Flow(
        Pair pair, TimeSpan duration, int size, List<ulong> sent, bool isRefusalHeeded = false)
    {
        Instant end = pair.World.Now + duration, last = pair.World.Now;
        TimeSpan longest = TimeSpan.Zero;
        void Note(SimulatedHost host, byte[] packet)
        {
            if (!TestPacket.TryRead(packet, out _, out _)) return;
            longest = TimeSpan.FromTicks(Math.Max(longest.Ticks, (pair.World.Now - last).Ticks));
            last = pair.World.Now;
        }

        pair.Beta.Delivered += Note;
        while (pair.World.Now < end)
        {
            int told = isRefusalHeeded && pair.Invariants.TooBig.Count > 0 ? pair.Invariants.TooBig.Values.Min() : size;
            sent.Add(pair.Invariants.Send(pair.Alpha, pair.Beta, Math.Min(size, told)));
            sent.Add(pair.Invariants.Send(pair.Beta, pair.Alpha, Math.Min(size, told)));
            pair.World.RunFor(Interval);
        }

        pair.World.RunFor(TimeSpan.FromMilliseconds(100));
        pair.Beta.Delivered -= Note;
        return TimeSpan.FromTicks(Math.Max(longest.Ticks, (end - last).Ticks));
    }

    private static int MtuOf(Pair pair, SimulatedHost host)
    {
        host.Command((node, now) => node.RequestStatus(now));
        var status = (NodeEvent.StatusReady)pair.Events.Last(
            entry => entry.Host == host && entry.Event is NodeEvent.StatusReady).Event;
        return status.Status.Peers[0].Paths[0].Mtu;
    }

    private static int[] Wanted(Pair pair, SimulatedHost host) =>
    [
        .. pair.Events.Where(entry => entry.Host == host).Select(entry => entry.Event)
            .OfType<NodeEvent.TunMtuWanted>().Select(wanted => wanted.Mtu),
    ];
}
