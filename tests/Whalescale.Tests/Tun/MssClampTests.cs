using System.Buffers.Binary;
using Whalescale.Tests.Support;
using Whalescale.Tun.Routing;

namespace Whalescale.Tests.Tun;

public sealed class MssClampTests
{
    private const byte Syn = 0x02, SynAck = 0x12, Ack = 0x10;

    [Theory]
    [InlineData(Syn)]
    [InlineData(SynAck)]
    public void A_SYN_and_its_answer_offer_no_more_than_gets_through(byte flags)
    {
        Assert.Equal(1_371, Lowered(IPv4(flags, Offer(1_460)), 1_411));
        Assert.Equal(1_351, Lowered(IPv6(flags, Offer(1_440)), 1_411));
    }

    [Fact]
    public void What_offers_less_or_is_no_SYN_or_has_no_option_is_left_alone()
    {
        AssertUntouched(IPv4(Syn, Offer(1_371)));
        AssertUntouched(IPv4(Syn, Offer(536)));
        AssertUntouched(IPv4(Ack, Offer(1_460)));
        AssertUntouched(IPv4(Syn, []));
        AssertUntouched(RawPacket.IPv4("10.64.0.1", "10.64.0.2", 17, Tcp(Syn, Offer(1_460))));
    }

    [Fact]
    public void Options_around_it_and_an_odd_place_keep_the_checksum_right()
    {
        byte[][] before = [[], [1], [1, 1], [4, 2], [8, 10, 1, 2, 3, 4, 5, 6, 7, 8], [1, 3, 3, 7], [1, 1, 1, 1, 1, 3, 3, 7]];
        foreach (byte[] other in before)
        {
            byte[] options = [.. other, .. Offer(1_460)];
            Assert.Equal(1_371, Lowered(IPv4(Syn, options), 1_411));
            Assert.Equal(1_351, Lowered(IPv6(Syn, options), 1_411));
            Assert.Equal(1_371, Lowered(IPv4(Syn, options, ipOptionBytes: 8), 1_411));
        }
    }

    [Fact]
    public void Every_value_and_limit_leaves_a_checksum_that_is_computed_anew()
    {
        RandomSource random = TestRandom.Of("mss");
        for (int i = 0; i < 3_000; i++)
        {
            ushort offered = (ushort)random.NextUInt32();
            int mtu = 40 + random.NextBelow(70_000), largest = Math.Min(mtu - 40, ushort.MaxValue);
            byte[] options = random.NextBelow(2) == 0 ? Offer(offered) : [1, .. Offer(offered)];
            byte[] packet = IPv4(Syn, options);
            BinaryPrimitives.WriteUInt32BigEndian(packet.AsSpan(24), random.NextUInt32());
            WriteChecksum(packet, 20);

            Assert.Equal(Math.Min(offered, largest), Lowered(packet, mtu));
        }
    }

    [Fact]
    public void Behind_extension_headers_it_is_found_and_in_a_fragment_it_is_not_looked_for()
    {
        byte[] tcp = Tcp(Syn, Offer(1_440));
        byte[] options = RawPacket.IPv6("fd77::1", "fd77::2", 60, [6, 0, 1, 4, 0, 0, 0, 0, .. tcp]);
        Assert.True(TryLower(options, 1_411));
        Assert.Equal(1_351, BinaryPrimitives.ReadUInt16BigEndian(options.AsSpan(48 + 22)));

        byte[] fragment = RawPacket.IPv6("fd77::1", "fd77::2", 44, [6, 0, 0, 1, 0, 0, 0, 9, .. tcp]);
        Assert.False(TryLower(fragment, 1_411));
    }

    [Fact]
    public void A_pending_checksum_stays_as_it_is()
    {
        byte[] packet = IPv4(Syn, Offer(1_460));
        BinaryPrimitives.WriteUInt16BigEndian(packet.AsSpan(36), 0x1234);

        Assert.True(TryLower(packet, 1_411, isChecksumPending: true));

        Assert.Equal(0x1234, BinaryPrimitives.ReadUInt16BigEndian(packet.AsSpan(36)));
        Assert.Equal(1_371, BinaryPrimitives.ReadUInt16BigEndian(packet.AsSpan(42)));
    }

    [Theory]
    [InlineData("0204")]             // cut off by the end of the header
    [InlineData("02")]
    [InlineData("0200FFFF")]         // a length that goes nowhere
    [InlineData("0201FFFF")]
    [InlineData("0203FFFF")]         // not the length of this option
    [InlineData("00020405B4000000")] // behind the end of the options
    [InlineData("08FF0204FFFF0000")] // an option longer than the header
    public void Malformed_options_change_nothing(string options) =>
        AssertUntouched(IPv4(Syn, Convert.FromHexString(options)));

