using System.Buffers.Binary;

namespace Whalescale.Tests.Tun.Offload;

/// <summary>A sender of one TCP or UDP flow: each packet goes on where the one before ended.</summary>
internal sealed class OverlayFlow(int version, bool isTcp, int number = 1)
{
    private uint _sequence = uint.MaxValue - 2_000; // wraps soon
    private ushort _identification = ushort.MaxValue - 2;

    internal byte[] Options { get; init; } = isTcp ? [1, 1, 8, 10, 0, 0, 0, 9, 0, 0, 0, 7] : [];

    /// <summary>What an IPv4 packet's number grows by.</summary>
    internal ushort IdentificationStep { get; init; } = 1;

    internal int HeaderLength => (version == 4 ? 20 : 40) + (isTcp ? 20 + Options.Length : 8);

    /// <summary>The next packet, its checksum finished or the pseudo-header's sum.</summary>
    internal byte[] Next(int payloadLength, bool isPending, byte flags = 0x10)
    {
        int ip = version == 4 ? 20 : 40;
        byte[] packet = new byte[HeaderLength + payloadLength];
        Span<byte> transport = packet.AsSpan(ip);
        WriteIp(packet);
        BinaryPrimitives.WriteUInt16BigEndian(transport, (ushort)(40_000 + number));
        BinaryPrimitives.WriteUInt16BigEndian(transport[2..], 5_201);
        if (isTcp)
        {
            BinaryPrimitives.WriteUInt32BigEndian(transport[4..], _sequence);
            BinaryPrimitives.WriteUInt32BigEndian(transport[8..], 0x0A0B_0C0D);
            transport[12] = (byte)((20 + Options.Length) / 4 << 4);
            transport[13] = flags;
            BinaryPrimitives.WriteUInt16BigEndian(transport[14..], 501);
            Options.CopyTo(transport[20..]);
        }
        else
        {
            BinaryPrimitives.WriteUInt16BigEndian(transport[4..], (ushort)transport.Length);
        }

        for (int i = HeaderLength; i < packet.Length; i++)
            packet[i] = (byte)((_sequence + (uint)i) * 0x9E37_79B1 >> 24);
        _sequence += (uint)payloadLength;
        _identification += IdentificationStep;
        Mend(packet, isPending);
        return packet;
    }

    /// <summary>Makes the checksums right.</summary>
    internal static void Mend(Span<byte> packet, bool isPending)
    {
        NaiveKernel.WriteHeaderChecksum(packet);
        NaiveKernel.WritePending(packet);
        if (!isPending) NaiveKernel.WriteFinished(packet);
    }

    /// <summary>What the device is told of a packet whose checksum is pending, or not.</summary>
    internal static PacketOffload OffloadOf(ReadOnlySpan<byte> packet, bool isPending) => !isPending ? default : new(
        OffloadTraits.ChecksumPending, 0, (ushort)NaiveKernel.IpLength(packet),
        (ushort)(NaiveKernel.ChecksumField(packet) - NaiveKernel.IpLength(packet)));

    private void WriteIp(Span<byte> packet)
    {
        if (version == 4)
        {
            packet[0] = 0x45;
            packet[1] = 0xB8;
            BinaryPrimitives.WriteUInt16BigEndian(packet[2..], (ushort)packet.Length);
            BinaryPrimitives.WriteUInt16BigEndian(packet[4..], _identification);
            packet[6] = 0x40;
            (packet[8], packet[9]) = (64, isTcp ? (byte)6 : (byte)17);
            new byte[] { 10, 77, 0, 1, 10, 77, 0, 2 }.CopyTo(packet[12..]);
            return;
        }

        new byte[] { 0x6B, 0x80, 0x12, 0x34 }.CopyTo(packet);
        BinaryPrimitives.WriteUInt16BigEndian(packet[4..], (ushort)(packet.Length - 40));
        (packet[6], packet[7]) = (isTcp ? (byte)6 : (byte)17, 64);
        (packet[8], packet[9], packet[23]) = (0xFD, 0x77, 1);
        (packet[24], packet[25], packet[39]) = (0xFD, 0x77, 2);
    }
}
