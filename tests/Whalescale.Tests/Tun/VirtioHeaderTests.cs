using Whalescale.Tun.Interop;

namespace Whalescale.Tests.Tun;

public sealed class VirtioHeaderTests
{
    [Fact]
    public void A_finished_packet_has_an_empty_header()
    {
        byte[] header = [9, 9, 9, 9, 9, 9, 9, 9, 9, 9];

        VirtioHeader.Write(header, default, RawPacket.IPv4("10.77.0.1", "10.77.0.2"));

        Assert.Equal(new byte[10], header);
        Assert.Equal(default, VirtioHeader.Read(header));
    }

    [Fact]
    public void A_valid_data_mark_is_no_pending_checksum() =>
        Assert.Equal(default, VirtioHeader.Read([2, 0, 0, 0, 0, 0, 34, 0, 16, 0]));

    [Fact]
    public void A_pending_checksum_is_written_as_the_kernel_writes_it()
    {
        byte[] header = new byte[10];
        var offload = new PacketOffload(OffloadTraits.ChecksumPending, 0, 20, 6);

        VirtioHeader.Write(header, offload, RawPacket.IPv4("10.77.0.1", "10.77.0.2"));

        Assert.Equal([1, 0, 0, 0, 0, 0, 20, 0, 6, 0], header);
        Assert.Equal(offload, VirtioHeader.Read(header));
    }

    [Fact]
    public void Super_packets_of_TCP_and_UDP_carry_kind_header_length_and_segment_size()
    {
        byte[] tcp = new byte[60];
        tcp[12] = 8 << 4;
        byte[] header = new byte[10];
        var tcpOffload = new PacketOffload(OffloadTraits.ChecksumPending | OffloadTraits.TcpSegments, 1380, 20, 16);
        var tcp6Offload = tcpOffload with { ChecksumStart = 40 };
        var udpOffload = new PacketOffload(OffloadTraits.ChecksumPending | OffloadTraits.UdpSegments, 1200, 20, 6);

        VirtioHeader.Write(header, tcpOffload, RawPacket.IPv4("10.77.0.1", "10.77.0.2", 6, tcp));
        Assert.Equal([1, 1, 52, 0, 0x64, 5, 20, 0, 16, 0], header);
        Assert.Equal(tcpOffload, VirtioHeader.Read(header));

        VirtioHeader.Write(header, tcp6Offload, RawPacket.IPv6("fd77::1", "fd77::2", 6, tcp));
        Assert.Equal([1, 4, 72, 0, 0x64, 5, 40, 0, 16, 0], header);
        Assert.Equal(tcp6Offload, VirtioHeader.Read(header));

        VirtioHeader.Write(header, udpOffload, RawPacket.IPv4("10.77.0.1", "10.77.0.2"));
        Assert.Equal([1, 5, 28, 0, 0xB0, 4, 20, 0, 6, 0], header);
        Assert.Equal(udpOffload, VirtioHeader.Read(header));
    }

    [Fact]
    public void The_mark_of_explicit_congestion_does_not_hide_the_kind() =>
        Assert.Equal(
            new PacketOffload(OffloadTraits.ChecksumPending | OffloadTraits.TcpSegments, 1000, 20, 16),
            VirtioHeader.Read([1, 0x81, 40, 0, 0xE8, 3, 20, 0, 16, 0]));

    [Fact]
    public void Any_header_and_any_packet_are_survived()
    {
        var random = new Random(5);
        byte[] header = new byte[10], packet = new byte[64];
        for (int i = 0; i < 200_000; i++)
        {
            random.NextBytes(header);
            random.NextBytes(packet);

            PacketOffload offload = VirtioHeader.Read(header);
            VirtioHeader.Write(header, offload, packet.AsSpan(0, random.Next(packet.Length)));

            // The kind is the packet's now; what is pending has survived the round.
            if (VirtioHeader.Read(header).Traits != offload.Traits && offload.SegmentSize != 0)
                Assert.Fail($"{offload} became {VirtioHeader.Read(header)}");
        }
    }
}
