using System.Buffers.Binary;

namespace Whalescale.Tun.Routing;

/// <summary>
/// Tells the sender of an overlay packet that the way carries less: ICMP "fragmentation needed" (RFC 792, RFC 1191) and
/// ICMPv6 "packet too big" (RFC 4443).
/// </summary>
/// <remarks>
/// The message comes from where the packet was going, as if the far end of the tunnel spoke. A router would use an
/// address of its own; here that is mostly an address of the very host the message is for, and hosts drop what
/// comes in under their own address (RFC 1122, section 3.2.1.3; Linux calls it a martian source). The
/// destination is routed into the device, so a reverse-path filter lets it in as well.
/// </remarks>
public static class PacketTooBig
{
    /// <summary>Bytes of the longest answer: no ICMPv6 error is larger than the smallest MTU of IPv6.</summary>
    public const int LargestSize = 1280;

    private const int LargestSize4 = 576; // specified: RFC 1812, section 4.3.2.3
    private const int Header4 = 20, Header6 = 40, IcmpHeader = 8;
    private const byte Icmp4 = 1, Icmp6 = 58;
    private const byte HopLimit = 64;
    private const byte InternetworkControl = 0xC0; // specified: precedence 6, RFC 1812, section 4.3.2.5

    /// <summary>Whether no router may split the packet, so that its sender has to be told: IPv6, or IPv4 with "don't
    /// fragment".</summary>
    /// <param name="packet">The packet.</param>
    /// <param name="view">The same, parsed.</param>
    public static bool IsIndivisible(ReadOnlySpan<byte> packet, in InnerPacket view) =>
        view.Version == 6 || (packet[6] & 0x40) != 0;

    /// <summary>Writes the answer to a packet.</summary>
    /// <param name="packet">The packet that is too big; of a super-packet, its beginning will do.</param>
    /// <param name="view">The same, parsed.</param>
    /// <param name="mtu">Bytes of the largest packet that gets through; for IPv6 at least 1280.</param>
    /// <param name="answer">At least <see cref="LargestSize"/> bytes.</param>
    /// <returns>Bytes of the answer; 0 if the packet is one that must not be answered (RFC 1122, section 3.2.2; RFC
    /// 4443, section 2.4 e): an ICMP error, a later fragment, from or to what is no single host.</returns>
    public static int Write(ReadOnlySpan<byte> packet, in InnerPacket view, int mtu, Span<byte> answer)
    {
        if (!IsHost(view.Source) || !IsHost(view.Destination)) return 0;
        return view.Version == 6 ? Write6(packet, view, mtu, answer) : Write4(packet, view, mtu, answer);
    }

    private static bool IsHost(IpAddress address) =>
        !address.IsUnspecified && !address.IsMulticast && !address.IsLoopback && !address.IsLimitedBroadcast;

    private static int Write4(ReadOnlySpan<byte> packet, in InnerPacket view, int mtu, Span<byte> answer)
    {
        bool isLaterFragment = (BinaryPrimitives.ReadUInt16BigEndian(packet[6..]) & 0x1FFF) != 0;
        bool isError = view.Protocol == Icmp4 && packet.Length > view.HeaderLength
            && packet[view.HeaderLength] is 3 or 4 or 5 or 11 or 12;
        if (isLaterFragment || isError) return 0;

        int quoted = Math.Min(Math.Min(view.TotalLength, packet.Length), LargestSize4 - Header4 - IcmpHeader);
        int length = Header4 + IcmpHeader + quoted;
        Span<byte> header = answer[..Header4], icmp = answer[Header4..length];
        answer[..(Header4 + IcmpHeader)].Clear();
        header[0] = 0x45;
        header[1] = InternetworkControl;
        BinaryPrimitives.WriteUInt16BigEndian(header[2..], (ushort)length);
        header[6] = 0x40; // "don't fragment", so that the identification may be zero (RFC 6864)
        header[8] = HopLimit;
        header[9] = Icmp4;
        packet.Slice(16, 4).CopyTo(header[12..]);
        packet.Slice(12, 4).CopyTo(header[16..]);
        BinaryPrimitives.WriteUInt16BigEndian(header[10..], Checksum(header, 0));

        (icmp[0], icmp[1]) = (3, 4);
        BinaryPrimitives.WriteUInt16BigEndian(icmp[6..], (ushort)mtu);
        packet[..quoted].CopyTo(icmp[IcmpHeader..]);
        BinaryPrimitives.WriteUInt16BigEndian(icmp[2..], Checksum(icmp, 0));
        return length;
    }

    private static int Write6(ReadOnlySpan<byte> packet, in InnerPacket view, int mtu, Span<byte> answer)
    {
        const byte Redirect = 137;
        bool isError = view.Protocol == Icmp6 && packet.Length > view.HeaderLength
            && packet[view.HeaderLength] is < 128 or Redirect;
        if (isError) return 0;

        int quoted = Math.Min(Math.Min(view.TotalLength, packet.Length), LargestSize - Header6 - IcmpHeader);
        int length = Header6 + IcmpHeader + quoted;
        Span<byte> header = answer[..Header6], icmp = answer[Header6..length];
        answer[..(Header6 + IcmpHeader)].Clear();
        header[0] = 0x60;
        BinaryPrimitives.WriteUInt16BigEndian(header[4..], (ushort)icmp.Length);
        header[6] = Icmp6;
        header[7] = HopLimit;
        packet.Slice(24, 16).CopyTo(header[8..]);
        packet.Slice(8, 16).CopyTo(header[24..]);

        icmp[0] = 2;
        BinaryPrimitives.WriteUInt32BigEndian(icmp[4..], (uint)mtu);
        packet[..quoted].CopyTo(icmp[IcmpHeader..]);
        // The pseudo-header: both addresses, the length, the next header (RFC 8200, section 8.1).
        uint pseudo = Sum(header[8..], (uint)icmp.Length + Icmp6);
        BinaryPrimitives.WriteUInt16BigEndian(icmp[2..], Checksum(icmp, pseudo));
        return length;
    }

    private static ushort Checksum(ReadOnlySpan<byte> bytes, uint initial)
    {
        uint sum = Sum(bytes, initial);
        sum = (sum & 0xFFFF) + (sum >> 16);
        return (ushort)~(sum + (sum >> 16));
    }

    // At most 1280 bytes, so 32 bits hold the sum (RFC 1071).
    private static uint Sum(ReadOnlySpan<byte> bytes, uint initial)
    {
        uint sum = initial;
        for (; bytes.Length >= 2; bytes = bytes[2..]) sum += BinaryPrimitives.ReadUInt16BigEndian(bytes);
        return bytes.IsEmpty ? sum : sum + ((uint)bytes[0] << 8);
    }
}
