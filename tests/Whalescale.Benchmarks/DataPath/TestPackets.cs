using System.Buffers.Binary;

namespace Whalescale.Benchmarks.DataPath;

/// <summary>Overlay packets and networks to measure with.</summary>
internal static class TestPackets
{
    private const byte Udp = 17;

    /// <summary>Writes an IPv4 UDP packet as long as the span, at least 28 bytes; checksums are zero.</summary>
    internal static void WriteUdp4(Span<byte> packet, uint source, uint destination)
    {
        packet.Clear();
        packet[0] = 0x45;
        BinaryPrimitives.WriteUInt16BigEndian(packet[2..], (ushort)packet.Length);
        packet[8] = 64;
        packet[9] = Udp;
        BinaryPrimitives.WriteUInt32BigEndian(packet[12..], source);
        BinaryPrimitives.WriteUInt32BigEndian(packet[16..], destination);
        WriteUdp(packet[20..]);
    }

    /// <summary>Writes an IPv6 UDP packet as long as the span, at least 48 bytes; the checksum is zero.</summary>
    internal static void WriteUdp6(Span<byte> packet, IpAddress source, IpAddress destination)
    {
        packet.Clear();
        packet[0] = 0x60;
        BinaryPrimitives.WriteUInt16BigEndian(packet[4..], (ushort)(packet.Length - 40));
        packet[6] = Udp;
        packet[7] = 64;
        source.WriteTo16(packet[8..]);
        destination.WriteTo16(packet[24..]);
        WriteUdp(packet[40..]);
    }

    /// <summary>Distinct networks 10.128.0.0/24, 10.128.1.0/24, …; every fourth is a host within another.</summary>
    internal static IEnumerable<IpPrefix> Networks(int count)
    {
        for (int i = 0; i < count; i++)
        {
            uint network = 0x0A80_0000 + ((uint)i << 8);
            yield return i % 4 == 3
                ? IpPrefix.Host(IpAddress.FromIPv4(network - 0x80)) // inside the one before
                : new IpPrefix(IpAddress.FromIPv4(network), 24);
        }
    }

    private static void WriteUdp(Span<byte> segment)
    {
        BinaryPrimitives.WriteUInt16BigEndian(segment, 40_000);
        BinaryPrimitives.WriteUInt16BigEndian(segment[2..], 5_201);
        BinaryPrimitives.WriteUInt16BigEndian(segment[4..], (ushort)segment.Length);
    }
}
