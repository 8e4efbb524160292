using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Whalescale.Tun.Offload;

/// <summary>How far a packet's headers were understood, and so what it may be merged with.</summary>
internal enum SegmentKind : byte
{
    /// <summary>Not even addresses could be read.</summary>
    Unaddressed,

    /// <summary>Addresses, but no ports: another protocol, a fragment, IP options or extension headers, or lengths that
    /// contradict each other.</summary>
    Portless,

    /// <summary>Of a known flow, but to be delivered alone.</summary>
    Alone,

    /// <summary>Payload that may be merged with its neighbours'.</summary>
    Mergeable,
}

/// <summary>The headers of a packet, in place, as far as merging asks.</summary>
/// <remarks>Only packets with a plain header merge, as in the kernel's own receive offload: IPv4 without options, IPv6
/// without extension headers. They are rare, and the kernel repeats them in every segment, which is wrong for
/// some.</remarks>
internal unsafe struct Segment
{
    internal const byte Tcp = 6, Udp = 17;
    internal const int Header4 = 20, Header6 = 40, TcpHeader = 20, UdpHeader = 8;
    internal const int TcpChecksumOffset = 16, UdpChecksumOffset = 6, TcpFlagsOffset = 13, UdpLengthOffset = 4;
    internal const byte Push = 0x08;
    private const byte Acknowledge = 0x10, CongestionEcho = 0x40; // FIN 1, SYN 2, RST 4, URG 0x20, CWR 0x80
    private const ushort DontFragment = 0x4000, FragmentBits = 0x3FFF; // "more fragments" and the offset

    // Bytes of the headers that are the same in all packets of a group, as masks over eight bytes at a time.
    // IPv4: version and header length, TOS, [total length, identification,] flags and offset.
    private static readonly ulong Same4 = Mask([0xFF, 0xFF, 0, 0, 0, 0, 0xFF, 0xFF]);

    // IPv4 from byte 8: TTL, protocol, [checksum,] source.
    private static readonly ulong Same4Behind = Mask([0xFF, 0xFF, 0, 0, 0xFF, 0xFF, 0xFF, 0xFF]);

    // IPv6: version, traffic class, flow label, [payload length,] next header, hop limit.
    private static readonly ulong Same6 = Mask([0xFF, 0xFF, 0xFF, 0xFF, 0, 0, 0xFF, 0xFF]);

    // TCP from byte 8: acknowledgment number, data offset, flags without PSH, window.
    private static readonly ulong SameTcp =
        Mask([0xFF, 0xFF, 0xFF, 0xFF, 0xFF, unchecked((byte)~Push), 0xFF, 0xFF]);

    internal byte* Start;
    internal int Length;

    /// <summary>20 or 40: where the transport header starts.</summary>
    internal int IpLength;

    /// <summary>Bytes of both headers, options included.</summary>
    internal int HeaderLength;
    internal SegmentKind Kind;
    internal bool IsTcp;

    /// <summary>Whether the checksum field holds the pseudo-header sum only.</summary>
    internal bool IsPending;

    /// <summary>The same in all packets with these addresses. If others share it, that costs a merge.</summary>
    internal ulong AddressKey;

    /// <summary>The same in all packets of a flow; see <see cref="AddressKey"/>.</summary>
    internal ulong FlowKey;

    internal readonly int PayloadLength => Length - HeaderLength;

    internal readonly uint Sequence => BinaryPrimitives.ReadUInt32BigEndian(new(Start + IpLength + 4, 4));

    internal readonly ushort Identification => Read16(Start + 4);

    internal readonly bool IsIPv4 => IpLength == Header4;

    internal readonly bool HasDontFragment => (Read16(Start + 6) & DontFragment) != 0;

    internal readonly bool HasPush => IsTcp && (Start[IpLength + TcpFlagsOffset] & Push) != 0;

    internal readonly byte Protocol => IsTcp ? Tcp : Udp;

    internal readonly int ChecksumOffset => IsTcp ? TcpChecksumOffset : UdpChecksumOffset;

