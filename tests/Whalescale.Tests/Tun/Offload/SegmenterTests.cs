using Whalescale.Tun.Offload;
using Whalescale.Tun.Routing;

namespace Whalescale.Tests.Tun.Offload;

/// <summary>Super-packets cut into what the kernel would make of them.</summary>
public sealed class SegmenterTests
{
    private const OffloadTraits Pending = OffloadTraits.ChecksumPending;
    private const byte EveryFlag = 0xFF;

    [Theory]
    [InlineData(4, true)]
    [InlineData(6, true)]
    [InlineData(4, false)]
    [InlineData(6, false)]
    public void Segments_are_those_that_a_kernel_makes_of_the_super_packet(int version, bool isTcp)
    {
        var segmenter = new Segmenter();
        var random = new Random(version + (isTcp ? 100 : 0));
        var flow = new OverlayFlow(version, isTcp);
        for (int round = 0; round < 500; round++)
        {
            int segmentSize = random.Next(1, 1500);
            int payload = Math.Min(random.Next(1, 60) * segmentSize - random.Next(0, segmentSize), 65_000);
            byte[] superPacket = flow.Next(payload, isPending: true, (byte)(random.Next() & EveryFlag));
            PacketOffload offload = OffloadOf(superPacket, segmentSize);

            List<byte[]> expected = NaiveKernel.Receive(superPacket, offload);
            List<byte[]> segments = Cut(segmenter, superPacket, offload);

            Assert.Equal(expected, segments);
        }
    }

    [Fact]
    public void IPv4_options_and_IPv6_extension_headers_stand_before_every_segment()
    {
        byte[] plain = new OverlayFlow(6, isTcp: true).Next(3000, isPending: true);
        byte[] extended = [.. plain[..40], 6, 0, 1, 4, 0, 0, 0, 0, .. plain[40..]]; // destination options: one PadN
        extended[6] = 60;
        extended[5] += 8;
        var offload = new PacketOffload(Pending | OffloadTraits.TcpSegments, 1400, 48, 16);

        List<byte[]> segments = Cut(new Segmenter(), extended, offload);

        Assert.Equal(3, segments.Count);
        Assert.All(segments, segment =>
        {
            Assert.Equal(extended[40..48], segment[40..48]);
            Assert.Equal(segment.Length - 40, (segment[4] << 8) + segment[5]);
            Assert.True(InnerPacket.TryParse(segment, out InnerPacket parsed));
            Assert.Equal(48, parsed.HeaderLength);
            Assert.Equal(0xFFFF, NaiveKernel.Fold(NaiveKernel.PseudoSum(segment.AsSpan(0, 40), 0) - segment[6] + 6
                + (segment.Length - 48) + NaiveKernel.Sum(segment.AsSpan(48))));
        });
    }

    [Fact]
    public void What_the_kernel_says_must_fit_the_packet()
    {
        byte[] tcp = new OverlayFlow(4, isTcp: true).Next(3000, isPending: true);
        byte[] udp = new OverlayFlow(4, isTcp: false).Next(3000, isPending: true);
        PacketOffload good = OffloadOf(tcp, 1000);
        byte[] fragment = [.. tcp];
        fragment[6] |= 0x20;
        byte[] longHeader = [.. tcp];
        longHeader[32] = 0x40;

        Assert.True(Begins(tcp, good));
        Assert.False(Begins(tcp, good with { SegmentSize = 0 }));
        Assert.False(Begins(tcp, good with { ChecksumStart = 24 }));
        Assert.False(Begins(tcp, good with { Traits = OffloadTraits.TcpSegments }));
        Assert.False(Begins(tcp, good with { Traits = Pending }));
        Assert.False(Begins(tcp, good with { Traits = Pending | OffloadTraits.UdpSegments }));
        Assert.False(Begins(udp, good));
        Assert.False(Begins(fragment, good));
        Assert.False(Begins(longHeader, good));
    }

    [Fact]
    public void Any_bytes_and_any_claim_are_answered()
    {
        var segmenter = new Segmenter();
        var random = new Random(7);
        byte[] room = new byte[Segmenter.LargestHeader];
        int cut = 0;
        for (int round = 0; round < 200_000; round++)
        {
            byte[] bytes = new byte[random.Next(20, 200)];
            random.NextBytes(bytes);
            bytes[0] = random.Next(2) == 0 ? (byte)0x45 : (byte)0x60;
            (bytes[2], bytes[4]) = (0, 0);
            bytes[3] = (byte)random.Next(20, bytes.Length + 1);
            bytes[5] = (byte)random.Next(Math.Max(1, bytes.Length - 40));
            bytes[6] = bytes[0] == 0x60 ? (byte)6 : (byte)0;
            (bytes[7], bytes[9]) = (0, 6);
            var offload = new PacketOffload(
                Pending | OffloadTraits.TcpSegments, (ushort)random.Next(100), (ushort)(bytes[0] == 0x45 ? 20 : 40), 16);
            if (!InnerPacket.TryParse(bytes, out InnerPacket parsed)) continue;
            if (!segmenter.TryBegin(bytes, offload, parsed)) continue;
            cut++;
            for (int i = 0; i < segmenter.Count; i++)
            {
                segmenter.WriteHeaders(i, room);
                Assert.InRange(segmenter.PayloadOffset(i) + segmenter.PayloadLength(i), 1, bytes.Length);
            }
        }

        Assert.True(cut > 1000, $"only {cut} packets were cut");
    }

    internal static PacketOffload OffloadOf(byte[] superPacket, int segmentSize)
    {
        PacketOffload whole = OverlayFlow.OffloadOf(superPacket, isPending: true);
        OffloadTraits kind = NaiveKernel.Protocol(superPacket) == 6 ? OffloadTraits.TcpSegments : OffloadTraits.UdpSegments;
        return whole with { Traits = Pending | kind, SegmentSize = (ushort)segmentSize };
    }

    private static bool Begins(byte[] packet, PacketOffload offload) =>
        InnerPacket.TryParse(packet, out InnerPacket parsed) && new Segmenter().TryBegin(packet, offload, parsed);

    /// <summary>The segments, their checksums finished.</summary>
    private static List<byte[]> Cut(Segmenter segmenter, byte[] superPacket, PacketOffload offload)
    {
        Assert.True(InnerPacket.TryParse(superPacket, out InnerPacket parsed));
        Assert.True(segmenter.TryBegin(superPacket, offload, parsed));
        List<byte[]> segments = [];
        for (int i = 0; i < segmenter.Count; i++)
        {
            byte[] segment = new byte[segmenter.HeaderLength + segmenter.PayloadLength(i)];
            segmenter.WriteHeaders(i, segment);
            superPacket.AsSpan(segmenter.PayloadOffset(i), segmenter.PayloadLength(i))
                .CopyTo(segment.AsSpan(segmenter.HeaderLength));
            if (parsed.HeaderLength == NaiveKernel.IpLength(segment)) NaiveKernel.WriteFinished(segment);
            else Finish(segment, segmenter.Offload);
            segments.Add(segment);
        }

        return segments;
    }

    private static void Finish(byte[] segment, PacketOffload offload)
    {
        ushort checksum = (ushort)~NaiveKernel.Fold(NaiveKernel.Sum(segment.AsSpan(offload.ChecksumStart)));
        int field = offload.ChecksumStart + offload.ChecksumOffset;
        (segment[field], segment[field + 1]) = ((byte)(checksum >> 8), (byte)checksum);
    }
}
