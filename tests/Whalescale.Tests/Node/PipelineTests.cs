using Whalescale.Node;
using Whalescale.Simulation;
using Whalescale.Tests.Support;
using Whalescale.Tests.Tun.Offload;
using Whalescale.Types;

namespace Whalescale.Tests.Nodes;

/// <summary>Overlay packets on their way through both pipelines.</summary>
public sealed class PipelineTests : IDisposable
{
    private readonly TestNet _net = new();

    [Fact]
    public void A_member_delivers_nothing_from_addresses_that_are_not_its_own()
    {
        (TestNode alpha, TestNode beta) = _net.AddConnectedPair();
        int delivered = beta.Delivered.Count;
        IpAddress[] lies =
        [
            beta.Overlay, new IpAddress(0x2001_0DB8_0000_0000, 1), new IpAddress(0, 1), new IpAddress(0, 0),
            new IpAddress(0xFF02_0000_0000_0000, 1), new IpAddress(0xFE80_0000_0000_0000, 1),
            IpAddress.FromIPv4(0x7F000001), alpha.OverlayPrefixes[1].Address,
        ];

        foreach (IpAddress lie in lies) alpha.Send(TestPacket.Make(lie, beta.Overlay, 1, 100));
        _net.RunFor(TimeSpan.FromMilliseconds(50));

        Assert.Equal(delivered, beta.Delivered.Count);
        Assert.Equal(lies.Length, beta[Counter.DropInnerSource]);
    }

    [Fact]
    public void A_member_delivers_nothing_to_addresses_that_are_not_ours()
    {
        TestNode beta = _net.Add("beta"), alpha = _net.Add("alpha");
        beta.Know(alpha, null);
        // As alpha is configured, all of this lies behind beta.
        PeerSettings greedy = beta.AsPeer() with { Routes = [new IpPrefix(new IpAddress(0, 0), 0)] };
        Assert.Equal(AddPeerVerdict.Added, alpha.Node.AddPeer(greedy, _net.Now));
        alpha.Command((node, now) => node.OfferCandidate(beta.Id, new Candidate(CandidateKind.Host, beta.Address), now));
        _net.RunFor(TimeSpan.FromMilliseconds(100));
        Assert.True(_net.Crosses(alpha, beta));
        IpAddress[] elsewhere =
            [new(0x2001_0DB8_0000_0000, 1), new(0xFF02_0000_0000_0000, 1), new(0xFE80_0000_0000_0000, 1), new(0, 1)];

        foreach (IpAddress address in elsewhere) alpha.Send(TestPacket.Make(alpha.Overlay, address, 1, 100));
        _net.RunFor(TimeSpan.FromMilliseconds(50));

        Assert.Single(beta.Delivered);
        Assert.Equal(elsewhere.Length, beta[Counter.DropInnerDestination]);
    }

    [Fact]
    public void Packets_wait_for_the_first_handshake_at_most_32_of_them_in_order()
    {
        (TestNode alpha, TestNode beta) = _net.AddPair();
        byte[][] packets = [.. Enumerable.Range(0, 40).Select(_ => _net.PacketFrom(alpha, beta))];

        alpha.Send(packets);
        _net.RunFor(TimeSpan.FromMilliseconds(100));

        Assert.Equal(packets[..Limits.StagedPacketsPerPeer], beta.Delivered);
        Assert.Equal(8, alpha[Counter.DropNoSession]);
        Assert.True(_net.Crosses(alpha, beta));
    }

    [Theory]
    [InlineData(4, true)]
    [InlineData(6, true)]
    [InlineData(4, false)]
    [InlineData(6, false)]
    public void A_super_packet_leaves_as_its_segments_and_what_stands_behind_it_stays_whole(int version, bool isTcp)
    {
        (TestNode alpha, TestNode beta) = _net.AddConnectedPair();
        var random = new Random(version);
        var flow = new OverlayFlow(version, isTcp);
        int before = beta.Delivered.Count;
        List<byte[]> expected = [];
        for (int round = 0; round < 50; round++)
        {
            int segmentSize = random.Next(10, 1380 - flow.HeaderLength);
            int payload = Math.Min(random.Next(1, 45) * segmentSize + random.Next(0, segmentSize), 60_000);
            byte[] superPacket = Readdressed(flow.Next(payload, isPending: true), alpha, beta);
            PacketOffload offload = SegmenterTests.OffloadOf(superPacket, segmentSize);
            byte[] plain = _net.PacketFrom(alpha, beta);
            expected.AddRange([plain, .. NaiveKernel.Receive(superPacket, offload), plain]);

            alpha.Send((plain, default), (superPacket, offload), (plain, default));
        }

        _net.RunFor(TimeSpan.FromMilliseconds(50));
        Assert.Equal(expected.Count, beta.Delivered.Count - before);
        for (int i = 0; i < expected.Count; i++)
        {
            byte[] delivered = beta.Delivered[before + i];
            if (delivered.Length == expected[i].Length && NaiveKernel.Protocol(delivered) == (isTcp ? 6 : 17)
                && !delivered.SequenceEqual(expected[i])) NaiveKernel.WriteFinished(delivered);
            Assert.Equal(expected[i], delivered);
        }
    }

