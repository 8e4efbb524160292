using Whalescale.Sessions;
using Whalescale.Tests.Support;
using Whalescale.Types;

namespace Whalescale.Tests.Nodes;

/// <summary>When keys are made, refused and erased, between two nodes in virtual time.</summary>
public sealed class KeyLifeTests : IDisposable
{
    private readonly TestNet _net = new();

    [Theory]
    [InlineData(true, 120)]
    [InlineData(false, 150)]
    public void Whoever_sends_makes_new_keys_the_initiator_at_120_s_the_responder_at_150(bool isInitiator, int seconds)
    {
        (TestNode alpha, TestNode beta) = _net.AddConnectedPair();
        Instant established = alpha.Channel().Keys.Current!.Info.EstablishedAt;
        (TestNode sender, TestNode receiver) = isInitiator ? (alpha, beta) : (beta, alpha);
        // Whatever one side alone does: nothing comes back but what is asked for here.
        Instant? asked = null;
        _net.Tap = flight =>
        {
            if (flight.Type == MessageType.Initiation && flight.Sender == sender) asked ??= _net.Now;
        };
        if (!isInitiator) _net.Passes = flight => flight.Sender != alpha || flight.Type != MessageType.Initiation;
        _net.RunFor(established + TimeSpan.FromSeconds(seconds - 1) - _net.Now);
        for (int i = 0; i < 20 && asked is null; i++) _net.Crosses(sender, receiver, TimeSpan.FromMilliseconds(100));

        Assert.InRange(
            asked!.Value - established, TimeSpan.FromSeconds(seconds), TimeSpan.FromSeconds(seconds + 0.2));
        _net.Passes = static _ => true;
        _net.RunFor(TimeSpan.FromSeconds(6));
        _net.AssertConnected(alpha, beta);
    }

    [Fact]
    public void New_keys_are_made_by_count_of_packets_and_no_packet_is_lost()
    {
        (TestNode alpha, TestNode beta) = _net.AddConnectedPair();
        SessionKeys worn = alpha.Channel().Keys.Current!;
        worn.SkipTo(PathId.First, (1UL << 48) - 2, (1UL << 48) - 2);

        for (int i = 0; i < 10; i++) Assert.True(_net.Crosses(alpha, beta));

        Assert.NotSame(worn, alpha.Channel().Keys.Current);
        Assert.Equal(0UL, alpha.Channel().Keys.Current!.SealedPackets >> 8);
    }

    [Fact]
    public void Keys_used_up_refuse_and_the_packets_wait_for_new_ones()
    {
        (TestNode alpha, TestNode beta) = _net.AddConnectedPair();
        alpha.Channel().Keys.Current!.SkipTo(PathId.First, 1UL << 49, 1UL << 49);

        Assert.True(_net.Crosses(alpha, beta, TimeSpan.FromMilliseconds(100)));

        Assert.DoesNotContain(_net.Log, flight =>
            flight.Type == MessageType.Transport && PacketNonce.Number(TransportHeader.Read(flight.Bytes).Nonce) >= 1UL << 49);
    }

    [Fact]
    public void Without_a_peer_keys_refuse_at_180_s_and_are_erased_at_540_s()
    {
        (TestNode alpha, TestNode beta) = _net.AddConnectedPair();
        Instant established = alpha.Channel().Keys.Current!.Info.EstablishedAt;
        _net.Passes = static _ => false;
        int sent = 0;
        for (int second = 0; second < 539; second++)
        {
            _net.RunFor(established + TimeSpan.FromSeconds(second + 1) - _net.Now);
            alpha.Send(_net.PacketFrom(alpha, beta));
            int now = _net.Count(MessageType.Transport, alpha);
            if (_net.Now - established >= TimeSpan.FromSeconds(180)) Assert.Equal(sent, now);
            sent = now;
        }

        Assert.NotNull(alpha.Channel().Keys.Current);
        Assert.NotNull(beta.Channel().Keys.Current);
        _net.RunFor(TimeSpan.FromSeconds(2));
        Assert.Null(alpha.Channel().Keys.Current);
        Assert.Null(beta.Channel().Keys.Current);
    }

