using Whalescale.Tun.Offload;

namespace Whalescale.Tests.Tun.Offload;

public sealed class CoalescerTests : IDisposable
{
    private const byte Ack = 0x10, Push = 0x08;
    private const int Segment = 500;

    private readonly CoalescedBatch _batch = new();

    public static TheoryData<int, bool, bool> FlowKinds { get; } = new()
    {
        { 4, true, true }, { 4, true, false }, { 4, false, true }, { 4, false, false },
        { 6, true, true }, { 6, true, false }, { 6, false, true }, { 6, false, false },
    };

    public void Dispose() => _batch.Dispose();

    [Theory]
    [MemberData(nameof(FlowKinds))]
    public void A_run_of_a_flow_becomes_one_super_packet(int version, bool isTcp, bool isPending)
    {
        var flow = new OverlayFlow(version, isTcp);
        for (int i = 0; i < 40; i++) _batch.Add(flow.Next(Segment, isPending), isPending);

        _batch.Plan();

        Assert.Equal([40], _batch.GroupSizes);
        CoalescedGroup group = _batch.Coalescer.Group(0);
        Assert.Equal((flow.HeaderLength + (40 * Segment), flow.HeaderLength), (group.TotalLength, group.HeaderLength));
        Assert.Equal(Segment, group.Offload.SegmentSize);
    }

    [Theory]
    [MemberData(nameof(FlowKinds))]
    public void A_shorter_packet_ends_its_group_and_a_longer_one_begins_another(int version, bool isTcp, bool isPending)
    {
        var flow = new OverlayFlow(version, isTcp);
        foreach (int length in new[] { 500, 500, 499, 500, 500, 501, 501, 1, 1, 1 })
            _batch.Add(flow.Next(length, isPending), isPending);

        _batch.Plan();

        Assert.Equal([3, 2, 3, 2], _batch.GroupSizes);
    }

    [Theory]
    [MemberData(nameof(FlowKinds))]
    public void Flows_that_take_turns_merge_each_for_itself(int version, bool isTcp, bool isPending)
    {
        OverlayFlow[] flows = [.. Enumerable.Range(1, 16).Select(i => new OverlayFlow(version, isTcp, i))];
        for (int i = 0; i < 160; i++) _batch.Add(flows[i * 7 % 16].Next(Segment, isPending), isPending);

        _batch.Plan();

        Assert.Equal(Enumerable.Repeat(10, 16), _batch.GroupSizes);
    }

    [Fact]
    public void With_more_flows_than_are_remembered_the_longest_silent_one_is_forgotten()
    {
        OverlayFlow[] flows = [.. Enumerable.Range(1, 17).Select(i => new OverlayFlow(4, isTcp: true, i))];
        foreach (OverlayFlow flow in flows) _batch.Add(flow.Next(Segment, isPending: true), isPending: true);
        _batch.Add(flows[1].Next(Segment, isPending: true), isPending: true);
        _batch.Add(flows[0].Next(Segment, isPending: true), isPending: true);

        _batch.Plan();

        Assert.Equal([1, 2, .. Enumerable.Repeat(1, 16)], _batch.GroupSizes);
    }

    [Theory]
    [InlineData(4)]
    [InlineData(6)]
    public void A_group_is_never_longer_than_an_IPv4_header_can_say(int version)
    {
        var flow = new OverlayFlow(version, isTcp: true);
        for (int i = 0; i < 60; i++) _batch.Add(flow.Next(1_400, isPending: true), isPending: true);

        _batch.Plan();

        Assert.Equal([46, 14], _batch.GroupSizes); // 46 * 1400 + 72 < 65535 < 47 * 1400
    }

    [Fact]
    public void A_group_has_no_more_packets_than_the_kernel_takes_datagrams_in_one()
    {
        var flow = new OverlayFlow(4, isTcp: false);
        for (int i = 0; i < 150; i++) _batch.Add(flow.Next(64, isPending: true), isPending: true);

        _batch.Plan();

        Assert.Equal([64, 64, 22], _batch.GroupSizes);
    }

    [Theory]
    [MemberData(nameof(FlowKinds))]
    public void Nothing_merges_with_its_switch_off(int version, bool isTcp, bool isPending)
    {
        var flow = new OverlayFlow(version, isTcp);
        var other = new OverlayFlow(version, !isTcp);
        for (int i = 0; i < 5; i++)
        {
            _batch.Add(flow.Next(Segment, isPending), isPending);
            _batch.Add(other.Next(Segment, isPending), isPending);
        }

        if (isTcp) _batch.Coalescer.MergesTcp = false;
        else _batch.Coalescer.MergesUdp = false;
        _batch.Plan();
        Assert.Equal([1, 5, 1, 1, 1, 1], _batch.GroupSizes);
    }

