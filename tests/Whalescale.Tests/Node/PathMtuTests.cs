using System.Buffers.Binary;
using Whalescale.Node;
using Whalescale.Tests.Support;
using Whalescale.Tests.Tun.Offload;
using Whalescale.Tun.Routing;
using Whalescale.Types;

namespace Whalescale.Tests.Nodes;

/// <summary>What becomes of overlay packets that their path does not carry in one datagram.</summary>
public sealed class PathMtuTests : IDisposable
{
    private const int Base = Limits.MinimumPathMtu, BasePacket = Base - 41, Ethernet = 1_472, EthernetPacket = 1_431;
    private static readonly TimeSpan Search = TimeSpan.FromSeconds(10);

    private readonly TestNet _net = new();

    [Fact]
    public void One_round_trip_after_the_handshake_a_path_is_used_at_the_size_of_Ethernet()
    {
        (TestNode alpha, TestNode beta) = _net.AddConnectedPair();

        Assert.Equal((Ethernet, Ethernet), (alpha.Channel().Path.Mtu, beta.Channel().Path.Mtu));
        Assert.Equal([EthernetPacket], alpha.Events.OfType<NodeEvent.TunMtuWanted>().Select(wanted => wanted.Mtu));
        byte[] packet = _net.PacketFrom(alpha, beta, EthernetPacket);
        int before = _net.Log.Count;
        alpha.Send(packet);
        Assert.Equal(Ethernet, Assert.Single(_net.Log.Skip(before)).Bytes.Length);
        _net.RunFor(TimeSpan.FromMilliseconds(50));
        Assert.Equal(packet, beta.Delivered[^1]);
    }

    [Fact]
    public void Packets_that_wait_for_the_handshake_cross_a_path_of_1280_bytes_in_parts()
    {
        (TestNode alpha, TestNode beta) = _net.AddPair();
        _net.Passes = static flight => flight.Bytes.Length <= Base;
        byte[][] packets = [.. new[] { 1_280, 60, 1_380, BasePacket + 1, 9_000, BasePacket }.Select(
            size => _net.PacketFrom(alpha, beta, size))];

        alpha.Send(packets);
        _net.RunFor(TimeSpan.FromMilliseconds(200));

        Assert.Equal(packets, beta.Delivered);
        Assert.Equal(2 + 2 + 2 + 8, alpha[Counter.FragmentsSent]);
        Assert.Equal(2 + 2 + 2 + 8, beta[Counter.FragmentsReceived]);
    }

    [Theory]
    [InlineData(4, true)]
    [InlineData(6, true)]
    [InlineData(4, false)]
    [InlineData(6, false)]
    public void Segments_of_a_super_packet_cross_in_parts_while_a_search_is_under_way(int version, bool isTcp)
    {
        _net.Passes = static flight => flight.Bytes.Length <= Base;
        (TestNode alpha, TestNode beta) = _net.AddConnectedPair();
        var flow = new OverlayFlow(version, isTcp);
        foreach (int segmentSize in new[] { 1_300, BasePacket - flow.HeaderLength, BasePacket - flow.HeaderLength + 1 })
        {
            byte[] superPacket = PipelineTests.Readdressed(flow.Next(20_011, isPending: true), alpha, beta);
            PacketOffload offload = SegmenterTests.OffloadOf(superPacket, segmentSize);
            beta.Delivered.Clear();

            alpha.Send((superPacket, offload));
            _net.RunFor(TimeSpan.FromMilliseconds(20));

            foreach (byte[] delivered in beta.Delivered) NaiveKernel.WriteFinished(delivered);
            Assert.Equal(NaiveKernel.Receive(superPacket, offload), beta.Delivered);
        }
    }

    [Fact]
    public void Once_the_size_is_known_the_sender_of_what_may_not_be_split_is_told_and_the_rest_goes_in_parts()
    {
        (TestNode alpha, TestNode beta) = Settled(carries: Base);
        byte[] indivisible = IPv4(alpha, beta, 1_400, isIndivisible: true);
        byte[] divisible = IPv4(alpha, beta, 1_400, isIndivisible: false);
        byte[] six = _net.PacketFrom(alpha, beta, 1_400);

        alpha.Send(indivisible, divisible, six);
        _net.RunFor(TimeSpan.FromMilliseconds(50));

        Assert.Equal([divisible], beta.Delivered);
        Assert.Equal(2, alpha[Counter.DropTooBig]);
        Assert.Equal(2, alpha.Delivered.Count);
        Assert.Equal(BasePacket, BinaryPrimitives.ReadUInt16BigEndian(alpha.Delivered[0].AsSpan(26)));
        Assert.Equal(indivisible[..100], alpha.Delivered[0][28..128]);
        Assert.Equal(1_280, BinaryPrimitives.ReadInt32BigEndian(alpha.Delivered[1].AsSpan(44)));
        Assert.Equal(six[..100], alpha.Delivered[1][48..148]);
    }

