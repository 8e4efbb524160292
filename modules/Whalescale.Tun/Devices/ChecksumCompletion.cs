using System.Buffers.Binary;
using Whalescale.Tun.Offload;

namespace Whalescale.Tun.Devices;

/// <summary>Finishes checksums for devices whose kernel does not (RFC 1071).</summary>
internal static class ChecksumCompletion
{
    private const ushort UdpFieldOffset = 6;

    /// <summary>Computes the checksum that is pending in a packet.</summary>
    /// <remarks>The field holds the pseudo-header sum; the sum runs from the checksum's start to the end, over
    /// that.</remarks>
    /// <param name="packet">The packet; its checksum field is overwritten.</param>
    /// <param name="offload">Where the checksum starts and lies.</param>
    /// <returns>False if the packet cannot go to such a device: a super-packet, or a checksum outside of it.</returns>
    internal static bool TryFinish(Span<byte> packet, in PacketOffload offload)
    {
        if (offload.Traits == OffloadTraits.None) return true;
        if (offload.Traits != OffloadTraits.ChecksumPending) return false;
        int field = offload.ChecksumStart + offload.ChecksumOffset;
        if (field + 2 > packet.Length) return false;

        ushort checksum = (ushort)~InternetChecksum.Fold(InternetChecksum.Sum(packet[offload.ChecksumStart..]));
        // Zero means "no checksum" in UDP; its other form means zero.
        if (checksum == 0 && offload.ChecksumOffset == UdpFieldOffset) checksum = 0xFFFF;
        BinaryPrimitives.WriteUInt16BigEndian(packet[field..], checksum);
        return true;
    }
}
