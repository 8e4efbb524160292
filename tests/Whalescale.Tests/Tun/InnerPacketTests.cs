using Whalescale.Tun.Routing;

namespace Whalescale.Tests.Tun;

public sealed class InnerPacketTests
{
    private const byte Tcp = 6, Udp = 17, Icmp = 1, NoNextHeader = 59;

    [Fact]
    public void An_IPv4_packet_with_options_gives_up_its_fields()
    {
        byte[] bytes = RawPacket.IPv4("10.77.0.1", "10.77.0.2", Udp, optionBytes: 8);

        Assert.True(InnerPacket.TryParse(bytes, out InnerPacket packet));

        Assert.Equal(4, packet.Version);
        Assert.Equal("10.77.0.1", packet.Source.ToString());
        Assert.Equal("10.77.0.2", packet.Destination.ToString());
        Assert.Equal((28, 36, Udp), (packet.HeaderLength, packet.TotalLength, packet.Protocol));
        Assert.Equal((0xB8, 46), (packet.TrafficClass, packet.Dscp));
        Assert.Equal((true, 0x1234, 0x5678), (packet.HasPorts, packet.SourcePort, packet.DestinationPort));
    }

    [Fact]
    public void An_IPv6_packet_gives_up_its_fields()
    {
        byte[] bytes = RawPacket.IPv6("fd77::1", "fd77::2", Tcp, new byte[] { 0, 80, 1, 2 });

        Assert.True(InnerPacket.TryParse(bytes, out InnerPacket packet));

        Assert.Equal(6, packet.Version);
        Assert.Equal("fd77::1", packet.Source.ToString());
        Assert.Equal("fd77::2", packet.Destination.ToString());
        Assert.Equal((40, 44, Tcp), (packet.HeaderLength, packet.TotalLength, packet.Protocol));
        Assert.Equal((0xB8, 46), (packet.TrafficClass, packet.Dscp));
        Assert.Equal((true, 80, 258), (packet.HasPorts, packet.SourcePort, packet.DestinationPort));
    }

    [Fact]
    public void IPv6_extension_headers_are_passed_over_to_the_transport_header()
    {
        byte[] payload = [60, 0, 1, 4, 0, 0, 0, 0, Udp, 1, .. new byte[14], 0, 53, 1, 0, 0, 8, 0, 0];
        byte[] bytes = RawPacket.IPv6("fd77::1", "fd77::2", nextHeader: 0, payload);

        Assert.True(InnerPacket.TryParse(bytes, out InnerPacket packet));

        Assert.Equal((Udp, 64), (packet.Protocol, packet.HeaderLength));
        Assert.Equal((true, 53, 256), (packet.HasPorts, packet.SourcePort, packet.DestinationPort));
    }

    [Fact]
    public void An_endless_chain_of_extension_headers_ends()
    {
        byte[] payload = new byte[800];
        for (int i = 0; i < payload.Length; i += 8) payload[i] = 60;

        Assert.True(InnerPacket.TryParse(RawPacket.IPv6("fd77::1", "fd77::2", 60, payload), out InnerPacket packet));

        Assert.Equal((60, false), (packet.Protocol, packet.HasPorts));
    }

    [Fact]
    public void All_fragments_of_a_datagram_are_one_flow_without_ports()
    {
        byte[] first = RawPacket.IPv4("10.77.0.1", "10.77.0.2"), second = RawPacket.IPv4("10.77.0.1", "10.77.0.2");
        first[6] = 0x20;
        second[7] = 185;
        second[20] ^= 0xFF;

        Assert.True(InnerPacket.TryParse(first, out InnerPacket one));
        Assert.True(InnerPacket.TryParse(second, out InnerPacket two));

        Assert.False(one.HasPorts);
        Assert.False(two.HasPorts);
        Assert.Equal(one.FlowHash, two.FlowHash);
    }

    [Fact]
    public void An_IPv6_fragment_has_no_ports_but_an_atomic_fragment_has()
    {
        byte[] ports = [0, 53, 1, 0, 0, 8, 0, 0];
        byte[] fragment = RawPacket.IPv6("fd77::1", "fd77::2", 44, [Udp, 0, 0, 1, 0, 0, 0, 9, .. ports]);
        byte[] atomic = RawPacket.IPv6("fd77::1", "fd77::2", 44, [Udp, 0, 0, 0, 0, 0, 0, 9, .. ports]);

        Assert.True(InnerPacket.TryParse(fragment, out InnerPacket one));
        Assert.True(InnerPacket.TryParse(atomic, out InnerPacket two));

        Assert.Equal((false, Udp), (one.HasPorts, one.Protocol));
        Assert.Equal((true, Udp), (two.HasPorts, two.Protocol));
    }

