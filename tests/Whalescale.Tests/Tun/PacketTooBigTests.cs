using System.Buffers.Binary;
using Whalescale.Tests.Support;
using Whalescale.Tun.Routing;

namespace Whalescale.Tests.Tun;

public sealed class PacketTooBigTests
{
    private const byte DontFragment = 0x40;

    [Fact]
    public void An_IPv4_packet_is_answered_to_the_byte()
    {
        byte[] packet = IPv4("10.64.0.1", "10.64.0.2", DontFragment);

        byte[] answer = Answer(packet, 1_411);

        byte[] expected = Convert.FromHexString(
            "45C0003800004000400125830A4000020A400001" // from the destination to the source, DF, id 0
            + "0304B45B00000583"                       // fragmentation needed, 1411
            + "45B8001C00004000401100000A4000010A400002" + "1234567800080000");
        Assert.Equal(Convert.ToHexString(expected), Convert.ToHexString(answer));
        Assert.Equal(0xFFFF, FoldedSum(answer.AsSpan(0, 20)));
        Assert.Equal(0xFFFF, FoldedSum(answer.AsSpan(20)));
    }

    [Fact]
    public void An_IPv6_packet_is_answered_to_the_byte()
    {
        byte[] packet = RawPacket.IPv6("fd77::1", "fd77::2");

        byte[] answer = Answer(packet, 1_280);

        string one = "FD770000000000000000000000000001", two = "FD770000000000000000000000000002";
        string expected = "6000000000383A40" + two + one + "02001D2B00000500"
            + "6B80000000081140" + one + two + "1234567800080000";
        Assert.Equal(expected, Convert.ToHexString(answer));
        Assert.Equal(0xFFFF, FoldedSum([.. answer[8..40], 0, 0, 0, 56, 0, 0, 0, 58, .. answer[40..]]));
    }

    [Fact]
    public void Of_a_large_packet_as_much_is_quoted_as_the_answer_may_hold()
    {
        byte[] payload = TestRandom.Of("too big").Bytes(8_000);
        Array.Resize(ref payload, 8_000);
        byte[] four = IPv4("10.64.0.1", "10.64.0.2", DontFragment, payload: payload);
        byte[] six = RawPacket.IPv6("fd77::1", "fd77::2", 17, payload);

        byte[] answer4 = Answer(four, 1_411), answer6 = Answer(six, 1_411);

        Assert.Equal(576, answer4.Length);
        Assert.Equal(four[..548], answer4[28..]);
        Assert.Equal(0xFFFF, FoldedSum(answer4.AsSpan(20)));
        Assert.Equal(1_280, answer6.Length);
        Assert.Equal(six[..1_232], answer6[48..]);
        Assert.Equal(0xFFFF, FoldedSum([.. answer6[8..40], 0, 0, 0x04, 0xD8, 0, 0, 0, 58, .. answer6[40..]]));
        Assert.True(InnerPacket.TryParse(answer4, out InnerPacket view) && view.TotalLength == 576);
        Assert.True(InnerPacket.TryParse(answer6, out view) && view.TotalLength == 1_280);
    }

    [Fact]
    public void Only_what_no_router_may_split_is_indivisible()
    {
        Assert.True(IsIndivisible(IPv4("10.64.0.1", "10.64.0.2", DontFragment)));
        Assert.False(IsIndivisible(IPv4("10.64.0.1", "10.64.0.2", 0)));
        Assert.True(IsIndivisible(RawPacket.IPv6("fd77::1", "fd77::2")));
    }

    [Theory]
    [InlineData(0, true)]
    [InlineData(3, false)]
    [InlineData(4, false)]
    [InlineData(5, false)]
    [InlineData(8, true)]
    [InlineData(11, false)]
    [InlineData(12, false)]
    [InlineData(13, true)]
    public void No_ICMP_error_is_answered_over_IPv4(byte type, bool isAnswered) =>
        AssertAnswered(isAnswered, IPv4("10.64.0.1", "10.64.0.2", DontFragment, 1, [type, 0, 0, 0, 0, 0, 0, 0]));