    [Fact]
    public void The_keys_before_open_for_ten_seconds_more()
    {
        (TestNode alpha, TestNode beta) = _net.AddConnectedPair();
        _net.Passes = flight => flight.Type != MessageType.Transport;
        alpha.Send(_net.PacketFrom(alpha, beta), _net.PacketFrom(alpha, beta));
        byte[][] late = [.. _net.Log.TakeLast(2).Select(flight => flight.Bytes)];
        _net.Passes = static _ => true;
        alpha.Channel().Keys.Current!.SkipTo(PathId.First, number: 100, sealedPackets: 1UL << 48);
        Assert.True(_net.Crosses(alpha, beta));
        Assert.NotNull(beta.Channel().Keys.Previous);
        int delivered = beta.Delivered.Count;

        _net.RunFor(TimeSpan.FromSeconds(9.8));
        beta.Receive(late[0], alpha.Address);
        Assert.Equal(delivered + 1, beta.Delivered.Count);

        _net.RunFor(TimeSpan.FromSeconds(0.3));
        beta.Receive(late[1], alpha.Address);
        Assert.Equal(delivered + 1, beta.Delivered.Count);
        Assert.Null(beta.Channel().Keys.Previous);
    }

    [Fact]
    public void No_key_and_nonce_meet_twice_in_a_long_random_life()
    {
        RandomSource random = TestRandom.Of("nonces");
        (TestNode alpha, TestNode beta) = _net.AddConnectedPair(new() { RekeyAfter = TimeSpan.FromSeconds(2) });
        var used = new HashSet<(TestNode?, uint, ulong)>();
        int repeated = 0, sealedPackets = 0;
        _net.Tap = flight =>
        {
            if (flight.Type != MessageType.Transport) return;
            sealedPackets++;
            TransportHeader header = TransportHeader.Read(flight.Bytes);
            if (!used.Add((flight.Sender, header.ReceiverIndex, header.Nonce))) repeated++;
        };
        _net.Passes = _ => random.NextBelow(5) > 0;
        for (int i = 0; i < 40_000; i++)
        {
            (TestNode from, TestNode to) = random.NextBelow(2) == 0 ? (alpha, beta) : (beta, alpha);
            from.Send(_net.PacketFrom(from, to, 60));
            _net.RunFor(TimeSpan.FromMilliseconds(random.NextBelow(40)));
            from.Delivered.Clear();
            if (_net.Log.Count > 10_000) _net.Log.Clear();
        }

        Assert.Equal(0, repeated);
        Assert.True(sealedPackets > 30_000);
        Assert.True(alpha.SessionCount > 100, $"{alpha.SessionCount} sessions");
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void After_an_hour_of_sleep_nothing_goes_out_under_old_keys_and_traffic_flows_within_two_seconds(bool isInitiator)
    {
        (TestNode alpha, TestNode beta) = _net.AddConnectedPair();
        (TestNode sleeper, TestNode other) = isInitiator ? (alpha, beta) : (beta, alpha);
        sleeper.IsSuspended = true;
        _net.RunFor(TimeSpan.FromHours(1));
        sleeper.IsSuspended = false;
        int before = _net.Log.Count;
        var old = _net.Log.Where(flight => flight.Type == MessageType.Transport)
            .Select(flight => TransportHeader.Read(flight.Bytes).ReceiverIndex).ToHashSet();

        Assert.True(_net.Crosses(sleeper, other, TimeSpan.FromSeconds(2)));
        Assert.True(_net.Crosses(other, sleeper));

        Assert.DoesNotContain(_net.Log.Skip(before), flight =>
            flight.Type == MessageType.Transport && old.Contains(TransportHeader.Read(flight.Bytes).ReceiverIndex));
    }

    public void Dispose() => _net.Dispose();
}