    [Fact]
    public void A_super_packet_of_large_segments_is_refused_once()
    {
        (TestNode alpha, TestNode beta) = Settled(carries: Base);
        byte[] superPacket = PipelineTests.Readdressed(
            new OverlayFlow(6, isTcp: true).Next(20_000, isPending: true), alpha, beta);

        alpha.Send((superPacket, SegmenterTests.OffloadOf(superPacket, 1_300)));
        _net.RunFor(TimeSpan.FromMilliseconds(50));

        Assert.Empty(beta.Delivered);
        Assert.Equal(superPacket[..1_232], Assert.Single(alpha.Delivered)[48..]);
    }

    [Fact]
    public void Packets_up_to_1280_bytes_are_never_refused()
    {
        (TestNode alpha, TestNode beta) = Settled(carries: Base);

        for (int size = 1_100; size <= 1_280; size++) alpha.Send(_net.PacketFrom(alpha, beta, size));
        _net.RunFor(TimeSpan.FromMilliseconds(50));

        Assert.Equal(181, beta.Delivered.Count);
        Assert.Empty(alpha.Delivered);
        Assert.Equal(2 * (1_280 - BasePacket), alpha[Counter.FragmentsSent]);
    }

    [Fact]
    public void Refusals_are_rationed()
    {
        (TestNode alpha, TestNode beta) = Settled(carries: Base);
        for (int i = 0; i < 1_000; i++) alpha.Send(_net.PacketFrom(alpha, beta, 1_300));
        Assert.Equal(Limits.TooBigRepliesAtOnce, alpha.Delivered.Count);

        _net.RunFor(TimeSpan.FromMilliseconds(100));
        for (int i = 0; i < 1_000; i++) alpha.Send(_net.PacketFrom(alpha, beta, 1_300));

        Assert.InRange(alpha.Delivered.Count, Limits.TooBigRepliesAtOnce + 9, Limits.TooBigRepliesAtOnce + 11);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void What_TCP_offers_is_lowered_on_the_way_out_and_in_to_what_our_own_path_carries(bool isOut)
    {
        // Only what alpha sends is small, so beta would not lower it.
        TestNode? small = null;
        _net.Passes = flight => flight.Sender != small || flight.Bytes.Length <= Base;
        (TestNode alpha, TestNode beta) = _net.AddPair();
        small = alpha;
        _net.RunFor(Search);
        (TestNode from, TestNode to) = isOut ? (alpha, beta) : (beta, alpha);

        from.Send(Syn(from, to, offer: 8_940));
        _net.RunFor(TimeSpan.FromMilliseconds(50));

        byte[] delivered = Assert.Single(to.Delivered);
        Assert.Equal(BasePacket - 60, BinaryPrimitives.ReadUInt16BigEndian(delivered.AsSpan(62)));
        byte[] expected = (byte[])delivered.Clone();
        NaiveKernel.WritePending(expected);
        NaiveKernel.WriteFinished(expected);
        Assert.Equal(expected, delivered);
    }

    [Fact]
    public void A_connection_that_begins_during_the_search_is_not_made_small_for_its_life()
    {
        _net.Passes = static flight => flight.Bytes.Length <= Base;
        (TestNode alpha, TestNode beta) = _net.AddConnectedPair();

        alpha.Send(Syn(alpha, beta, offer: 8_940));
        _net.RunFor(TimeSpan.FromMilliseconds(50));

        Assert.Equal(1_380 - 60, BinaryPrimitives.ReadUInt16BigEndian(beta.Delivered[^1].AsSpan(62)));
    }

    [Fact]
    public void A_probe_and_its_witness_leave_in_runs_of_their_own()
    {
        (TestNode alpha, _) = _net.AddPair();
        _net.Passes = static flight => flight.Bytes.Length <= Base;
        _net.RunFor(TimeSpan.FromMilliseconds(60));
        while (alpha.Plane.Outbound.Count < 2)
        {
            _net.RunFor(alpha.Plane.NextTimeout - _net.Now - TimeSpan.FromTicks(1));
            alpha.Plane.HandleTimeout(alpha.Plane.NextTimeout);
        }

        DatagramBatch sent = alpha.Plane.Outbound;
        Assert.Equal([Ethernet, 48], [sent[0].Length, sent[1].Length]);
        Assert.Equal(1, sent.RunLength(0, sent.Count));
    }

    [Fact]
    public void Probes_that_are_lost_ask_for_no_handshake()
    {
        (TestNode alpha, TestNode beta) = Settled(carries: Base);
        int before = _net.Count(MessageType.Initiation);

        _net.RunFor(TimeSpan.FromSeconds(100));

        Assert.Equal(before, _net.Count(MessageType.Initiation));
        Assert.True(_net.Crosses(alpha, beta));
    }

    [Fact]
    public void A_ping_with_all_padding_is_answered_over_a_path_of_1280_bytes()
    {
        (TestNode alpha, TestNode beta) = Settled(carries: Base);

        alpha.Command((node, now) => node.Ping(beta.Id, null, 1_200, TimeSpan.FromSeconds(1), now));
        _net.RunFor(TimeSpan.FromSeconds(2));

        NodeEvent.PingDone done = Assert.Single(alpha.Events.OfType<NodeEvent.PingDone>());
        Assert.Equal(PingOutcome.Answered, done.Reply.Outcome);
        Assert.Contains(_net.Log, flight => flight.Sender == alpha && flight.Bytes.Length == Base);
    }

    [Fact]
    public void What_the_kernel_refuses_as_too_big_is_found_out_at_once()
    {
        (TestNode alpha, TestNode beta) = _net.AddConnectedPair();
        _net.RunFor(TimeSpan.FromSeconds(1));
        alpha.SocketTakes = 1_400;

        alpha.Send(_net.PacketFrom(alpha, beta, EthernetPacket));
        _net.RunFor(TimeSpan.FromMilliseconds(400));

        Assert.Equal(1, alpha[Counter.MtuBlackHoles]);
        _net.RunFor(Search);
        Assert.InRange(alpha.Channel().Path.Mtu, 1_392, 1_400);
    }

    [Fact]
    public void An_interface_of_jumbo_frames_is_made_use_of_when_it_comes_up()
    {
        (TestNode alpha, _) = _net.AddConnectedPair();

        alpha.Command((node, now) => node.UseSockets([new SocketInfo(TestNode.Socket, "eth0", Mtu: 9_000)], now));
        _net.RunFor(TimeSpan.FromMilliseconds(200));

        Assert.Equal(8_972, alpha.Channel().Path.Mtu);
        Assert.Equal(
            [EthernetPacket, 8_931], alpha.Events.OfType<NodeEvent.TunMtuWanted>().Select(wanted => wanted.Mtu));
    }

    [Fact]
    public void Parts_cost_no_garbage_once_their_places_are_made()
    {
        (TestNode alpha, TestNode beta) = Settled(carries: Base);
        using var packets = new PacketBatch(1, Limits.OverlayPacketBytes);
        using var datagrams = new DatagramBatch(8, Limits.DatagramBytes);
        byte[] packet = _net.PacketFrom(alpha, beta, 1_280);
        long before = 0;
        for (int round = 0; round < 200; round++)
        {
            if (round == 100) before = GC.GetAllocatedBytesForCurrentThread();
            Carry(alpha, beta, packets, datagrams, packet);
        }

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
        Assert.Equal(200, beta[Counter.PacketsToTun]);
    }

    public void Dispose() => _net.Dispose();

    private (TestNode Alpha, TestNode Beta) Settled(int carries)
    {
        _net.Passes = flight => flight.Bytes.Length <= carries;
        (TestNode alpha, TestNode beta) = _net.AddPair();
        _net.RunFor(Search);
        Assert.Equal((carries, true), (alpha.Channel().Path.Mtu, alpha.Channel().Path.Discovery.IsSettled));
        return (alpha, beta);
    }

    private void Carry(TestNode from, TestNode to, PacketBatch packets, DatagramBatch datagrams, byte[] packet)
    {
        packet.CopyTo(packets.NextSlot());
        packets.Append(packet.Length);
        from.Plane.HandlePackets(packets, _net.Now);
        packets.Clear();
        DatagramBatch sent = from.Plane.Outbound;
        for (int i = 0; i < sent.Count; i++)
        {
            sent[i].CopyTo(datagrams.SlotSpan(i));
            datagrams.Commit(sent[i].Length, 0, from.Address, to.Address, TestNode.Socket);
        }

        from.Plane.Flushed(new DatagramSendResult(sent.Count, 0, 0, DatagramError.None), tunRefused: 0);
        int next = 0;
        to.Plane.HandleDatagrams(datagrams, ref next, _net.Now);
        to.Plane.Flushed(default, tunRefused: 0);
        datagrams.Clear();
    }

    private static byte[] IPv4(TestNode from, TestNode to, int size, bool isIndivisible)
    {
        byte[] packet = PipelineTests.Readdressed(
            new OverlayFlow(4, isTcp: false).Next(size - 28, isPending: false), from, to);
        packet[6] = (byte)(isIndivisible ? 0x40 : 0);
        NaiveKernel.WriteHeaderChecksum(packet);
        NaiveKernel.WriteFinished(packet);
        return packet;
    }

    private static byte[] Syn(TestNode from, TestNode to, ushort offer)
    {
        byte[] packet = new byte[64];
        packet[0] = 0x60;
        packet[5] = 24;
        (packet[6], packet[7]) = (6, 64);
        from.Overlay.WriteTo16(packet.AsSpan(8));
        to.Overlay.WriteTo16(packet.AsSpan(24));
        (packet[52], packet[53]) = (0x60, 0x02);
        (packet[60], packet[61]) = (2, 4);
        BinaryPrimitives.WriteUInt16BigEndian(packet.AsSpan(62), offer);
        NaiveKernel.WritePending(packet);
        NaiveKernel.WriteFinished(packet);
        Assert.True(InnerPacket.TryParse(packet, out InnerPacket view) && MssClamp.IsSyn(packet, view));
        return packet;
    }
}
