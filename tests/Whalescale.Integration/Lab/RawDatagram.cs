using System.Buffers.Binary;
using System.Net;

namespace Whalescale.Integration.Lab;

/// <summary>UDP over IPv4 made by hand, so that its checksum is what the test wants.</summary>
internal static class RawDatagram
{
    private const int IpHeader = 20, UdpHeader = 8;

    /// <summary>A datagram whose payload tells its number; with a wrong checksum if it is to be damaged.</summary>
    public static byte[] Make(string source, IPEndPoint to, ushort number, int payloadBytes, bool isDamaged)
    {
        var packet = new byte[IpHeader + UdpHeader + payloadBytes];
        Span<byte> udp = packet.AsSpan(IpHeader);
        (packet[0], packet[6], packet[8], packet[9]) = (0x45, 0x40, 64, 17);
        BinaryPrimitives.WriteUInt16BigEndian(packet.AsSpan(2), (ushort)packet.Length);
        BinaryPrimitives.WriteUInt16BigEndian(packet.AsSpan(4), (ushort)(number + 1));
        IPAddress.Parse(source).GetAddressBytes().CopyTo(packet, 12);
        to.Address.GetAddressBytes().CopyTo(packet, 16);
        BinaryPrimitives.WriteUInt16BigEndian(packet.AsSpan(10), (ushort)~Fold(Sum(packet.AsSpan(0, IpHeader))));
        BinaryPrimitives.WriteUInt16BigEndian(udp, 40_000);
        BinaryPrimitives.WriteUInt16BigEndian(udp[2..], (ushort)to.Port);
        BinaryPrimitives.WriteUInt16BigEndian(udp[4..], (ushort)udp.Length);
        Fill(udp[UdpHeader..], number);
        long pseudo = Sum(packet.AsSpan(12, 8)) + 17 + udp.Length;
        ushort checksum = (ushort)~Fold(Sum(udp) + pseudo);
        // Never zero, which would mean "no checksum": neither right nor wrong.
        ushort written = isDamaged ? (ushort)(checksum ^ 0x5A5A) : checksum;
        BinaryPrimitives.WriteUInt16BigEndian(udp[6..], written == 0 ? (ushort)0xFFFF : written);
        return packet;
    }

    /// <summary>Whether this is the payload of that number, to the last byte.</summary>
    public static bool IsIntact(ReadOnlySpan<byte> payload, ushort number)
    {
        var expected = new byte[payload.Length];
        Fill(expected, number);
        return payload.SequenceEqual(expected);
    }

    /// <summary>Content that belongs to a number.</summary>
    public static void Fill(Span<byte> payload, ushort number)
    {
        for (int i = 0; i < payload.Length; i++) payload[i] = (byte)((number * 31) + (i * 7) + (i >> 8));
    }

    private static long Sum(ReadOnlySpan<byte> bytes)
    {
        long sum = 0;
        for (int i = 0; i < bytes.Length; i++) sum += i % 2 == 0 ? bytes[i] << 8 : bytes[i];
        return sum;
    }

    private static ushort Fold(long sum)
    {
        while (sum > 0xFFFF) sum = (sum & 0xFFFF) + (sum >> 16);
        return (ushort)sum;
    }
}
