namespace Whalescale.Abstractions;

/// <summary>What the kernel left undone in an overlay packet, or may leave undone (virtio 1.2, section
/// 5.1.6).</summary>
/// <param name="Traits">What is pending.</param>
/// <param name="SegmentSize">Payload bytes of each segment of a super-packet; 0 for an ordinary packet.</param>
/// <param name="ChecksumStart">Offset of the first byte that the pending checksum covers.</param>
/// <param name="ChecksumOffset">Offset of the checksum field from <paramref name="ChecksumStart"/>.</param>
public readonly record struct PacketOffload(
    OffloadTraits Traits, ushort SegmentSize, ushort ChecksumStart, ushort ChecksumOffset);

/// <summary>Bits of <see cref="PacketOffload.Traits"/>.</summary>
[Flags]
public enum OffloadTraits : byte
{
    /// <summary>A finished packet.</summary>
    None = 0,

    /// <summary>The TCP or UDP checksum field holds the pseudo-header sum only.</summary>
    ChecksumPending = 1,

    /// <summary>A TCP super-packet, to be split into segments.</summary>
    TcpSegments = 2,

    /// <summary>A UDP super-packet, to be split into datagrams.</summary>
    UdpSegments = 4,
}
