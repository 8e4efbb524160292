using System.Buffers.Binary;

namespace Whalescale.Tun.Routing;

/// <summary>Lowers the largest segment that a TCP SYN offers to what the way carries, so that the far side never
/// sends more (RFC 9293, section 3.7.1).</summary>
public static class MssClamp
{
    private const byte Tcp = 6, Syn = 0x02;
    private const int TcpHeader = 20, FlagsOffset = 13, ChecksumOffset = 16;
    private const byte EndOfOptions = 0, NoOperation = 1, MaximumSegmentSize = 2;

    // Without options: the sender of a segment takes these off itself (RFC 6691).
    private const int Headers4 = 40, Headers6 = 60;

    /// <summary>Whether it is worth to call <see cref="TryLower(Span{byte}, in InnerPacket, int, bool)"/>: nearly no packet
    /// begins a connection.</summary>
    public static bool IsSyn(ReadOnlySpan<byte> packet, in InnerPacket view) =>
        view.Protocol == Tcp && view.HasPorts && view.TotalLength - view.HeaderLength >= TcpHeader
        && (packet[view.HeaderLength + FlagsOffset] & Syn) != 0;

    /// <summary>Lowers the option if it offers more. What is no SYN, or is malformed, is left as it is.</summary>
    /// <param name="packet">The packet.</param>
    /// <param name="view">The same, parsed.</param>
    /// <param name="mtu">Bytes of the largest packet that gets through.</param>
    /// <param name="isChecksumPending">Whether the checksum field holds the sum of the pseudo-header alone, which the
    /// options are no part of.</param>
    /// <returns>Whether it was lowered.</returns>
    public static bool TryLower(Span<byte> packet, in InnerPacket view, int mtu, bool isChecksumPending)
    {
        if (!IsSyn(packet, view)) return false;
        int start = view.HeaderLength;
        int headerLength = (packet[start + 12] >> 4) * 4;
        if (headerLength < TcpHeader || start + headerLength > view.TotalLength) return false;
        int largest = Math.Max(mtu - (view.Version == 6 ? Headers6 : Headers4), 0);
        return TryLower(packet.Slice(start, headerLength), (ushort)Math.Min(largest, ushort.MaxValue), isChecksumPending);
    }

    private static bool TryLower(Span<byte> header, ushort largest, bool isChecksumPending)
    {
        bool isLowered = false;
        for (int at = TcpHeader; at < header.Length && header[at] != EndOfOptions;)
        {
            if (header[at] == NoOperation)
            {
                at++;
                continue;
            }

            if (at + 2 > header.Length || header[at + 1] < 2 || at + header[at + 1] > header.Length) break;
            if (header[at] == MaximumSegmentSize && header[at + 1] == 4)
                isLowered |= TryLower(header, at + 2, largest, isChecksumPending);
            at += header[at + 1];
        }

        return isLowered;
    }

    private static bool TryLower(Span<byte> header, int at, ushort largest, bool isChecksumPending)
    {
        ushort offered = BinaryPrimitives.ReadUInt16BigEndian(header[at..]);
        if (offered <= largest) return false;
        BinaryPrimitives.WriteUInt16BigEndian(header[at..], largest);
        if (isChecksumPending) return true;

        // RFC 1624, equation 3. At an odd offset the value lies across two words of the sum; swapping the bytes of all
        // words swaps the sum.
        bool isOdd = (at & 1) != 0;
        ushort before = isOdd ? BinaryPrimitives.ReverseEndianness(offered) : offered;
        ushort after = isOdd ? BinaryPrimitives.ReverseEndianness(largest) : largest;
        ushort checksum = BinaryPrimitives.ReadUInt16BigEndian(header[ChecksumOffset..]);
        uint sum = (uint)(ushort)~checksum + (ushort)~before + after;
        sum = (sum & 0xFFFF) + (sum >> 16);
        BinaryPrimitives.WriteUInt16BigEndian(header[ChecksumOffset..], (ushort)~(sum + (sum >> 16)));
        return true;
    }
}
