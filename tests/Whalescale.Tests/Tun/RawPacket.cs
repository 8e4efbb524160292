using System.Buffers.Binary;

namespace Whalescale.Tests.Tun;

/// <summary>Writes overlay packets byte by byte, without help from the code under test.</summary>
internal static class RawPacket
{
    internal static byte[] IPv4(
        string source, string destination, byte protocol = 17, byte[]? payload = null, int optionBytes = 0)
    {
        payload ??= [0x12, 0x34, 0x56, 0x78, 0, 8, 0, 0];
        byte[] packet = new byte[20 + optionBytes + payload.Length];
        packet[0] = (byte)(0x40 | ((20 + optionBytes) / 4));
        packet[1] = 0xB8;
        BinaryPrimitives.WriteUInt16BigEndian(packet.AsSpan(2), (ushort)packet.Length);
        packet[8] = 64;
        packet[9] = protocol;
        System.Net.IPAddress.Parse(source).TryWriteBytes(packet.AsSpan(12), out _);
        System.Net.IPAddress.Parse(destination).TryWriteBytes(packet.AsSpan(16), out _);
        payload.CopyTo(packet.AsSpan(20 + optionBytes));
        return packet;
    }

    internal static byte[] IPv6(string source, string destination, byte nextHeader = 17, byte[]? payload = null)
    {
        payload ??= [0x12, 0x34, 0x56, 0x78, 0, 8, 0, 0];
        byte[] packet = new byte[40 + payload.Length];
        packet[0] = 0x6B;
        packet[1] = 0x80;
        BinaryPrimitives.WriteUInt16BigEndian(packet.AsSpan(4), (ushort)payload.Length);
        packet[6] = nextHeader;
        packet[7] = 64;
        System.Net.IPAddress.Parse(source).TryWriteBytes(packet.AsSpan(8), out _);
        System.Net.IPAddress.Parse(destination).TryWriteBytes(packet.AsSpan(24), out _);
        payload.CopyTo(packet.AsSpan(40));
        return packet;
    }
}