    /// <summary>Reads a packet's headers.</summary>
    /// <param name="start">The packet.</param>
    /// <param name="length">Its bytes; nothing beyond is read.</param>
    /// <param name="offload">What the kernel left undone.</param>
    /// <param name="segment">What was read; what <see cref="Kind"/> does not promise is undefined.</param>
    internal static void Read(byte* start, int length, in PacketOffload offload, out Segment segment)
    {
        segment = default;
        segment.Start = start;
        segment.Length = length;
        byte protocol;
        if (length >= Header4 && *start >> 4 == 4)
        {
            segment.Kind = SegmentKind.Portless;
            segment.AddressKey = Load(start + 12);
            if (*start != 0x45 || Read16(start + 2) != length || (Read16(start + 6) & FragmentBits) != 0) return;
            segment.IpLength = Header4;
            protocol = start[9];
        }
        else if (length >= Header6 && *start >> 4 == 6)
        {
            segment.Kind = SegmentKind.Portless;
            segment.AddressKey = Mix6(start + 8);
            if (Read16(start + 4) != length - Header6) return;
            segment.IpLength = Header6;
            protocol = start[6];
        }
        else
        {
            return;
        }

        segment.IsTcp = protocol == Tcp;
        if (segment.IsTcp ? segment.TryReadTcp() : protocol == Udp && segment.TryReadUdp())
            segment.ReadOffload(offload);
    }

    /// <summary>Whether a packet's headers equal this one's in all that segments of a super-packet share.</summary>
    /// <remarks>Sequence numbers, identifications, PSH and lengths are the caller's to compare. The bits of ECN are
    /// among what must be equal: a mark of congestion stays where it was made.</remarks>
    internal readonly bool HasHeadersOf(in Segment other)
    {
        byte* a = Start, b = other.Start;
        if (IpLength != other.IpLength || HeaderLength != other.HeaderLength || IsTcp != other.IsTcp) return false;
        ulong difference;
        if (IsIPv4)
        {
            // From byte 16 on: destination and ports.
            difference = ((Load(a) ^ Load(b)) & Same4) | ((Load(a + 8) ^ Load(b + 8)) & Same4Behind)
                | (Load(a + 16) ^ Load(b + 16));
        }
        else
        {
            difference = ((Load(a) ^ Load(b)) & Same6)
                | (Load(a + 8) ^ Load(b + 8)) | (Load(a + 16) ^ Load(b + 16))
                | (Load(a + 24) ^ Load(b + 24)) | (Load(a + 32) ^ Load(b + 32))
                | (Load32(a + Header6) ^ Load32(b + Header6)); // ports
        }

        if (!IsTcp || difference != 0) return difference == 0;
        a += IpLength;
        b += IpLength;
        // Behind the checksum: urgent pointer, then options.
        difference = ((Load(a + 8) ^ Load(b + 8)) & SameTcp) | (uint)(Read16(a + 18) ^ Read16(b + 18));
        int options = HeaderLength - IpLength - TcpHeader;
        return difference == 0
            && new ReadOnlySpan<byte>(a + TcpHeader, options).SequenceEqual(new(b + TcpHeader, options));
    }

    /// <summary>Whether all checksums are right, and in the one form that a kernel would write.</summary>
    /// <remarks>In a merged packet the kernel writes them anew: a wrong one would become right there. The checksum of
    /// a pending packet is right if it is the sum of the pseudo-header.</remarks>
    internal readonly bool IsIntact()
    {
        // 0xFFFF is the other form of zero; nobody writes it into an IPv4 header or a TCP header. In UDP, nobody
        // writes zero: it says that there is no checksum, and that must stay so.
        if (IsIPv4 && (InternetChecksum.Fold(InternetChecksum.Header4(new(Start, Header4))) != InternetChecksum.Right
            || Read16(Start + 10) == 0xFFFF)) return false;
        ushort field = Read16(Start + IpLength + ChecksumOffset);
        int length = Length - IpLength;
        uint sum = PseudoHeader(length);
        if (IsPending) return field == InternetChecksum.Fold(sum);
        if (field == (IsTcp ? 0xFFFF : 0)) return false;
        sum = InternetChecksum.Sum(new(Start + IpLength, length), sum);
        return InternetChecksum.Fold(sum) == InternetChecksum.Right;
    }

