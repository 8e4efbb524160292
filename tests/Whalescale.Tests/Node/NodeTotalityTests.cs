using Whalescale.Node;
using Whalescale.Sessions;
using Whalescale.Tests.Support;
using Whalescale.Types;

namespace Whalescale.Tests.Nodes;

/// <summary>A whole node takes whatever comes from the network, and its session lives on.</summary>
public sealed class NodeTotalityTests : IDisposable
{
    private readonly TestNet _net = new();

    [Fact]
    public void A_node_takes_any_datagram_without_exception_delay_or_garbage()
    {
        (TestNode alpha, TestNode beta) = _net.AddConnectedPair();
        _net.Passes = static _ => false;
        alpha.Send(_net.PacketFrom(alpha, beta, size: 60));
        alpha.Command((node, now) => node.Ping(beta.Id, null, 0, TimeSpan.FromSeconds(1), now));
        byte[][] good = [.. _net.Log.Select(flight => flight.Bytes)];
        int delivered = beta.Delivered.Count;

        Totality.Assert("node", 256, bytes => beta.Receive(bytes, alpha.Address), allocationLimit: 1024, good);

        Assert.InRange(beta.Delivered.Count, delivered, delivered + 1);
        AssertAlive(alpha, beta);
    }

    /// <summary>Behind mac1, which anybody can write who knows the node id: Noise, cookies, indices of
    /// handshakes.</summary>
    [Fact]
    public void A_node_takes_any_handshake_message_with_a_good_mac1()
    {
        (TestNode alpha, TestNode beta) = _net.AddConnectedPair();
        byte[] initiation = _net.Last(MessageType.Initiation).Bytes, response = _net.Last(MessageType.Response).Bytes;
        _net.Passes = static _ => false;
        var mutator = new Mutator(TestRandom.Of("good mac1"), initiation, response);
        for (uint i = 0; i < 20_000; i++)
        {
            byte[] bytes = mutator.Next();
            if (bytes.Length != ResponseLayout.Size || i % 4 == 0) Array.Resize(ref bytes, InitiationLayout.Size);
            (bytes[0], bytes[1], bytes[3]) = ((byte)(bytes.Length == ResponseLayout.Size ? 2 : 1), 1, 0);
            if (bytes[2] is 0 or > 4) bytes[2] = 1;
            HandshakeMacs.WriteMac1(bytes, beta.Keys, beta.Id);
            beta.Receive(bytes, TestNet.AddressOf(2_000 + (i * 256)));
            _net.RunFor(TimeSpan.FromMilliseconds(i % 3 == 0 ? 20 : 0));
            if (_net.Log.Count > 1_000) _net.Log.Clear();
        }

        Assert.NotEqual(0, beta[Counter.DropHandshakeInvalid]);
        Assert.NotEqual(0, beta[Counter.DropHandshakeUnknownIndex]);
        AssertAlive(alpha, beta);
    }

    [Fact]
    public void A_refused_initiation_with_a_good_mac1_costs_at_most_a_kibibyte()
    {
        (_, TestNode beta) = _net.AddConnectedPair();
        byte[] bytes = _net.Last(MessageType.Initiation).Bytes;
        long most = 0;
        for (uint i = 0; i < 1_000; i++)
        {
            BitConverter.TryWriteBytes(bytes.AsSpan(InitiationLayout.NoiseOffset), i);
            HandshakeMacs.WriteMac1(bytes, beta.Keys, beta.Id);
            _net.RunFor(TimeSpan.FromMilliseconds(10));
            long before = GC.GetAllocatedBytesForCurrentThread();
            beta.Receive(bytes, TestNet.AddressOf(2_000 + (i * 256)));
            long allocated = GC.GetAllocatedBytesForCurrentThread() - before;
            if (i >= 200) most = Math.Max(most, allocated);
        }

        Assert.Equal(1_000, beta[Counter.DropHandshakeInvalid]);
        Assert.InRange(most, 0, 1024);
    }

    /// <summary>A member with a valid key is an attacker too: any plaintext, well sealed.</summary>
    [Fact]
    public void A_node_takes_any_plaintext_of_a_member()
    {
        (TestNode alpha, TestNode beta) = _net.AddConnectedPair();
        _net.Passes = static _ => false;
        byte[] packet = _net.PacketFrom(alpha, beta, size: 60);
        byte[][] good = [.. Session.ProtocolVectors.Frames().Select(frame => frame.Bytes), [0x02, 0, 0, 0, 0, .. packet]];
        SessionKeys keys = alpha.Channel().Keys.Current!;
        byte[] datagram = new byte[4096];

        Totality.Assert(
            "plaintext", 256,
            bytes =>
            {
                if (bytes.Length > 2048) return;
                if (Array.IndexOf(bytes, (byte)0x0B) >= 0) return; // a close would end the session, and rightly so
                int length = bytes.Length + TransportHeader.Overhead;
                if (!keys.TrySeal(PathId.First, bytes, datagram)) throw new InvalidOperationException("not sealed");
                beta.Receive(datagram.AsSpan(0, length), alpha.Address);
                if (_net.Log.Count > 10_000) _net.Log.Clear();
                beta.Delivered.Clear();
            },
            allocationLimit: 8192, good);

        Assert.NotEqual(0, beta[Counter.DropFrameMalformed]);
        Assert.NotEqual(0, beta[Counter.DropInnerSource]);
        Assert.NotEqual(0, beta[Counter.PacketsToTun]);
        AssertAlive(alpha, beta);
    }

    public void Dispose() => _net.Dispose();

    private void AssertAlive(TestNode alpha, TestNode beta)
    {
        _net.Passes = static _ => true;
        _net.RunFor(TimeSpan.FromSeconds(2));
        _net.AssertConnected(alpha, beta);
    }
}
