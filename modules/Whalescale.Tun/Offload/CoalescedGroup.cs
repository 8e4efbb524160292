namespace Whalescale.Tun.Offload;

/// <summary>Packets of a batch that go to the device in one write.</summary>
/// <param name="First">Index of the first packet; the others follow by <see cref="Coalescer.Next"/>.</param>
/// <param name="Count">Packets, 1 to <see cref="Coalescer.MaximumPackets"/>.</param>
/// <param name="TotalLength">Bytes to be written: the first packet and the payloads of the others; of a group of two
/// or more at most <see cref="Coalescer.MaximumLength"/>.</param>
/// <param name="HeaderLength">Bytes of IP and transport header: in the packets after the first, the payload begins
/// there. 0 in a group of one.</param>
/// <param name="Offload">What is left to the kernel; that of the packet itself in a group of one.</param>
public readonly record struct CoalescedGroup(
    int First, int Count, int TotalLength, int HeaderLength, PacketOffload Offload);