    [Fact]
    public void With_both_switches_off_every_packet_is_its_own_group()
    {
        OverlayFlow[] flows = [new(4, isTcp: true), new(6, isTcp: false)];
        for (int i = 0; i < 20; i++) _batch.Add(flows[i % 2].Next(Segment, isPending: true), isPending: true);
        (_batch.Coalescer.MergesTcp, _batch.Coalescer.MergesUdp) = (false, false);

        _batch.Plan();

        Assert.Equal(Enumerable.Repeat(1, 20), _batch.GroupSizes);
    }

    [Fact]
    public void Push_moves_to_the_end_of_a_group_whose_checksums_are_pending()
    {
        var flow = new OverlayFlow(4, isTcp: true);
        for (int i = 0; i < 6; i++)
            _batch.Add(flow.Next(Segment, isPending: true, i == 2 ? (byte)(Ack | Push) : Ack), isPending: true);

        _batch.Plan();

        Assert.Equal([6], _batch.GroupSizes);
        Assert.Equal(Ack | Push, _batch.PacketAt(0)[33]);
    }

    [Fact]
    public void Push_stays_where_it_is_in_finished_packets()
    {
        var flow = new OverlayFlow(4, isTcp: true);
        bool[] pending = [false, false, false, false, true, true, false];
        bool[] push = [false, true, false, false, true, false, false];
        for (int i = 0; i < pending.Length; i++)
            _batch.Add(flow.Next(Segment, pending[i], push[i] ? (byte)(Ack | Push) : Ack), pending[i]);

        _batch.Plan();

        Assert.Equal([2, 4, 1], _batch.GroupSizes);
    }

    [Theory]
    [InlineData(Ack | 0x01, "FIN")]
    [InlineData(Ack | 0x02, "SYN")]
    [InlineData(Ack | 0x04, "RST")]
    [InlineData(Ack | 0x20, "URG")]
    [InlineData(Ack | 0x80, "CWR")]
    [InlineData(0, "no ACK")]
    public void A_segment_with_more_to_say_than_data_goes_alone_and_keeps_its_place(byte flags, string name)
    {
        var flow = new OverlayFlow(6, isTcp: true);
        for (int i = 0; i < 5; i++)
            _batch.Add(flow.Next(Segment, isPending: true, i == 2 ? flags : Ack), isPending: true);

        _batch.Plan();

        Assert.True(_batch.GroupSizes is [2, 1, 2], name);
    }

    [Fact]
    public void A_pure_acknowledgment_is_passed_by_no_data()
    {
        OverlayFlow flow = new(4, isTcp: true), other = new(4, isTcp: true, number: 2);
        foreach (int length in new[] { Segment, Segment, 0, Segment, Segment })
        {
            _batch.Add(flow.Next(length, isPending: true), isPending: true);
            _batch.Add(other.Next(Segment, isPending: true), isPending: true);
        }

        _batch.Plan();

        Assert.Equal([2, 5, 1, 2], _batch.GroupSizes);
    }

    [Theory]
    [InlineData("10.77.0.2", false)]
    [InlineData("10.77.0.3", true)]
    public void A_fragment_is_passed_by_nothing_between_its_addresses(string destination, bool merges)
    {
        var flow = new OverlayFlow(4, isTcp: false);
        byte[] fragment = RawPacket.IPv4("10.77.0.1", destination);
        fragment[7] = 100;
        _batch.Add(flow.Next(Segment, isPending: true), isPending: true);
        _batch.Add(fragment, isPending: false);
        _batch.Add(flow.Next(Segment, isPending: true), isPending: true);

        _batch.Plan();

        Assert.Equal(merges ? [2, 1] : [1, 1, 1], _batch.GroupSizes);
    }

    [Theory]
    [MemberData(nameof(FlowKinds))]
    public void A_change_of_any_header_bit_forbids_merging_except_of_push(int version, bool isTcp, bool isPending)
    {
        int ip = version == 4 ? 20 : 40;
        int headerLength = new OverlayFlow(version, isTcp).HeaderLength;
        for (int bit = 0; bit < headerLength * 8; bit++)
        {
            // Checksums are made right again, so that it is the bit that forbids.
            var flow = new OverlayFlow(version, isTcp);
            int position = bit / 8;
            bool isChecksum = position == ip + (isTcp ? 16 : 6) || position == ip + (isTcp ? 17 : 7)
                || (version == 4 && position is 10 or 11);
            byte[] first = flow.Next(Segment, isPending), second = flow.Next(Segment, isPending);
            second[position] ^= (byte)(1 << (bit % 8));
            if (!isChecksum && NaiveKernel.Protocol(second) is 6 or 17) MendIfWhole(second, isPending);
            _batch.Clear();
            _batch.Add(first, isPending);
            _batch.Add(second, isPending ? OverlayFlow.OffloadOf(first, true) : default);

            _batch.Plan();

            bool isPush = isTcp && position == ip + 13 && 1 << (bit % 8) == Push;
            Assert.True(_batch.Coalescer.GroupCount == (isPush ? 1 : 2), $"bit {bit % 8} of byte {position}");
        }
    }

