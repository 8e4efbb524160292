using Whalescale.Node;
using Whalescale.Tests.Support;
using Whalescale.Types;

namespace Whalescale.Tests.Nodes;

/// <summary>Addresses that change, and addresses that only seem to.</summary>
public sealed class PathRuleTests : IDisposable
{
    private static readonly Endpoint Attacker = TestNet.AddressOf(66);
    private readonly TestNet _net = new();

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_path_follows_a_node_to_its_new_address_within_a_second_told_or_untold(bool isNodeTold)
    {
        (TestNode alpha, TestNode beta) = _net.AddConnectedPair();
        alpha.Address = TestNet.AddressOf(50);
        if (isNodeTold)
            alpha.Command(static (node, now) => node.UseSockets([new SocketInfo(TestNode.Socket, "eth0", Mtu: 1500)], now));
        else
            alpha.Send(_net.PacketFrom(alpha, beta));

        _net.RunFor(TimeSpan.FromSeconds(0.9));

        Assert.Equal(alpha.Address, beta.Channel().Path.Migration.Current.Remote);
        Assert.True(_net.Crosses(beta, alpha));
        Assert.True(_net.Crosses(alpha, beta));
        Assert.Equal(1, alpha.SessionCount);
    }

    [Fact]
    public void Who_copies_packets_faster_than_the_original_gets_three_times_their_bytes_and_no_traffic()
    {
        (TestNode alpha, TestNode beta) = _net.AddConnectedPair();
        long copied = 0, gained = 0;
        _net.Tap = flight =>
        {
            if (flight.Destination == Attacker) gained += flight.Bytes.Length;
            if (flight.Sender != alpha || flight.Destination != beta.Address) return;
            copied += flight.Bytes.Length;
            _net.Inject(Attacker, beta.Address, flight.Bytes, TimeSpan.FromMilliseconds(1));
        };
        for (int i = 0; i < 500; i++)
        {
            Assert.True(_net.Crosses(alpha, beta, TimeSpan.FromMilliseconds(25)));
            Assert.True(_net.Crosses(beta, alpha, TimeSpan.FromMilliseconds(25)), $"packet {i} went astray");
        }

        Assert.Equal(alpha.Address, beta.Channel().Path.Migration.Current.Remote);
        Assert.NotEqual(0, gained);
        Assert.InRange(gained, 1, 3 * copied);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void One_copied_packet_is_answered_with_at_most_three_times_its_bytes(bool isChallenge)
    {
        (TestNode alpha, TestNode beta) = _net.AddConnectedPair();
        _net.Passes = static _ => false; // the original and all answers are lost
        if (isChallenge) alpha.Command((node, now) => node.Ping(beta.Id, null, 0, TimeSpan.FromSeconds(1), now));
        else alpha.Send(_net.PacketFrom(alpha, beta, 60));
        byte[] copied = _net.Last(MessageType.Transport, alpha).Bytes;

        _net.Inject(Attacker, beta.Address, copied);
        _net.RunFor(TimeSpan.FromSeconds(5));

        long gained = _net.Log.Where(flight => flight.Destination == Attacker).Sum(flight => flight.Bytes.Length);
        Assert.InRange(gained, 1, 3 * copied.Length);
    }

    [Fact]
    public void Every_captured_packet_replayed_three_times_delivers_nothing()
    {
        (TestNode alpha, TestNode beta) = _net.AddPair(new() { RekeyAfter = TimeSpan.FromSeconds(3) });
        for (int i = 0; i < 200; i++)
        {
            _net.Crosses(alpha, beta, TimeSpan.FromMilliseconds(25));
            _net.Crosses(beta, alpha, TimeSpan.FromMilliseconds(25));
        }

        Flight[] captured = [.. _net.Log];
        int atAlpha = alpha.Delivered.Count, atBeta = beta.Delivered.Count;
        for (int round = 0; round < 3; round++)
        {
            foreach (Flight flight in captured)
            {
                Endpoint source = round == 2 ? Attacker : flight.Source;
                _net.Inject(source, flight.Destination, flight.Bytes);
                _net.RunFor(TimeSpan.FromMilliseconds(1));
            }
        }

        Assert.Equal((atAlpha, atBeta), (alpha.Delivered.Count, beta.Delivered.Count));
        _net.AssertConnected(alpha, beta);
    }

    [Fact]
    public void A_handshake_is_answered_with_fewer_bytes_than_it_brings()
    {
        (TestNode alpha, TestNode beta) = _net.AddConnectedPair();
        byte[] initiation = _net.Last(MessageType.Initiation).Bytes;
        int before = _net.Log.Count;
        long received = 0;
        for (int i = 0; i < 2_000; i++)
        {
            _net.Inject(Attacker, beta.Address, initiation);
            received += initiation.Length;
            _net.RunFor(TimeSpan.FromMilliseconds(10));
        }

        long sent = _net.Log.Skip(before).Where(flight => flight.Destination == Attacker).Sum(flight => flight.Bytes.Length);
        Assert.InRange(sent, 1, received - 1);
        _net.AssertConnected(alpha, beta);
    }

    [Fact]
    public void A_copied_initiation_does_not_lead_waiting_packets_to_whoever_copied_it()
    {
        (TestNode alpha, TestNode beta) = (_net.Add("alpha"), _net.Add("beta"));
        beta.Know(alpha, null);
        for (int i = 0; i < 20; i++) beta.Send(_net.PacketFrom(beta, alpha, 1300));
        _net.Tap = flight =>
        {
            if (flight.Sender == alpha && flight.Type == MessageType.Initiation)
                _net.Inject(Attacker, beta.Address, flight.Bytes, TimeSpan.FromMilliseconds(1));
        };

        alpha.Know(beta, beta.Address);
        _net.RunFor(TimeSpan.FromSeconds(1));

        long gained = _net.Log.Where(flight => flight.Destination == Attacker).Sum(flight => flight.Bytes.Length);
        Assert.InRange(gained, 0, 3 * InitiationLayout.Size);
        _net.AssertConnected(alpha, beta);
    }

    [Fact]
    public void Nobody_without_the_key_hears_a_word()
    {
        (TestNode alpha, TestNode beta) = _net.AddConnectedPair();
        byte[] transport = _net.Last(MessageType.Transport, alpha).Bytes;
        int before = _net.Log.Count;
        RandomSource random = TestRandom.Of("strangers");
        for (int i = 0; i < 2_000; i++)
        {
            byte[] bytes = (byte[])transport.Clone();
            random.Fill(bytes.AsSpan(4 + random.NextBelow(12)));
            beta.Receive(bytes, Attacker);
            _net.RunFor(TimeSpan.FromMilliseconds(1));
        }

        Assert.DoesNotContain(_net.Log.Skip(before), flight => flight.Destination == Attacker);
        Assert.NotEqual(0, beta[Counter.DropStrangerRateLimited] + beta[Counter.DropForged] + beta[Counter.DropUnknownIndex]);
    }

    public void Dispose() => _net.Dispose();
}
