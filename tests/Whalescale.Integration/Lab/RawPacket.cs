using System.Buffers.Binary;
using System.Net;

namespace Whalescale.Integration.Lab;

/// <summary>UDP and TCP over IPv4 made by hand, so that their checksums are what the test wants.</summary>
internal static class RawPacket
{
    private const int IpHeader = 20, UdpHeader = 8, TcpHeader = 20;
    private const byte Tcp = 6, Udp = 17;

    /// <summary>A datagram whose payload tells its number; with a wrong checksum if it is to be damaged.</summary>
    public static byte[] MakeDatagram(string source, IPEndPoint to, ushort number, int payloadBytes, bool isDamaged)
    {
        byte[] packet = Begin(source, to, number, IpHeader + UdpHeader + payloadBytes, Udp);
        Span<byte> udp = packet.AsSpan(IpHeader);
        BinaryPrimitives.WriteUInt16BigEndian(udp[4..], (ushort)udp.Length);
        Fill(udp[UdpHeader..], number);
        Finish(packet, checksumOffset: 6, isDamaged);
        return packet;
    }

    /// <summary>A TCP segment of a stream, likewise: the n-th has the number n, and all have the same length.</summary>
    public static byte[] MakeSegment(
        string source, IPEndPoint to, ushort number, int payloadBytes, bool isPushed, bool isDamaged)
    {
        const byte Acknowledge = 0x10, Push = 0x08;
        byte[] packet = Begin(source, to, number, IpHeader + TcpHeader + payloadBytes, Tcp);
        Span<byte> tcp = packet.AsSpan(IpHeader);
        BinaryPrimitives.WriteInt32BigEndian(tcp[4..], 1 + (number * payloadBytes));
        BinaryPrimitives.WriteInt32BigEndian(tcp[8..], 1);
        (tcp[12], tcp[13], tcp[14]) = (TcpHeader / 4 << 4, (byte)(isPushed ? Acknowledge | Push : Acknowledge), 0x80);
        Fill(tcp[TcpHeader..], number);
        Finish(packet, checksumOffset: 16, isDamaged);
        return packet;
    }

    /// <summary>The packet as a router hands it on: one hop fewer.</summary>
    public static byte[] AfterOneHop(byte[] packet)
    {
        byte[] routed = [.. packet];
        routed[8]--;
        WriteHeaderChecksum(routed);
        return routed;
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

    private static byte[] Begin(string source, IPEndPoint to, ushort number, int length, byte protocol)
    {
        var packet = new byte[length];
        (packet[0], packet[6], packet[8], packet[9]) = (0x45, 0x40, 64, protocol);
        BinaryPrimitives.WriteUInt16BigEndian(packet.AsSpan(2), (ushort)length);
        BinaryPrimitives.WriteUInt16BigEndian(packet.AsSpan(4), (ushort)(number + 1));
        IPAddress.Parse(source).GetAddressBytes().CopyTo(packet, 12);
        to.Address.GetAddressBytes().CopyTo(packet, 16);
        WriteHeaderChecksum(packet);
        BinaryPrimitives.WriteUInt16BigEndian(packet.AsSpan(IpHeader), 40_000);
        BinaryPrimitives.WriteUInt16BigEndian(packet.AsSpan(IpHeader + 2), (ushort)to.Port);
        return packet;
    }

    private static void WriteHeaderChecksum(Span<byte> packet)
    {
        packet.Slice(10, 2).Clear();
        BinaryPrimitives.WriteUInt16BigEndian(packet[10..], (ushort)~Fold(Sum(packet[..IpHeader])));
    }

    private static void Finish(Span<byte> packet, int checksumOffset, bool isDamaged)
    {
        Span<byte> transport = packet[IpHeader..];
        ushort checksum = (ushort)~Fold(Sum(packet.Slice(12, 8)) + packet[9] + transport.Length + Sum(transport));
        // Never zero, which would mean "no checksum": neither right nor wrong.
        ushort written = isDamaged ? (ushort)(checksum ^ 0x5A5A) : checksum;
        BinaryPrimitives.WriteUInt16BigEndian(transport[checksumOffset..], written == 0 ? (ushort)0xFFFF : written);
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