    [Theory]
    [MemberData(nameof(FlowKinds))]
    public void A_packet_with_a_wrong_checksum_goes_alone_and_untouched(int version, bool isTcp, bool isPending)
    {
        int field = (version == 4 ? 20 : 40) + (isTcp ? 16 : 6);
        for (int wrong = 0; wrong < 5; wrong++)
        {
            foreach (int position in version == 4 ? new[] { field, field + 1, 10 } : [field, field + 1])
            {
                var flow = new OverlayFlow(version, isTcp);
                _batch.Clear();
                for (int i = 0; i < 5; i++)
                {
                    byte[] packet = flow.Next(Segment, isPending);
                    if (i == wrong) packet[position] ^= 0x10;
                    _batch.Add(packet, isPending);
                }

                _batch.Plan();

                int[] expected = [.. new[] { wrong, 1, 4 - wrong }.Where(count => count > 0)];
                Assert.Equal(expected, _batch.GroupSizes);
            }
        }
    }

    [Fact]
    public void A_finished_packet_with_a_damaged_payload_goes_alone()
    {
        var flow = new OverlayFlow(4, isTcp: true);
        for (int i = 0; i < 5; i++)
        {
            byte[] packet = flow.Next(Segment, isPending: false);
            if (i == 2) packet[^1] ^= 1;
            _batch.Add(packet, isPending: false);
        }

        _batch.Plan();

        Assert.Equal([2, 1, 2], _batch.GroupSizes);
    }

    [Fact]
    public void A_datagram_without_a_checksum_stays_without_one()
    {
        var flow = new OverlayFlow(4, isTcp: false);
        for (int i = 0; i < 4; i++)
        {
            byte[] packet = flow.Next(Segment, isPending: false);
            packet.AsSpan(26, 2).Clear();
            _batch.Add(packet, isPending: false);
        }

        _batch.Plan();

        Assert.Equal([1, 1, 1, 1], _batch.GroupSizes);
    }

    [Fact]
    public void Pending_and_finished_packets_of_a_flow_merge()
    {
        var flow = new OverlayFlow(4, isTcp: true);
        for (int i = 0; i < 9; i++) _batch.Add(flow.Next(Segment, i % 3 == 0), i % 3 == 0);

        _batch.Plan();

        Assert.Equal([9], _batch.GroupSizes);
    }

    [Theory]
    [InlineData(true, true, 6)]
    [InlineData(true, false, 1)]
    [InlineData(false, true, 1)]
    public void A_number_that_stands_still_merges_if_nobody_may_look_at_it(bool isPending, bool isAtomic, int expected)
    {
        var flow = new OverlayFlow(4, isTcp: false) { IdentificationStep = 0 };
        for (int i = 0; i < 6; i++)
        {
            byte[] packet = flow.Next(Segment, isPending);
            if (!isAtomic) packet[6] = 0;
            OverlayFlow.Mend(packet, isPending);
            _batch.Add(packet, isPending);
        }

        _batch.Plan();

        Assert.Equal(expected, _batch.GroupSizes[0]);
    }

    [Fact]
    public void A_super_packet_and_a_checksum_at_an_odd_place_stay_what_they_are()
    {
        var flow = new OverlayFlow(4, isTcp: true);
        PacketOffload[] offloads =
        [
            new(OffloadTraits.ChecksumPending, 0, 20, 16),
            new(OffloadTraits.ChecksumPending, 0, 24, 16),
            new(OffloadTraits.ChecksumPending, 0, 20, 6),
            new(OffloadTraits.ChecksumPending | OffloadTraits.TcpSegments, 100, 20, 16),
        ];
        using var batch = new PacketBatch(offloads.Length, 1_000);
        foreach (PacketOffload offload in offloads)
        {
            byte[] packet = flow.Next(Segment, isPending: true);
            packet.CopyTo(batch.NextSlot());
            batch.Append(packet.Length, offload);
        }

        _batch.Coalescer.Plan(batch);

        Assert.Equal(offloads, Enumerable.Range(0, 4).Select(i => _batch.Coalescer.Group(i).Offload));
    }

    [Fact]
    public void More_packets_than_the_capacity_are_refused_and_fewer_are_planned_afresh_each_time()
    {
        using var batch = new PacketBatch(4, 100);
        for (int i = 0; i < 4; i++) batch.Append(20);
        Assert.Throws<ArgumentException>(() => new Coalescer(3).Plan(batch));

        var coalescer = new Coalescer(4);
        coalescer.Plan(batch);
        Assert.Equal(4, coalescer.GroupCount);
        batch.Clear();
        coalescer.Plan(batch);
        Assert.Equal(0, coalescer.GroupCount);
        Assert.Throws<ArgumentOutOfRangeException>(() => coalescer.Group(0));
    }

    private static void MendIfWhole(byte[] packet, bool isPending)
    {
        if (packet[0] >> 4 is 4 or 6 && NaiveKernel.ChecksumField(packet) < packet.Length - 1)
            OverlayFlow.Mend(packet, isPending);
    }
}