    /// <summary>Makes the headers those of a super-packet whose checksum is pending.</summary>
    /// <param name="totalLength">Bytes of the super-packet, up to 65535.</param>
    /// <param name="hasPush">Whether one of its packets has PSH.</param>
    internal readonly void WriteMerged(int totalLength, bool hasPush)
    {
        int transportLength = totalLength - IpLength;
        if (IsIPv4)
        {
            Write16(Start + 2, totalLength);
            Write16(Start + 10, 0);
            Write16(Start + 10, (ushort)~InternetChecksum.Fold(InternetChecksum.Header4(new(Start, Header4))));
        }
        else
        {
            Write16(Start + 4, transportLength);
        }

        byte* transport = Start + IpLength;
        if (!IsTcp) Write16(transport + UdpLengthOffset, transportLength);
        else if (hasPush) transport[TcpFlagsOffset] |= Push;
        Write16(transport + ChecksumOffset, InternetChecksum.Fold(PseudoHeader(transportLength)));
    }

    private readonly uint PseudoHeader(int transportLength) => InternetChecksum.PseudoHeader(
        IsIPv4 ? new(Start + 12, 8) : new(Start + 8, 32), Protocol, transportLength);

    private bool TryReadTcp()
    {
        if (Length < IpLength + TcpHeader) return false;
        byte* transport = Start + IpLength;
        int headerLength = transport[12] >> 4 << 2;
        HeaderLength = IpLength + headerLength;
        if (headerLength < TcpHeader || HeaderLength > Length) return false;
        SetFlowKey(Tcp);
        int flags = transport[TcpFlagsOffset] & ~(Push | CongestionEcho);
        Kind = flags == Acknowledge && HeaderLength < Length ? SegmentKind.Mergeable : SegmentKind.Alone;
        return true;
    }

    private bool TryReadUdp()
    {
        HeaderLength = IpLength + UdpHeader;
        if (Length < HeaderLength || Read16(Start + IpLength + UdpLengthOffset) != Length - IpLength) return false;
        SetFlowKey(Udp);
        Kind = HeaderLength < Length ? SegmentKind.Mergeable : SegmentKind.Alone;
        return true;
    }

    private void ReadOffload(in PacketOffload offload)
    {
        if (offload.Traits == OffloadTraits.None) return;
        IsPending = offload.Traits == OffloadTraits.ChecksumPending
            && offload.ChecksumStart == IpLength && offload.ChecksumOffset == ChecksumOffset;
        if (!IsPending) Kind = SegmentKind.Alone; // a super-packet already, or not a checksum of TCP or UDP
    }

    // Odd factors from the digits of the golden ratio: they spread keys, and need not withstand an attacker, for keys
    // that fall together cost him a merge.
    private void SetFlowKey(byte protocol)
    {
        ulong ports = Load32(Start + IpLength) | ((ulong)protocol << 32);
        FlowKey = (AddressKey * 0x9E37_79B9_7F4A_7C15) + (ports * 0xF39C_C060_5CED_C835);
    }

    private static ulong Mix6(byte* addresses) =>
        (Load(addresses) * 0x9E37_79B9_7F4A_7C15) + (Load(addresses + 8) * 0xF39C_C060_5CED_C835)
        + (Load(addresses + 16) * 0x1082_276B_F3A2_7251) + (Load(addresses + 24) * 0xF86C_6A11_D0C1_8E95);

    private static ulong Mask(ReadOnlySpan<byte> bytes) => MemoryMarshal.Read<ulong>(bytes);

    private static ulong Load(byte* at) => Unsafe.ReadUnaligned<ulong>(at);

    private static uint Load32(byte* at) => Unsafe.ReadUnaligned<uint>(at);

    private static ushort Read16(byte* at) => BinaryPrimitives.ReadUInt16BigEndian(new(at, 2));

    private static void Write16(byte* at, int value) =>
        BinaryPrimitives.WriteUInt16BigEndian(new(at, 2), (ushort)value);
}
