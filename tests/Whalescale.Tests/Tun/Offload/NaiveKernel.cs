using System.Buffers.Binary;

namespace Whalescale.Tests.Tun.Offload;

/// <summary>What a kernel does with what is written to its TUN device, said as plainly as possible.</summary>
internal static class NaiveKernel
{
    internal const byte Push = 8, Finish = 1, WindowReduced = 0x80;

    /// <summary>Sum of big-endian words, an odd byte at the end padded with zero.</summary>
    internal static long Sum(ReadOnlySpan<byte> bytes)
    {
        long sum = 0;
        for (int i = 0; i < bytes.Length; i++) sum += i % 2 == 0 ? bytes[i] << 8 : bytes[i];
        return sum;
    }

    internal static ushort Fold(long sum)
    {
        while (sum > 0xFFFF) sum = (sum & 0xFFFF) + (sum >> 16);
        return (ushort)sum;
    }

    /// <summary>Bytes before the transport header of a packet without options or extension headers.</summary>
    internal static int IpLength(ReadOnlySpan<byte> packet) => packet[0] >> 4 == 4 ? 20 : 40;

    internal static byte Protocol(ReadOnlySpan<byte> packet) => packet[0] >> 4 == 4 ? packet[9] : packet[6];

    internal static int ChecksumField(ReadOnlySpan<byte> packet) =>
        IpLength(packet) + (Protocol(packet) == 6 ? 16 : 6);

    internal static ushort PseudoSum(ReadOnlySpan<byte> packet, int transportLength) => Fold(
        Sum(packet[0] >> 4 == 4 ? packet[12..20] : packet[8..40]) + Protocol(packet) + transportLength);

    /// <summary>Writes the IPv4 header checksum.</summary>
    internal static void WriteHeaderChecksum(Span<byte> packet)
    {
        if (packet[0] >> 4 != 4) return;
        packet[10..12].Clear();
        BinaryPrimitives.WriteUInt16BigEndian(packet[10..], (ushort)~Fold(Sum(packet[..20])));
    }

    /// <summary>Writes the pseudo-header's sum into the checksum field.</summary>
    internal static void WritePending(Span<byte> packet) => BinaryPrimitives.WriteUInt16BigEndian(
        packet[ChecksumField(packet)..], PseudoSum(packet, packet.Length - IpLength(packet)));

    /// <summary>Finishes a checksum whose field holds a sum to start with.</summary>
    internal static void WriteFinished(Span<byte> packet)
    {
        int field = ChecksumField(packet);
        ushort checksum = (ushort)~Fold(Sum(packet[IpLength(packet)..]));
        if (checksum == 0 && Protocol(packet) == 17) checksum = 0xFFFF;
        BinaryPrimitives.WriteUInt16BigEndian(packet[field..], checksum);
    }

    /// <summary>The packets that come out of a write, all finished.</summary>
    internal static List<byte[]> Receive(byte[] written, PacketOffload offload)
    {
        if (offload.SegmentSize == 0)
        {
            byte[] alone = [.. written];
            if (offload.Traits == OffloadTraits.ChecksumPending) WriteFinished(alone);
            return [alone];
        }

        int ip = IpLength(written);
        bool isTcp = offload.Traits == (OffloadTraits.ChecksumPending | OffloadTraits.TcpSegments);
        Assert.True(isTcp || offload.Traits == (OffloadTraits.ChecksumPending | OffloadTraits.UdpSegments));
        Assert.Equal(isTcp ? 6 : 17, Protocol(written));
        Assert.Equal((ip, isTcp ? 16 : 6), (offload.ChecksumStart, offload.ChecksumOffset));
        Assert.Equal(written.Length, ip == 20
            ? BinaryPrimitives.ReadUInt16BigEndian(written.AsSpan(2))
            : BinaryPrimitives.ReadUInt16BigEndian(written.AsSpan(4)) + 40);
        if (ip == 20) Assert.Equal(0xFFFF, Fold(Sum(written.AsSpan(0, 20))));
        if (!isTcp) Assert.Equal(written.Length - ip, BinaryPrimitives.ReadUInt16BigEndian(written.AsSpan(ip + 4)));
        return Split(written, ip, ip + (isTcp ? written[ip + 12] >> 4 << 2 : 8), offload.SegmentSize);
    }

    private static List<byte[]> Split(byte[] written, int ip, int headerLength, int segmentSize)
    {
        List<byte[]> packets = [];
        for (int offset = headerLength; offset < written.Length; offset += segmentSize)
        {
            byte[] payload = written[offset..Math.Min(offset + segmentSize, written.Length)];
            byte[] packet = [.. written[..headerLength], .. payload];
            bool isFirst = offset == headerLength, isLast = offset + segmentSize >= written.Length;
            if (ip == 20)
            {
                Add16(packet, 4, packets.Count);
                BinaryPrimitives.WriteUInt16BigEndian(packet.AsSpan(2), (ushort)packet.Length);
                WriteHeaderChecksum(packet);
            }
            else
            {
                BinaryPrimitives.WriteUInt16BigEndian(packet.AsSpan(4), (ushort)(packet.Length - 40));
            }

            if (Protocol(packet) == 6)
            {
                uint sequence = BinaryPrimitives.ReadUInt32BigEndian(packet.AsSpan(ip + 4));
                BinaryPrimitives.WriteUInt32BigEndian(
                    packet.AsSpan(ip + 4), sequence + (uint)(offset - headerLength));
                if (!isLast) packet[ip + 13] &= unchecked((byte)~(Push | Finish));
                if (!isFirst) packet[ip + 13] &= unchecked((byte)~WindowReduced);
            }
            else
            {
                BinaryPrimitives.WriteUInt16BigEndian(packet.AsSpan(ip + 4), (ushort)(packet.Length - ip));
            }

            // The field came with the sum over the whole; the difference in length goes out of it.
            int field = ChecksumField(packet);
            ushort lessLength = (ushort)~(written.Length - packet.Length);
            ushort sum = BinaryPrimitives.ReadUInt16BigEndian(packet.AsSpan(field));
            BinaryPrimitives.WriteUInt16BigEndian(packet.AsSpan(field), Fold(sum + lessLength));
            WriteFinished(packet);
            packets.Add(packet);
        }

        return packets;
    }

    private static void Add16(byte[] packet, int position, int value) => BinaryPrimitives.WriteUInt16BigEndian(
        packet.AsSpan(position), (ushort)(BinaryPrimitives.ReadUInt16BigEndian(packet.AsSpan(position)) + value));
}
