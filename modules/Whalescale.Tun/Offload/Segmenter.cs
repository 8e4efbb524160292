using System.Buffers.Binary;
using Whalescale.Tun.Routing;

namespace Whalescale.Tun.Offload;

/// <summary>
/// Cuts a super-packet, which the kernel hands over whole, into the packets that its flow consists of (TSO, USO): every
/// one gets the headers of the super-packet, with what differs put right, and its share of the payload.
/// <code>
///   super-packet   [ headers | payload 0 | payload 1 | … | payload n-1 ]
///   segment i      [ headers i | payload i ]      all payloads but the last have SegmentSize bytes
/// </code>
/// It writes headers only; the payload stays where it is. The checksum of a segment is left pending, as that of the
/// super-packet was: its field holds the sum of the pseudo-header. Changed are the lengths; for IPv4 the identification,
/// which counts on, and the header checksum; for TCP the sequence number, and flags that belong to one end: FIN and PSH to
/// the last segment, CWR to the first.
/// </summary>
/// <remarks>One instance is used for one super-packet after the other; nothing is allocated after construction. Compare the
/// kernel's Documentation/networking/segmentation-offloads.rst.</remarks>
public sealed class Segmenter
{
    /// <summary>Bytes of IP and transport headers at most. Chosen: IPv4 and TCP with all options are 120; the rest is for
    /// IPv6 extension headers.</summary>
    public const int LargestHeader = 256;

    private const int Tcp = 6, Udp = 17, Header6 = 40, UdpHeader = 8, SmallestTcpHeader = 20;
    private const int SequenceOffset = 4, FlagsOffset = 13, TcpChecksumOffset = 16; // from the TCP header
    private const int UdpLengthOffset = 4, UdpChecksumOffset = 6;                   // from the UDP header
    private const byte Fin = 0x01, Push = 0x08, CongestionWindowReduced = 0x80;

    private readonly byte[] _headers = new byte[LargestHeader];
    private bool _isTcp, _isIPv4;
    private int _transport;
    private int _payloadLength;
    private uint _sequence;
    private ushort _identification;
    private byte _flags;
    private uint _pseudoSum;
    private uint _headerSum;

    /// <summary>Bytes of the IP and the transport header.</summary>
    public int HeaderLength { get; private set; }

    /// <summary>Payload bytes of every segment but the last.</summary>
    public int SegmentSize { get; private set; }

    /// <summary>Segments, at least 1.</summary>
    public int Count { get; private set; }

    /// <summary>What is left undone in every segment.</summary>
    public PacketOffload Offload { get; private set; }

    /// <summary>Begins with a super-packet.</summary>
    /// <param name="packet">The super-packet; its headers are copied.</param>
    /// <param name="offload">What the kernel says of it.</param>
    /// <param name="parsed">Its headers, as parsed.</param>
    /// <returns>False if what the kernel says does not fit the packet, or the headers are longer than
    /// <see cref="LargestHeader"/>.</returns>
    public bool TryBegin(ReadOnlySpan<byte> packet, in PacketOffload offload, in InnerPacket parsed)
    {
        _isTcp = (offload.Traits & OffloadTraits.TcpSegments) != 0;
        _isIPv4 = parsed.Version == 4;
        _transport = parsed.HeaderLength;
        int smallestHeader = _isTcp ? SmallestTcpHeader : UdpHeader;
        bool isConsistent = (offload.Traits & OffloadTraits.ChecksumPending) != 0
            && (_isTcp || (offload.Traits & OffloadTraits.UdpSegments) != 0)
            && parsed.HasPorts && parsed.Protocol == (_isTcp ? Tcp : Udp)
            && offload.ChecksumStart == _transport && offload.SegmentSize > 0
            && parsed.TotalLength - _transport >= smallestHeader;
        if (!isConsistent) return false;

        int transportHeader = _isTcp ? packet[_transport + 12] >> 4 << 2 : UdpHeader;
        HeaderLength = _transport + transportHeader;
        _payloadLength = parsed.TotalLength - HeaderLength;
        if (transportHeader < smallestHeader || _payloadLength <= 0 || HeaderLength > LargestHeader) return false;

        SegmentSize = offload.SegmentSize;
        Count = (_payloadLength + SegmentSize - 1) / SegmentSize;
        int checksumOffset = _isTcp ? TcpChecksumOffset : UdpChecksumOffset;
        Offload = new PacketOffload(OffloadTraits.ChecksumPending, 0, (ushort)_transport, (ushort)checksumOffset);
        packet[..HeaderLength].CopyTo(_headers);
        Prepare();
        return true;
    }

