namespace Whalescale.Tun.Offload;

/// <summary>A group that further packets of its flow may still join.</summary>
internal struct OpenGroup
{
    private const byte NoStep = 0, OneStep = 1;

    private readonly Segment _first;
    private readonly int _segmentSize;
    private int _longestNext; // payload bytes; 0 once closed
    private uint _nextSequence;
    private byte _identificationStep;
    private bool _isFirstIntact; // checked, once a second packet asks
    private bool _hasPush;
    private bool _allPending;

    /// <summary>A group of one packet.</summary>
    /// <param name="first">The packet; mergeable.</param>
    /// <param name="index">Its index in the batch.</param>
    /// <param name="group">Index of the group.</param>
    internal OpenGroup(in Segment first, int index, int group)
    {
        _first = first;
        FirstIndex = LastIndex = index;
        Group = group;
        Count = 1;
        TotalLength = first.Length;
        _segmentSize = _longestNext = first.PayloadLength;
        _identificationStep = OneStep;
        _allPending = first.IsPending;
        if (first.IsTcp) _nextSequence = first.Sequence + (uint)first.PayloadLength;
        Take(first);
    }

    internal int Group { get; }

    internal int FirstIndex { get; }

    internal int LastIndex { get; private set; }

    internal int Count { get; private set; }

    internal int TotalLength { get; private set; }

    internal readonly ulong AddressKey => _first.AddressKey;

    /// <summary>Lets no further packet join.</summary>
    internal void Close() => _longestNext = 0;

    /// <summary>Adds a packet if the kernel, splitting the group, would make this packet of it again.</summary>
    /// <remarks>One bit may move: PSH of a packet whose checksum is pending goes to the end of its group, as in a
    /// super-packet that its sender's kernel made. A finished packet was to be forwarded; it comes out bit for
    /// bit.</remarks>
    internal bool TryJoin(in Segment next, int index)
    {
        int payload = next.PayloadLength;
        if (payload > _longestNext || Count == Coalescer.MaximumPackets
            || TotalLength + payload > Coalescer.MaximumLength) return false;
        if (!_first.HasHeadersOf(next)) return false;
        if (next.IsTcp && next.Sequence != _nextSequence) return false;
        if (_hasPush && !next.IsPending) return false;
        byte step = OneStep;
        if (next.IsIPv4 && !FitsIdentification(next, out step)) return false;

        // Dearest last; the first packet of a flow that has no second one is never summed up.
        if (!_isFirstIntact && !_first.IsIntact())
        {
            Close();
            return false;
        }

        _isFirstIntact = true;
        if (!next.IsIntact()) return false;

        _identificationStep = step;
        _allPending &= next.IsPending;
        _nextSequence += (uint)payload;
        LastIndex = index;
        TotalLength += payload;
        Count++;
        if (payload < _segmentSize) Close();
        Take(next);
        return true;
    }

    /// <summary>The group, its first packet's headers made to fit if there are others.</summary>
    internal readonly CoalescedGroup Write()
    {
        _first.WriteMerged(TotalLength, _hasPush);
        var offload = new PacketOffload(
            OffloadTraits.ChecksumPending | (_first.IsTcp ? OffloadTraits.TcpSegments : OffloadTraits.UdpSegments),
            (ushort)_segmentSize, (ushort)_first.IpLength, (ushort)_first.ChecksumOffset);
        return new CoalescedGroup(FirstIndex, Count, TotalLength, _first.HeaderLength, offload);
    }

    private void Take(in Segment packet)
    {
        if (!packet.HasPush) return;
        _hasPush = true;
        if (!packet.IsPending) Close();
    }

    /// <remarks>The kernel numbers segments consecutively, so consecutive ones merge. Many senders of datagrams that
    /// may not be fragmented leave the number at zero instead; nobody may look at it in those (RFC 6864, section 4.1),
    /// so it may change, though not in a packet that is to be forwarded as it came.</remarks>
    private readonly bool FitsIdentification(in Segment next, out byte step)
    {
        step = _identificationStep;
        ushort first = _first.Identification, found = next.Identification;
        if (Count == 1 && found == first && next.HasDontFragment) step = NoStep;
        return found == (ushort)(first + (Count * step)) && (step == OneStep || (_allPending && next.IsPending));
    }
}
