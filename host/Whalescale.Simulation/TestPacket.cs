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
