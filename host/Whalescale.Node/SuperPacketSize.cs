using Whalescale.Types;

namespace Whalescale.Node;

/// <summary>How large a super-packet may be so that its segments leave as one run of datagrams.</summary>
/// <remarks>A run ends at about 64 KiB, and each segment of a super-packet grows by frame and datagram headers: without a
/// bound a super-packet became one long and one short run, and was written to the far device in two halves.</remarks>
public static class SuperPacketSize
{
    // The kernel keeps MAX_TCP_HEADER bytes of the limit free, 320 as a rule, before it divides by the segment size.
    private const int KernelReserve = 384;
    private const int SmallestHeaders = 20 + 20;

    /// <summary>The bound for a device of this MTU, in bytes of IP packet.</summary>
    /// <param name="mtu">Largest overlay packet, in bytes.</param>
    public static int For(int mtu)
    {
        int plaintext = PacketFrames.OrderedHeader + mtu;
        int datagram = TransportHeader.Overhead + plaintext + SealedSender.Padding(plaintext, Limits.DatagramBytes);
        int segments = Math.Min(DatagramBatch.RunDatagrams, DatagramBatch.RunBytes / datagram);
        return Math.Min(Limits.SuperPacketBytes, (segments * (mtu - SmallestHeaders)) + KernelReserve);
    }
}
