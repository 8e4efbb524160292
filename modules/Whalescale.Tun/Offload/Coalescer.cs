namespace Whalescale.Tun.Offload;

/// <summary>Turns packets that were received one by one into super-packets for a device that takes them: the kernel
/// then handles many in one go.</summary>
/// <remarks>
/// <para>Driven per batch: <see cref="Plan"/>, then for each of <see cref="GroupCount"/> groups one gathering write of
/// the device's header, the first packet as it lies in the batch, and of each packet that <see cref="Next"/> gives the
/// bytes from <see cref="CoalescedGroup.HeaderLength"/> on. No payload is copied.</para>
/// <para>Packets merge only if the kernel, splitting the group, would make the same packets of it (see
/// <see cref="OpenGroup.TryJoin"/> for the one bit that may move): it may have to, to forward them. Packets of a flow
/// keep their order; flows may pass each other. Bytes of any kind are answered; what is not understood goes alone,
/// untouched. Owned by one thread; allocates nothing after construction.</para>
/// </remarks>
public sealed unsafe class Coalescer
{
    /// <summary>Packets of a group at most.</summary>
    /// <remarks>Linux takes no more datagrams in one: UDP_MAX_SEGMENTS was 64 before 6.9. It is also far below the 1024
    /// parts of a gathering write, and 64 segments of 1 KB fill a super-packet.</remarks>
    public const int MaximumPackets = 64;

    /// <summary>Bytes of a group of two or more at most: what an IPv4 header can say.</summary>
    public const int MaximumLength = 65535;

    // Chosen: more flows than this at a time, and each has so few packets in a batch that merging gains little.
    private const int MaximumOpen = 16;

    private readonly int[] _next;
    private readonly CoalescedGroup[] _groups;
    private readonly OpenGroup[] _open = new OpenGroup[MaximumOpen];
    private readonly ulong[] _openKeys = new ulong[MaximumOpen];
    private int _openCount;
    private int _recent;

    /// <summary>A coalescer for batches of up to <paramref name="capacity"/> packets.</summary>
    public Coalescer(int capacity)
    {
        _next = new int[capacity];
        _groups = new CoalescedGroup[capacity];
    }

    /// <summary>Whether TCP segments are merged.</summary>
    public bool MergesTcp { get; set; } = true;

    /// <summary>Whether UDP datagrams are merged.</summary>
    public bool MergesUdp { get; set; } = true;

    /// <summary>Groups of the planned batch, in the order in which they are to be written.</summary>
    public int GroupCount { get; private set; }

    /// <summary>A group of the planned batch.</summary>
    /// <param name="index">0 to below <see cref="GroupCount"/>.</param>
    public ref readonly CoalescedGroup Group(int index)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)index, (uint)GroupCount, nameof(index));
        return ref _groups[index];
    }

    /// <summary>The packet after this one in its group, or -1.</summary>
    /// <param name="packetIndex">Index of a packet of the planned batch.</param>
    public int Next(int packetIndex) => _next[packetIndex];

    /// <summary>Divides the packets of a batch into groups, and makes the headers of each group's first packet those of
    /// a super-packet.</summary>
    /// <param name="batch">Up to the capacity of packets; to be written by this plan, not to be planned again.</param>
    /// <exception cref="ArgumentException">More packets than the capacity.</exception>
    public void Plan(PacketBatch batch)
    {
        int count = batch.Count;
        if (count > _next.Length) throw new ArgumentException("More packets than the capacity.", nameof(batch));
        GroupCount = 0;
        _openCount = 0;
        _recent = 0;
        for (int i = 0; i < count; i++)
        {
            _next[i] = -1;
            PacketOffload offload = batch.OffloadOf(i);
            int length = batch[i].Length;
            Segment.Read((byte*)batch.AddressOf(i), length, offload, out Segment segment);
            if (IsMergeable(segment))
            {
                Place(segment, i, offload);
                continue;
            }

            CloseBefore(segment);
            _groups[GroupCount++] = new CoalescedGroup(i, 1, length, 0, offload);
        }

        for (int i = 0; i < _openCount; i++) Finish(_open[i]);
    }

    private bool IsMergeable(in Segment segment) =>
        segment.Kind == SegmentKind.Mergeable && (segment.IsTcp ? MergesTcp : MergesUdp);

    private void Place(in Segment segment, int index, in PacketOffload offload)
    {
        int slot = Find(segment.FlowKey);
        if (slot >= 0)
        {
            ref OpenGroup open = ref _open[slot];
            int last = open.LastIndex;
            if (open.TryJoin(segment, index))
            {
                _next[last] = index;
                _recent = slot;
                return;
            }

            Finish(open);
        }
        else
        {
            slot = TakeSlot();
        }

        _open[slot] = new OpenGroup(segment, index, GroupCount);
        _openKeys[slot] = segment.FlowKey;
        _recent = slot;
        _groups[GroupCount++] = new CoalescedGroup(index, 1, segment.Length, 0, offload);
    }

    /// <summary>Where the flow's group is, or -1. The flow of the packet before is tried first.</summary>
    private int Find(ulong flowKey) => _recent < _openCount && _openKeys[_recent] == flowKey
        ? _recent
        : _openKeys.AsSpan(0, _openCount).IndexOf(flowKey);

    /// <summary>A free place, or that of the flow that was silent longest.</summary>
    private int TakeSlot()
    {
        if (_openCount < MaximumOpen) return _openCount++;
        int oldest = 0;
        for (int i = 1; i < MaximumOpen; i++)
        {
            if (_open[i].LastIndex < _open[oldest].LastIndex) oldest = i;
        }

        Finish(_open[oldest]);
        return oldest;
    }

    /// <summary>Lets nothing pass a packet that goes alone: closes what is open of its flow, or, if its ports are not
    /// known, all between its addresses.</summary>
    private void CloseBefore(in Segment segment)
    {
        if (_openCount == 0 || segment.Kind == SegmentKind.Unaddressed) return;
        if (segment.Kind != SegmentKind.Portless)
        {
            int slot = Find(segment.FlowKey);
            if (slot >= 0) _open[slot].Close();
            return;
        }

        for (int i = 0; i < _openCount; i++)
        {
            if (_open[i].AddressKey == segment.AddressKey) _open[i].Close();
        }
    }

    private void Finish(in OpenGroup open)
    {
        if (open.Count > 1) _groups[open.Group] = open.Write();
    }
}
