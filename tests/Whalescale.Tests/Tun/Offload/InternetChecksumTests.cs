using System.Net;
using Whalescale.Tests.Support;
using Whalescale.Tun.Offload;

namespace Whalescale.Tests.Tun.Offload;

public sealed class InternetChecksumTests
{
    [Fact]
    public void The_example_of_RFC_1071_section_3_comes_out()
    {
        byte[] bytes = [0x00, 0x01, 0xF2, 0x03, 0xF4, 0xF5, 0xF6, 0xF7];

        Assert.Equal(0xDDF2, InternetChecksum.Fold(InternetChecksum.Sum(bytes)));
    }

    [Fact]
    public void A_published_IPv4_header_has_the_checksum_that_was_published_with_it()
    {
        // The header that Wikipedia, "Internet checksum", works through.
        byte[] header = Convert.FromHexString("45000073000040004011" + "0000" + "c0a80001c0a800c7");

        Assert.Equal(0xB861, (ushort)~InternetChecksum.Fold(InternetChecksum.Sum(header)));
        (header[10], header[11]) = (0xB8, 0x61);
        Assert.Equal(InternetChecksum.Right, InternetChecksum.Fold(InternetChecksum.Sum(header)));
    }

    [Fact]
    public void An_IPv4_header_sums_as_any_bytes_do()
    {
        RandomSource random = TestRandom.Of("checksum header");
        byte[] header = new byte[20];
        for (int i = 0; i < 1_000; i++)
        {
            random.Fill(header);
            if (i % 3 == 0) header.AsSpan(i % 20).Fill(0xFF);
            Assert.Equal(
                NaiveKernel.Fold(NaiveKernel.Sum(header)), InternetChecksum.Fold(InternetChecksum.Header4(header)));
        }
    }

    [Fact]
    public void Every_length_up_to_2100_at_every_alignment_sums_as_word_by_word()
    {
        RandomSource random = TestRandom.Of("checksum lengths");
        byte[] bytes = new byte[2100 + 64];
        random.Fill(bytes);
        for (int length = 0; length <= 2100; length++)
        {
            ReadOnlySpan<byte> range = bytes.AsSpan(length % 64, length);
            Assert.Equal(NaiveKernel.Fold(NaiveKernel.Sum(range)), InternetChecksum.Fold(InternetChecksum.Sum(range)));
        }
    }

    [Fact]
    public void Bytes_of_all_ones_carry_into_every_lane_and_out_again()
    {
        byte[] bytes = new byte[65_535];
        bytes.AsSpan().Fill(0xFF);
        for (int length = 1; length <= bytes.Length; length += length < 300 ? 1 : 4_097)
        {
            Assert.Equal(
                NaiveKernel.Fold(NaiveKernel.Sum(bytes.AsSpan(0, length))),
                InternetChecksum.Fold(InternetChecksum.Sum(bytes.AsSpan(0, length))));
        }
    }

    [Fact]
    public void A_sum_goes_on_from_any_sum_before_it()
    {
        RandomSource random = TestRandom.Of("checksum continuation");
        byte[] bytes = new byte[600];
        random.Fill(bytes);
        for (int cut = 0; cut <= bytes.Length; cut += 2)
        {
            uint first = InternetChecksum.Sum(bytes.AsSpan(0, cut));
            Assert.Equal(
                InternetChecksum.Fold(InternetChecksum.Sum(bytes)),
                InternetChecksum.Fold(InternetChecksum.Sum(bytes.AsSpan(cut), first)));
        }

        Assert.Equal(1, InternetChecksum.Fold(InternetChecksum.Sum([0, 1], uint.MaxValue)));
    }

    [Theory]
    [InlineData("10.77.0.1", "10.77.255.254", 6, 20)]
    [InlineData("255.255.255.255", "255.255.255.255", 17, 65_535)]
    [InlineData("fd77::1", "fd77::ffff:ffff", 17, 8)]
    [InlineData("ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "::1", 6, 65_535)]
    public void A_pseudo_header_sums_as_if_it_were_written_out(
        string source, string destination, byte protocol, int length)
    {
        byte[] addresses =
            [.. IPAddress.Parse(source).GetAddressBytes(), .. IPAddress.Parse(destination).GetAddressBytes()];
        byte[] written = addresses.Length == 8
            ? [.. addresses, 0, protocol, (byte)(length >> 8), (byte)length]
            : [.. addresses, 0, 0, (byte)(length >> 8), (byte)length, 0, 0, 0, protocol];

        Assert.Equal(
            NaiveKernel.Fold(NaiveKernel.Sum(written)),
            InternetChecksum.Fold(InternetChecksum.PseudoHeader(addresses, protocol, length)));
    }
}
