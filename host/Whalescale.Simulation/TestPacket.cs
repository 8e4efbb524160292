using System.Buffers.Binary;

namespace Whalescale.Simulation;

/// <summary>Overlay packets for simulations: a genuine IPv6 header, UDP by name, and a number that tells them
/// apart.</summary>
public static class TestPacket
{
    private const int HeaderSize = 40;

    /// <summary>Smallest packet: the header and the number.</summary>
    public const int MinimumSize = HeaderSize + 16;

    /// <summary>Writes a packet from one overlay address to another.</summary>
    public static byte[] Make(IpAddress source, IpAddress destination, ulong number, int size)
    {
        var packet = new byte[Math.Max(size, MinimumSize)];
        packet[0] = 0x60;
        BinaryPrimitives.WriteUInt16BigEndian(packet.AsSpan(4), (ushort)(packet.Length - HeaderSize));
        packet[6] = 17;
        packet[7] = 64;
        source.WriteTo16(packet.AsSpan(8));
        destination.WriteTo16(packet.AsSpan(24));
        BinaryPrimitives.WriteUInt64BigEndian(packet.AsSpan(HeaderSize + 8), number);
        for (int i = MinimumSize; i < packet.Length; i++) packet[i] = (byte)(number + (ulong)i);
        return packet;
    }

    /// <summary>Reads an ICMPv6 "packet too big".</summary>
    /// <param name="packet">The packet.</param>
    /// <param name="number">Number of the packet that it quotes.</param>
    /// <param name="size">Bytes of the largest packet that gets through.</param>
    public static bool TryReadTooBig(ReadOnlySpan<byte> packet, out ulong number, out int size)
    {
        const byte Icmp6 = 58, TooBig = 2;
        (number, size) = (0, 0);
        ReadOnlySpan<byte> quoted = packet.Length > HeaderSize + 8 ? packet[(HeaderSize + 8)..] : default;
        if (quoted.Length < MinimumSize || packet[6] != Icmp6 || packet[HeaderSize] != TooBig) return false;
        number = BinaryPrimitives.ReadUInt64BigEndian(quoted[(HeaderSize + 8)..]);
        size = BinaryPrimitives.ReadInt32BigEndian(packet[(HeaderSize + 4)..]);
        return true;
    }

    /// <summary>Reads the number, if the packet is one of ours from start to end.</summary>
    public static bool TryRead(ReadOnlySpan<byte> packet, out IpAddress source, out ulong number)
    {
        (source, number) = (default, 0);
        if (packet.Length < MinimumSize) return false;
        source = IpAddress.Read(packet.Slice(8, 16));
        number = BinaryPrimitives.ReadUInt64BigEndian(packet[(HeaderSize + 8)..]);
        for (int i = MinimumSize; i < packet.Length; i++)
            if (packet[i] != (byte)(number + (ulong)i)) return false;
        return true;
    }
}
