using System.Buffers.Binary;
using Whalescale.Tun.Devices;

namespace Whalescale.Tests.Tun;

public sealed class ChecksumCompletionTests
{
    [Fact]
    public void A_pending_checksum_is_finished_to_what_a_plain_sum_gives()
    {
        var random = new Random(9);
        for (int length = 8; length < 300; length++)
        {
            byte[] payload = new byte[length];
            random.NextBytes(payload);
            byte[] packet = RawPacket.IPv4("10.77.0.1", "10.77.0.2", 6, payload);
            ushort field = (ushort)random.Next(7);
            BinaryPrimitives.WriteUInt16BigEndian(packet.AsSpan(20 + field), (ushort)random.Next(65536));
            ushort expected = PlainSum(packet.AsSpan(20));

            Assert.True(ChecksumCompletion.TryFinish(packet, new(OffloadTraits.ChecksumPending, 0, 20, field)));

            ushort written = BinaryPrimitives.ReadUInt16BigEndian(packet.AsSpan(20 + field));
            if (field == 6 && expected == 0) expected = 0xFFFF;
            Assert.Equal(expected, written);
        }
    }

    [Fact]
    public void A_UDP_checksum_of_zero_becomes_all_ones()
    {
        byte[] packet = RawPacket.IPv4("10.77.0.1", "10.77.0.2", 17, [0xFF, 0xFF, 0, 0, 0, 0, 0, 0]);

        Assert.True(ChecksumCompletion.TryFinish(packet, new(OffloadTraits.ChecksumPending, 0, 20, 6)));

        Assert.Equal(0xFFFF, BinaryPrimitives.ReadUInt16BigEndian(packet.AsSpan(26)));
    }

    [Fact]
    public void A_finished_packet_is_left_alone()
    {
        byte[] packet = RawPacket.IPv4("10.77.0.1", "10.77.0.2");
        byte[] before = [.. packet];

        Assert.True(ChecksumCompletion.TryFinish(packet, default));
        Assert.Equal(before, packet);
    }

    [Theory]
    [InlineData(OffloadTraits.ChecksumPending, 20, 7)]
    [InlineData(OffloadTraits.ChecksumPending, 65535, 65535)]
    [InlineData(OffloadTraits.ChecksumPending | OffloadTraits.TcpSegments, 20, 6)]
    [InlineData(OffloadTraits.UdpSegments, 0, 0)]
    public void A_checksum_outside_of_the_packet_and_a_super_packet_are_refused(
        OffloadTraits traits, int start, int offset) =>
        Assert.False(ChecksumCompletion.TryFinish(
            RawPacket.IPv4("10.77.0.1", "10.77.0.2"), new(traits, 100, (ushort)start, (ushort)offset)));

    private static ushort PlainSum(ReadOnlySpan<byte> bytes)
    {
        int sum = 0;
        for (int i = 0; i < bytes.Length; i++)
        {
            sum += i % 2 == 0 ? bytes[i] << 8 : bytes[i];
            sum = (sum & 0xFFFF) + (sum >> 16);
        }

        return (ushort)~sum;
    }
}