    [Theory]
    [InlineData(1, false)]
    [InlineData(2, false)]
    [InlineData(127, false)]
    [InlineData(128, true)]
    [InlineData(137, false)]
    public void No_ICMP_error_and_no_redirect_is_answered_over_IPv6(byte type, bool isAnswered) =>
        AssertAnswered(isAnswered, RawPacket.IPv6("fd77::1", "fd77::2", 58, [type, 0, 0, 0, 0, 0, 0, 0]));

    [Theory]
    [InlineData("10.64.0.1", "10.64.0.2", true)]
    [InlineData("0.0.0.0", "10.64.0.2", false)]
    [InlineData("127.0.0.1", "10.64.0.2", false)]
    [InlineData("224.0.0.1", "10.64.0.2", false)]
    [InlineData("255.255.255.255", "10.64.0.2", false)]
    [InlineData("10.64.0.1", "224.0.0.1", false)]
    [InlineData("10.64.0.1", "255.255.255.255", false)]
    public void Nothing_from_or_to_what_is_no_single_host_is_answered_over_IPv4(string from, string to, bool isAnswered) =>
        AssertAnswered(isAnswered, IPv4(from, to, DontFragment));

    [Theory]
    [InlineData("fd77::1", "fd77::2", true)]
    [InlineData("::", "fd77::2", false)]
    [InlineData("::1", "fd77::2", false)]
    [InlineData("ff02::1", "fd77::2", false)]
    [InlineData("fd77::1", "ff02::1", false)]
    public void Nothing_from_or_to_what_is_no_single_host_is_answered_over_IPv6(string from, string to, bool isAnswered) =>
        AssertAnswered(isAnswered, RawPacket.IPv6(from, to));

    [Fact]
    public void The_first_fragment_is_answered_and_later_ones_are_not()
    {
        byte[] packet = IPv4("10.64.0.1", "10.64.0.2", (byte)(DontFragment | 0x20));
        AssertAnswered(true, packet);
        packet[7] = 1;
        AssertAnswered(false, packet);
    }

    [Fact]
    public void Any_packet_that_parses_is_answered_or_not_but_never_with_garbage()
    {
        int answered = 0;
        byte[] answer = new byte[PacketTooBig.LargestSize];
        Totality.Assert(
            "too big", 200,
            bytes =>
            {
                if (!InnerPacket.TryParse(bytes, out InnerPacket view)) return;
                int length = PacketTooBig.Write(bytes, view, 1_280, answer);
                if (length == 0) return;
                answered++;
                if (!InnerPacket.TryParse(answer.AsSpan(0, length), out InnerPacket parsed)
                    || parsed.TotalLength != length || parsed.Destination != view.Source)
                    throw new InvalidOperationException("not an answer to it");
            },
            64, IPv4("10.64.0.1", "10.64.0.2", DontFragment), RawPacket.IPv6("fd77::1", "fd77::2"));

        Assert.True(answered > 1_000, $"only {answered} were answered");
    }

    private static void AssertAnswered(bool isAnswered, byte[] packet) =>
        Assert.Equal(isAnswered, Answer(packet, 1_280).Length > 0);

    private static byte[] IPv4(string source, string destination, byte flags, byte protocol = 17, byte[]? payload = null)
    {
        byte[] packet = RawPacket.IPv4(source, destination, protocol, payload);
        packet[6] = flags;
        return packet;
    }

    private static byte[] Answer(byte[] packet, int mtu)
    {
        byte[] answer = new byte[PacketTooBig.LargestSize];
        answer.AsSpan().Fill(0xEE);
        Assert.True(InnerPacket.TryParse(packet, out InnerPacket view));
        return answer[..PacketTooBig.Write(packet, view, mtu, answer)];
    }

    private static bool IsIndivisible(byte[] packet) =>
        InnerPacket.TryParse(packet, out InnerPacket view) && PacketTooBig.IsIndivisible(packet, view);

    /// <summary>RFC 1071 word by word; 0xFFFF over a range that holds its own right checksum.</summary>
    private static int FoldedSum(ReadOnlySpan<byte> bytes)
    {
        int sum = 0;
        for (int i = 0; i < bytes.Length; i += 2)
        {
            sum += i + 1 < bytes.Length ? BinaryPrimitives.ReadUInt16BigEndian(bytes[i..]) : bytes[i] << 8;
            sum = (sum & 0xFFFF) + (sum >> 16);
        }

        return sum;
    }
}