    /// <summary>Payload bytes of a segment.</summary>
    public int PayloadLength(int index) => Math.Min(SegmentSize, _payloadLength - (index * SegmentSize));

    /// <summary>Offset of a segment's payload in the super-packet.</summary>
    public int PayloadOffset(int index) => HeaderLength + (index * SegmentSize);

    /// <summary>Writes the headers of a segment.</summary>
    /// <param name="index">0 to <see cref="Count"/> - 1.</param>
    /// <param name="destination">At least <see cref="HeaderLength"/> bytes.</param>
    public void WriteHeaders(int index, Span<byte> destination)
    {
        Span<byte> headers = destination[..HeaderLength];
        _headers.AsSpan(0, HeaderLength).CopyTo(headers);
        int transportLength = HeaderLength - _transport + PayloadLength(index);
        if (_isIPv4)
        {
            uint total = (uint)(_transport + transportLength);
            uint identification = (ushort)(_identification + index);
            BinaryPrimitives.WriteUInt16BigEndian(headers[2..], (ushort)total);
            BinaryPrimitives.WriteUInt16BigEndian(headers[4..], (ushort)identification);
            ushort checksum = (ushort)~InternetChecksum.Fold(_headerSum + total + identification);
            BinaryPrimitives.WriteUInt16BigEndian(headers[10..], checksum);
        }
        else
        {
            BinaryPrimitives.WriteUInt16BigEndian(headers[4..], (ushort)(_transport - Header6 + transportLength));
        }

        Span<byte> transport = headers[_transport..];
        ushort pending = InternetChecksum.Fold(_pseudoSum + (uint)transportLength);
        if (_isTcp)
        {
            uint sequence = _sequence + (uint)(index * SegmentSize);
            BinaryPrimitives.WriteUInt32BigEndian(transport[SequenceOffset..], sequence);
            transport[FlagsOffset] = FlagsOf(index);
            BinaryPrimitives.WriteUInt16BigEndian(transport[TcpChecksumOffset..], pending);
        }
        else
        {
            BinaryPrimitives.WriteUInt16BigEndian(transport[UdpLengthOffset..], (ushort)transportLength);
            BinaryPrimitives.WriteUInt16BigEndian(transport[UdpChecksumOffset..], pending);
        }
    }

    private void Prepare()
    {
        Span<byte> headers = _headers.AsSpan(0, HeaderLength);
        // The final destination of a routing header is not in the IPv6 header; the kernel's own sum knows it. So the
        // pseudo-header is not added up again: what the kernel wrote is taken, less the length that it counted.
        Span<byte> transport = headers[_transport..];
        int checksumAt = _isTcp ? TcpChecksumOffset : UdpChecksumOffset;
        uint counted = (uint)(HeaderLength - _transport + _payloadLength);
        uint written = BinaryPrimitives.ReadUInt16BigEndian(transport[checksumAt..]);
        _pseudoSum = written + (ushort)~InternetChecksum.Fold(counted);
        if (_isTcp)
        {
            _sequence = BinaryPrimitives.ReadUInt32BigEndian(transport[SequenceOffset..]);
            _flags = transport[FlagsOffset];
        }

        if (!_isIPv4) return;
        _identification = BinaryPrimitives.ReadUInt16BigEndian(headers[4..]);
        headers.Slice(2, 4).Clear();
        headers.Slice(10, 2).Clear();
        _headerSum = InternetChecksum.Fold(InternetChecksum.Sum(headers[.._transport]));
    }

    private byte FlagsOf(int index)
    {
        byte flags = _flags;
        if (index < Count - 1) flags &= unchecked((byte)~(Fin | Push));
        if (index > 0) flags &= unchecked((byte)~CongestionWindowReduced);
        return flags;
    }
}
