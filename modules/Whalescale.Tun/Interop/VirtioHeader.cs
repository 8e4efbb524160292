using System.Buffers.Binary;

namespace Whalescale.Tun.Interop;

/// <summary>struct virtio_net_hdr (virtio 1.2, section 5.1.6): ten bytes before each packet of a TUN device.</summary>
/// <remarks>flags 0, gso_type 1, hdr_len 2, gso_size 4, csum_start 6, csum_offset 8; numbers little-endian.</remarks>
internal static class VirtioHeader
{
    internal const int Size = 10;
    private const byte NeedsChecksum = 1; // VIRTIO_NET_HDR_F_NEEDS_CSUM
    private const byte Tcp4 = 1, Tcp6 = 4, UdpDatagrams = 5, ExplicitCongestion = 0x80; // VIRTIO_NET_HDR_GSO_…

    /// <summary>What the header says the kernel left undone.</summary>
    /// <param name="header">At least <see cref="Size"/> bytes.</param>
    internal static PacketOffload Read(ReadOnlySpan<byte> header)
    {
        var traits = OffloadTraits.None;
        if ((header[0] & NeedsChecksum) != 0) traits |= OffloadTraits.ChecksumPending;
        traits |= (header[1] & ~ExplicitCongestion) switch
        {
            Tcp4 or Tcp6 => OffloadTraits.TcpSegments,
            UdpDatagrams => OffloadTraits.UdpSegments,
            _ => OffloadTraits.None,
        };
        if (traits == OffloadTraits.None) return default;

        bool hasChecksum = (traits & OffloadTraits.ChecksumPending) != 0;
        return new PacketOffload(
            traits,
            traits > OffloadTraits.ChecksumPending ? BinaryPrimitives.ReadUInt16LittleEndian(header[4..]) : (ushort)0,
            hasChecksum ? BinaryPrimitives.ReadUInt16LittleEndian(header[6..]) : (ushort)0,
            hasChecksum ? BinaryPrimitives.ReadUInt16LittleEndian(header[8..]) : (ushort)0);
    }

    /// <summary>Writes the header of a packet.</summary>
    /// <param name="header">At least <see cref="Size"/> bytes.</param>
    /// <param name="offload">What is left to the kernel.</param>
    /// <param name="packet">The packet: its version and the length of its headers are taken from it.</param>
    internal static void Write(Span<byte> header, in PacketOffload offload, ReadOnlySpan<byte> packet)
    {
        header[..Size].Clear();
        if (offload.Traits == OffloadTraits.None) return;
        if ((offload.Traits & OffloadTraits.ChecksumPending) != 0)
        {
            header[0] = NeedsChecksum;
            BinaryPrimitives.WriteUInt16LittleEndian(header[6..], offload.ChecksumStart);
            BinaryPrimitives.WriteUInt16LittleEndian(header[8..], offload.ChecksumOffset);
        }

        if (offload.SegmentSize == 0) return;
        bool isTcp = (offload.Traits & OffloadTraits.TcpSegments) != 0;
        if (!isTcp && (offload.Traits & OffloadTraits.UdpSegments) == 0) return;
        header[1] = isTcp ? (packet.Length > 0 && packet[0] >> 4 == 6 ? Tcp6 : Tcp4) : UdpDatagrams;

        // TCP's data offset counts words in the upper half of its byte 12; a UDP header has 8 bytes.
        int dataOffset = offload.ChecksumStart + 12;
        int transport = !isTcp ? 8 : dataOffset < packet.Length ? packet[dataOffset] >> 4 << 2 : 20;
        BinaryPrimitives.WriteUInt16LittleEndian(header[2..], (ushort)(offload.ChecksumStart + transport));
        BinaryPrimitives.WriteUInt16LittleEndian(header[4..], offload.SegmentSize);
    }
}
