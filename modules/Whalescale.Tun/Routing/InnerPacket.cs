using System.Buffers.Binary;

namespace Whalescale.Tun.Routing;

/// <summary>What the headers of an overlay packet say (RFC 791, RFC 8200).</summary>
public readonly record struct InnerPacket
{
    private const int MinimumHeader4 = 20, Header6 = 40;
    private const byte HopByHop = 0, Tcp = 6, Udp = 17, Routing = 43, Fragment = 44, DestinationOptions = 60;
    private const byte Dccp = 33, Sctp = 132, UdpLite = 136;

    // Chosen: a real packet has one or two extension headers; the walk must end whatever the bytes say.
    private const int MaximumExtensionHeaders = 8;

    /// <summary>4 or 6.</summary>
    public byte Version { get; private init; }

    /// <summary>DSCP and ECN as one byte.</summary>
    public byte TrafficClass { get; private init; }

    /// <summary>Transport protocol; for IPv6 the one behind the extension headers, or the first header not
    /// understood.</summary>
    public byte Protocol { get; private init; }

    /// <summary>Whether <see cref="SourcePort"/> and <see cref="DestinationPort"/> were read. Never for a fragment, not
    /// even the first, so that all fragments of a datagram are one flow.</summary>
    public bool HasPorts { get; private init; }

    /// <summary>Bytes before the transport header, options or extension headers included; at least 20 or 40.</summary>
    public int HeaderLength { get; private init; }

    /// <summary>Bytes of the packet as its header says; not more than were given.</summary>
    public int TotalLength { get; private init; }

    /// <summary>Source address. If <see cref="Version"/> is 6 and this is IPv4, the header spelled
    /// ::ffff:a.b.c.d.</summary>
    public IpAddress Source { get; private init; }

    /// <summary>Destination address; see <see cref="Source"/>.</summary>
    public IpAddress Destination { get; private init; }

    /// <summary>Source port, or 0.</summary>
    public ushort SourcePort { get; private init; }

    /// <summary>Destination port, or 0.</summary>
    public ushort DestinationPort { get; private init; }

    /// <summary>Differentiated services code point, 0 to 63 (RFC 2474).</summary>
    public byte Dscp => (byte)(TrafficClass >> 2);

    /// <summary>The same for every packet of a flow, in every process; one direction only.</summary>
    public uint FlowHash
    {
        get
        {
            ulong ports = ((ulong)Protocol << 32) | ((uint)SourcePort << 16) | DestinationPort;
            ulong hash = Mix(Source.High ^ 0x9E37_79B9_7F4A_7C15);
            hash = Mix(hash ^ Source.Low);
            hash = Mix(hash ^ Destination.High);
            hash = Mix(hash ^ Destination.Low);
            return (uint)(Mix(hash ^ ports) >> 32);
        }
    }

    /// <summary>Reads the headers. Bytes after the packet's own length are allowed.</summary>
    /// <returns>False if the packet is truncated, of no known version, or its lengths contradict each other.</returns>
    public static bool TryParse(ReadOnlySpan<byte> packet, out InnerPacket view)
    {
        view = default;
        if (packet.IsEmpty) return false;
        return (packet[0] >> 4) switch
        {
            4 => TryParse4(packet, out view),
            6 => TryParse6(packet, out view),
            _ => false,
        };
    }

    private static bool TryParse4(ReadOnlySpan<byte> packet, out InnerPacket view)
    {
        view = default;
        if (packet.Length < MinimumHeader4) return false;
        int headerLength = (packet[0] & 0xF) * 4;
        int totalLength = BinaryPrimitives.ReadUInt16BigEndian(packet[2..]);
        if (headerLength < MinimumHeader4 || totalLength < headerLength || totalLength > packet.Length) return false;

        // "More fragments" or an offset: part of a fragmented datagram.
        bool isFragment = (BinaryPrimitives.ReadUInt16BigEndian(packet[6..]) & 0x3FFF) != 0;
        byte protocol = packet[9];
        uint ports = 0;
        bool hasPorts = !isFragment && TryReadPorts(packet[..totalLength], headerLength, protocol, out ports);
        view = new InnerPacket
        {
            Version = 4,
            TrafficClass = packet[1],
            Protocol = protocol,
            HeaderLength = headerLength,
            TotalLength = totalLength,
            Source = IpAddress.Read(packet.Slice(12, 4)),
            Destination = IpAddress.Read(packet.Slice(16, 4)),
            HasPorts = hasPorts,
            SourcePort = (ushort)(ports >> 16),
            DestinationPort = (ushort)ports,
        };
        return true;
    }

    private static bool TryParse6(ReadOnlySpan<byte> packet, out InnerPacket view)
    {
        view = default;
        if (packet.Length < Header6) return false;
        int totalLength = Header6 + BinaryPrimitives.ReadUInt16BigEndian(packet[4..]);
        if (totalLength > packet.Length) return false;

        byte protocol = packet[6];
        int headerLength = Header6;
        bool isFragment = SkipExtensionHeaders(packet[..totalLength], ref protocol, ref headerLength);
        uint ports = 0;
        bool hasPorts = !isFragment && TryReadPorts(packet[..totalLength], headerLength, protocol, out ports);
        view = new InnerPacket
        {
            Version = 6,
            TrafficClass = (byte)(BinaryPrimitives.ReadUInt16BigEndian(packet) >> 4),
            Protocol = protocol,
            HeaderLength = headerLength,
            TotalLength = totalLength,
            Source = IpAddress.Read(packet.Slice(8, 16)),
            Destination = IpAddress.Read(packet.Slice(24, 16)),
            HasPorts = hasPorts,
            SourcePort = (ushort)(ports >> 16),
            DestinationPort = (ushort)ports,
        };
        return true;
    }

    /// <summary>Moves on to the transport header, or to the first header that is not whole or not understood.</summary>
    /// <returns>Whether the packet is a fragment.</returns>
    private static bool SkipExtensionHeaders(ReadOnlySpan<byte> packet, ref byte protocol, ref int offset)
    {
        bool isFragment = false;
        for (int i = 0; i < MaximumExtensionHeaders; i++)
        {
            if (protocol is not (HopByHop or Routing or Fragment or DestinationOptions)) return isFragment;
            if (packet.Length - offset < 8) return isFragment;
            int length = protocol == Fragment ? 8 : (packet[offset + 1] + 1) * 8;
            if (packet.Length - offset < length) return isFragment;
            // Atomic fragments (offset 0, no more; RFC 6946) are whole datagrams.
            if (protocol == Fragment)
                isFragment |= (BinaryPrimitives.ReadUInt16BigEndian(packet[(offset + 2)..]) & 0xFFF9) != 0;
            protocol = packet[offset];
            offset += length;
            // What follows in a later fragment is payload, not a header.
            if (isFragment) return true;
        }

        return isFragment;
    }

    private static bool TryReadPorts(ReadOnlySpan<byte> packet, int offset, byte protocol, out uint ports)
    {
        ports = 0;
        if (protocol is not (Tcp or Udp or Dccp or Sctp or UdpLite) || packet.Length - offset < 4) return false;
        ports = BinaryPrimitives.ReadUInt32BigEndian(packet[offset..]);
        return true;
    }

    /// <summary>A bijection of 64 bits in which each input bit moves about half of the output (SplitMix64's
    /// finalizer).</summary>
    private static ulong Mix(ulong value)
    {
        value = (value ^ (value >> 30)) * 0xBF58_476D_1CE4_E5B9;
        value = (value ^ (value >> 27)) * 0x94D0_49BB_1331_11EB;
        return value ^ (value >> 31);
    }
}