    [Theory]
    [InlineData(Icmp)]
    [InlineData(NoNextHeader)]
    public void A_protocol_without_ports_has_none(byte protocol)
    {
        Assert.True(InnerPacket.TryParse(RawPacket.IPv4("10.77.0.1", "10.77.0.2", protocol), out InnerPacket four));
        Assert.True(InnerPacket.TryParse(RawPacket.IPv6("fd77::1", "fd77::2", protocol), out InnerPacket six));

        Assert.Equal((false, 0, 0), (four.HasPorts, four.SourcePort, four.DestinationPort));
        Assert.Equal((false, 0, 0), (six.HasPorts, six.SourcePort, six.DestinationPort));
    }

    [Fact]
    public void Bytes_after_the_packet_are_not_part_of_it()
    {
        byte[] four = [.. RawPacket.IPv4("10.77.0.1", "10.77.0.2"), 1, 2, 3];
        byte[] six = [.. RawPacket.IPv6("fd77::1", "fd77::2"), 1, 2, 3];

        Assert.True(InnerPacket.TryParse(four, out InnerPacket packet4));
        Assert.True(InnerPacket.TryParse(six, out InnerPacket packet6));

        Assert.Equal((28, 48), (packet4.TotalLength, packet6.TotalLength));
    }

    [Fact]
    public void Every_truncation_is_refused()
    {
        byte[] four = RawPacket.IPv4("10.77.0.1", "10.77.0.2", optionBytes: 4);
        byte[] six = RawPacket.IPv6("fd77::1", "fd77::2");

        for (int length = 0; length < four.Length; length++)
            Assert.False(InnerPacket.TryParse(four.AsSpan(0, length), out _), $"IPv4 cut to {length}");
        for (int length = 0; length < six.Length; length++)
            Assert.False(InnerPacket.TryParse(six.AsSpan(0, length), out _), $"IPv6 cut to {length}");
    }

    [Theory]
    [InlineData(0, 0x55)]
    [InlineData(0, 0x05)]
    [InlineData(0, 0x44)]
    [InlineData(3, 19)]
    [InlineData(3, 29)]
    public void Wrong_versions_and_contradicting_lengths_are_refused(int position, byte value)
    {
        byte[] bytes = RawPacket.IPv4("10.77.0.1", "10.77.0.2");
        bytes[position] = value;

        Assert.False(InnerPacket.TryParse(bytes, out _));
    }

    [Fact]
    public void The_flow_hash_follows_addresses_protocol_and_ports_and_nothing_else()
    {
        byte[] bytes = RawPacket.IPv4("10.77.0.1", "10.77.0.2");
        Assert.True(InnerPacket.TryParse(bytes, out InnerPacket original));

        foreach (int position in new[] { 9, 12, 15, 16, 19, 20, 21, 22, 23 })
        {
            byte[] changed = [.. bytes];
            changed[position] ^= position == 9 ? (byte)(17 ^ 6) : (byte)1;
            Assert.True(InnerPacket.TryParse(changed, out InnerPacket other));
            Assert.NotEqual(original.FlowHash, other.FlowHash);
        }

        foreach (int position in new[] { 1, 4, 8, 10, 26 })
        {
            byte[] changed = [.. bytes];
            changed[position] ^= 1;
            Assert.True(InnerPacket.TryParse(changed, out InnerPacket other));
            Assert.Equal(original.FlowHash, other.FlowHash);
        }
    }

    [Fact]
    public void Flows_that_differ_in_one_port_spread_over_the_hash()
    {
        int[] buckets = new int[16];
        for (int port = 0; port < 16_000; port++)
        {
            byte[] bytes = RawPacket.IPv4(
                "10.77.0.1", "10.77.0.2", Tcp, [(byte)(port >> 8), (byte)port, 0, 80]);
            Assert.True(InnerPacket.TryParse(bytes, out InnerPacket packet));
            buckets[packet.FlowHash & 15]++;
        }

        Assert.All(buckets, count => Assert.InRange(count, 850, 1150));
    }

    [Fact]
    public void Any_bytes_are_answered_and_what_is_accepted_is_within_the_bytes()
    {
        var random = new Random(11);
        byte[] buffer = new byte[200];
        int accepted = 0;

        for (int i = 0; i < 300_000; i++)
        {
            Span<byte> bytes = buffer.AsSpan(0, random.Next(buffer.Length + 1));
            random.NextBytes(bytes);
            // Half of the cases get a believable beginning, so that the deeper code is reached.
            if (i % 2 == 0 && bytes.Length > 8)
            {
                bool six = random.Next(2) == 0;
                bytes[0] = (byte)(six ? 0x60 : 0x40 | random.Next(16));
                if (six) (bytes[4], bytes[5], bytes[6]) = (0, (byte)random.Next(160), (byte)(random.Next(2) * 44));
                else (bytes[2], bytes[3]) = (0, (byte)random.Next(200));
            }

            if (!InnerPacket.TryParse(bytes, out InnerPacket packet)) continue;
            accepted++;
            if (packet.TotalLength > bytes.Length || packet.HeaderLength > packet.TotalLength)
                Assert.Fail(Convert.ToHexString(bytes));
        }

        Assert.InRange(accepted, 10_000, 200_000);
    }
}