    [Fact]
    public void A_header_that_is_cut_off_or_lies_about_its_length_changes_nothing()
    {
        byte[] packet = IPv4(Syn, Offer(1_460));
        packet[32] = 0xF0;
        AssertUntouched(packet);
        packet[32] = 0x40;
        AssertUntouched(packet);
        byte[] cut = IPv4(Syn, Offer(1_460))[..39];
        BinaryPrimitives.WriteUInt16BigEndian(cut.AsSpan(2), 39);
        AssertUntouched(cut);
    }

    [Fact]
    public void Whatever_comes_is_taken_and_nothing_but_the_option_and_the_checksum_changes()
    {
        int lowered = 0;
        Totality.Assert(
            "mss", 120,
            bytes =>
            {
                if (!InnerPacket.TryParse(bytes, out InnerPacket view)) return;
                Span<byte> before = stackalloc byte[bytes.Length];
                bytes.CopyTo(before);
                if (!MssClamp.TryLower(bytes, view, 100, isChecksumPending: false)) return;
                lowered++;
                int kept = view.HeaderLength + 16;
                if (!bytes.AsSpan(0, kept).SequenceEqual(before[..kept])) throw new InvalidOperationException("header");
            },
            64, IPv4(Syn, [1, .. Offer(1_460)]), IPv6(Syn, Offer(1_440)));

        Assert.True(lowered > 1_000, $"only {lowered} were lowered");
    }

    private static byte[] Offer(ushort size) => [2, 4, (byte)(size >> 8), (byte)size];

    private static byte[] Tcp(byte flags, byte[] options)
    {
        byte[] padded = [.. options, .. new byte[-options.Length & 3]];
        byte[] header = [0x12, 0x34, 0x56, 0x78, 1, 2, 3, 4, 0, 0, 0, 0, 0, flags, 0xFF, 0xFF, 0, 0, 0, 0, .. padded];
        header[12] = (byte)(header.Length / 4 << 4);
        return header;
    }

    private static byte[] IPv4(byte flags, byte[] options, int ipOptionBytes = 0)
    {
        byte[] packet = RawPacket.IPv4("10.64.0.1", "10.64.0.2", 6, Tcp(flags, options), ipOptionBytes);
        WriteChecksum(packet, 20 + ipOptionBytes);
        return packet;
    }

    private static byte[] IPv6(byte flags, byte[] options)
    {
        byte[] packet = RawPacket.IPv6("fd77::1", "fd77::2", 6, Tcp(flags, options));
        WriteChecksum(packet, 40);
        return packet;
    }

    private static void WriteChecksum(byte[] packet, int start)
    {
        BinaryPrimitives.WriteUInt16BigEndian(packet.AsSpan(start + 16), 0);
        BinaryPrimitives.WriteUInt16BigEndian(packet.AsSpan(start + 16), Checksum(packet, start));
    }

    /// <summary>RFC 9293, section 3.1, word by word.</summary>
    private static ushort Checksum(byte[] packet, int start)
    {
        byte[] addresses = packet[0] >> 4 == 4 ? packet[12..20] : packet[8..40];
        byte[] covered = [.. addresses, 0, 6, 0, (byte)(packet.Length - start), .. packet[start..]];
        int sum = 0;
        for (int i = 0; i < covered.Length; i += 2)
        {
            sum += (covered[i] << 8) | covered[i + 1];
            sum = (sum & 0xFFFF) + (sum >> 16);
        }

        return (ushort)~sum;
    }

    private static bool TryLower(byte[] packet, int mtu, bool isChecksumPending = false) =>
        InnerPacket.TryParse(packet, out InnerPacket view) && MssClamp.TryLower(packet, view, mtu, isChecksumPending);

    /// <summary>Lowers, checks the checksum against one computed anew, and returns what is offered now.</summary>
    private static int Lowered(byte[] packet, int mtu)
    {
        TryLower(packet, mtu);
        int start = packet[0] >> 4 == 4 ? (packet[0] & 0xF) * 4 : 40;
        byte[] expected = (byte[])packet.Clone();
        WriteChecksum(expected, start);
        Assert.Equal(Convert.ToHexString(expected), Convert.ToHexString(packet));
        int at = start + 20;
        while (packet[at] != 2) at += packet[at] == 1 ? 1 : packet[at + 1];
        return BinaryPrimitives.ReadUInt16BigEndian(packet.AsSpan(at + 2));
    }

    private static void AssertUntouched(byte[] packet)
    {
        byte[] before = (byte[])packet.Clone();
        Assert.False(TryLower(packet, 1_411));
        Assert.Equal(before, packet);
    }
}