    [Fact]
    public void Segments_of_a_super_packet_wait_for_the_first_handshake_like_packets()
    {
        (TestNode alpha, TestNode beta) = _net.AddPair();
        byte[] superPacket = Readdressed(new OverlayFlow(4, isTcp: true).Next(40_000, isPending: true), alpha, beta);
        PacketOffload offload = SegmenterTests.OffloadOf(superPacket, 1000);

        alpha.Send((superPacket, offload));
        _net.RunFor(TimeSpan.FromMilliseconds(100));

        Assert.Equal(Limits.StagedPacketsPerPeer, beta.Delivered.Count);
        Assert.Equal(8, alpha[Counter.DropNoSession]);
        foreach (byte[] delivered in beta.Delivered) NaiveKernel.WriteFinished(delivered);
        Assert.Equal(NaiveKernel.Receive(superPacket, offload)[..Limits.StagedPacketsPerPeer], beta.Delivered);
    }

    [Fact]
    public void A_super_packet_leaves_as_one_run_of_datagrams()
    {
        (TestNode alpha, TestNode beta) = _net.AddConnectedPair();
        byte[] superPacket = Readdressed(new OverlayFlow(4, isTcp: true).Next(44 * 1328, isPending: true), alpha, beta);
        using var packets = new PacketBatch(4, Limits.SuperPacketBytes);
        for (int i = 0; i < 3; i++)
        {
            superPacket.CopyTo(packets.NextSlot());
            packets.Append(superPacket.Length, SegmenterTests.OffloadOf(superPacket, 1328));
        }

        alpha.Plane.HandlePackets(packets, _net.Now);

        DatagramBatch sent = alpha.Plane.Outbound;
        Assert.Equal(3 * 44, sent.Count);
        for (int i = 0; i < 3; i++) Assert.Equal(44, sent.RunLength(i * 44, sent.Count));
    }

    [Fact]
    public void A_scheduler_that_throws_is_replaced_and_its_packets_go_all_the_same()
    {
        (TestNode alpha, TestNode beta) = _net.AddConnectedPair(
            new() { NewScheduler = static () => new ThrowingScheduler(after: 3) });
        for (int i = 0; i < 10; i++) Assert.True(_net.Crosses(alpha, beta));

        Assert.Equal(1, alpha[Counter.SchedulerFaults]);
        Assert.Single(alpha.Events.OfType<NodeEvent.SchedulerFaulted>());
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_packet_costs_no_garbage_out_or_in(bool prefersAes)
    {
        (TestNode alpha, TestNode beta) = _net.AddConnectedPair(new() { PrefersAes = prefersAes });
        using var packets = new PacketBatch(Limits.PacketBatch, Limits.OverlayPacketBytes);
        using var datagrams = new DatagramBatch(Limits.ReceiveBatch, Limits.DatagramBytes);
        byte[] packet = _net.PacketFrom(alpha, beta, size: 1300);
        long before = 0;
        for (int round = 0; round < 400; round++)
        {
            if (round == 200) before = GC.GetAllocatedBytesForCurrentThread();
            Carry(alpha, beta, packets, datagrams, packet);
        }

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
        Assert.Equal(400 * Limits.PacketBatch, beta[Counter.PacketsToTun] - 1);
    }

    public void Dispose() => _net.Dispose();

    // What the two data loops do, without the network between them.
    private void Carry(TestNode from, TestNode to, PacketBatch packets, DatagramBatch datagrams, byte[] packet)
    {
        for (int i = 0; i < Limits.PacketBatch; i++)
        {
            packet.CopyTo(packets.NextSlot());
            packets.Append(packet.Length);
        }

        from.Plane.HandlePackets(packets, _net.Now);
        packets.Clear();
        DatagramBatch sent = from.Plane.Outbound;
        for (int i = 0; i < sent.Count; i++)
        {
            sent[i].CopyTo(datagrams.SlotSpan(i));
            datagrams.Commit(sent[i].Length, 0, from.Address, to.Address, TestNode.Socket);
        }

        from.Plane.Flushed(new DatagramSendResult(sent.Count, 0, 0, DatagramError.None), tunRefused: 0);
        for (int next = 0; next < datagrams.Count;)
        {
            to.Plane.HandleDatagrams(datagrams, ref next, _net.Now);
            to.Plane.Flushed(default, tunRefused: 0);
        }

        datagrams.Clear();
    }

    internal static byte[] Readdressed(byte[] packet, TestNode from, TestNode to)
    {
        bool isIPv4 = packet[0] >> 4 == 4;
        int at = isIPv4 ? 12 : 8, length = isIPv4 ? 4 : 16, number = isIPv4 ? 1 : 0;
        Write(from.OverlayPrefixes[number].Address, packet.AsSpan(at, length));
        Write(to.OverlayPrefixes[number].Address, packet.AsSpan(at + length, length));
        OverlayFlow.Mend(packet, isPending: true);
        return packet;

        static void Write(IpAddress address, Span<byte> field)
        {
            Span<byte> bytes = stackalloc byte[16];
            address.WriteTo16(bytes);
            bytes[^field.Length..].CopyTo(field);
        }
    }

    private sealed class ThrowingScheduler(int after) : IPacketScheduler
    {
        private int _calls;

        public void Assign(
            ReadOnlySpan<PacketView> packets, ReadOnlySpan<PathView> paths, in SessionView session,
            Span<Assignment> answers)
        {
            if (++_calls > after) throw new InvalidOperationException("a plugin's mistake");
            for (int i = 0; i < packets.Length; i++) answers[i] = Assignment.To(0);
        }

        public void OnFeedback(in FeedbackView feedback)
        {
        }

        public void OnPathChange(PathId path, PathState before, PathState after)
        {
        }
    }
}
