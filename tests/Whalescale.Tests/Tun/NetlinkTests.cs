using System.Runtime.InteropServices;
using System.Text;
using Whalescale.Tun.Interop;

namespace Whalescale.Tests.Tun;

public sealed class NetlinkTests
{
    [Fact]
    public void A_message_is_laid_out_as_RFC_3549_draws_it()
    {
        byte[] buffer = new byte[128];
        buffer.AsSpan().Fill(0xCC);
        var writer = new NetlinkWriter(buffer, type: 24, flags: 0x605, sequence: 7);
        var route = new RouteMessage { Family = 2, DestinationLength = 16, Table = 254, Protocol = 4, Type = 1 };
        writer.Add(route with { Scope = 253 });
        writer.AddAttribute(1, Ip("10.88.0.0"));
        writer.AddAttribute(4, 9u);

        Assert.Equal(
            "2C00000018000506070000000000000002100000FE04FD0100000000080001000A5800000800040009000000",
            Convert.ToHexString(writer.Finish()));
    }

    [Fact]
    public void Short_values_are_padded_with_zeros_that_their_length_leaves_out()
    {
        byte[] buffer = new byte[128];
        buffer.AsSpan().Fill(0xCC);
        var writer = new NetlinkWriter(buffer, 16, 5, 1);
        writer.Add(new LinkMessage { Index = 3 });
        int outer = writer.BeginAttribute(26 | 0x8000);
        int inner = writer.BeginAttribute(10 | 0x8000);
        writer.AddAttribute(8, (byte)1);
        writer.EndAttribute(inner);
        writer.EndAttribute(outer);
        writer.AddAttribute(3, "ab");

        Assert.Equal(
            "38000000100005000100000000000000" + "00000000030000000000000000000000"
            + "10001A800C000A800500080001000000" + "0700030061620000",
            Convert.ToHexString(writer.Finish()));
    }

    [Fact]
    public void A_listed_interface_is_read()
    {
        byte[] buffer = new byte[128];
        var writer = new NetlinkWriter(buffer, 16, 2, 1);
        writer.Add(new LinkMessage { Index = 3, Flags = 0x1043 });
        writer.AddAttribute(3, "whale0");
        writer.AddAttribute(4, 1420u);
        int families = writer.BeginAttribute(26 | 0x8000);
        writer.AddAttribute(2, [1, 2, 3]);
        int six = writer.BeginAttribute(10 | 0x8000);
        writer.AddAttribute(1, 5u);
        writer.AddAttribute(8, (byte)1);
        writer.EndAttribute(six);
        writer.EndAttribute(families);

        NetlinkReader message = First(writer.Finish());

        Assert.True(RouteSocket.TryReadLink(message, out LinkEntry link));
        Assert.Equal(new LinkEntry(3, "whale0", 0x1043, 1420, 1), link);
    }

    [Fact]
    public void The_connected_network_of_a_point_to_point_link_is_that_of_the_far_end()
    {
        byte[] buffer = new byte[128];
        var writer = new NetlinkWriter(buffer, 20, 2, 1);
        writer.Add(new AddressMessage { Family = 2, PrefixLength = 24, Index = 4 });
        writer.AddAttribute(1, Ip("192.168.9.1"));
        writer.AddAttribute(2, Ip("10.0.0.1"));

        Assert.True(RouteSocket.TryReadAddress(First(writer.Finish()), out AddressEntry entry));

        Assert.Equal(new AddressEntry(4, Prefix("10.0.0.1/24"), Prefix("192.168.9.0/24")), entry);
    }

    [Fact]
    public void A_route_without_a_destination_is_the_default_route_of_its_family()
    {
        foreach ((byte family, string expected) in new[] { ((byte)2, "0.0.0.0/0"), ((byte)10, "::/0") })
        {
            byte[] buffer = new byte[128];
            var writer = new NetlinkWriter(buffer, 24, 2, 1);
            writer.Add(new RouteMessage { Family = family, Table = 254, Protocol = 16, Type = 1 });
            writer.AddAttribute(4, 2u);

            Assert.True(RouteSocket.TryReadRoute(First(writer.Finish()), out RouteEntry entry));
            Assert.Equal((expected, 2), (entry.Destination.ToString(), entry.Index));
        }
    }

    [Fact]
    public void Routes_of_other_tables_and_kinds_are_passed_over()
    {
        foreach ((byte table, byte type, uint flags) in new[]
        {
            ((byte)255, (byte)1, 0u), ((byte)254, (byte)2, 0u), ((byte)254, (byte)1, 0x200u),
        })
        {
            byte[] buffer = new byte[128];
            var writer = new NetlinkWriter(buffer, 24, 2, 1);
            writer.Add(new RouteMessage { Family = 2, Table = table, Type = type, Flags = flags });

            Assert.False(RouteSocket.TryReadRoute(First(writer.Finish()), out _));
        }
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void An_error_brings_the_kernels_own_words(bool capped)
    {
        const string Text = "Nexthop has invalid gateway";
        byte[] request = new byte[28];
        MemoryMarshal.Write(request, (uint)request.Length);
        byte[] text = [.. Encoding.UTF8.GetBytes(Text), 0];
        byte[] buffer = new byte[256];
        var writer = new NetlinkWriter(buffer, 2, (ushort)(0x200 | (capped ? 0x100 : 0)), 1);
        writer.Add(-22);
        for (int i = 0; i < (capped ? 16 : 28); i += 4) writer.Add(MemoryMarshal.Read<int>(request.AsSpan(i)));
        writer.AddAttribute(1, text);

        Assert.Equal(22, First(writer.Finish()).ReadError(out string words));

        Assert.Equal(Text, words);
    }

    [Fact]
    public void An_acknowledgement_is_no_error()
    {
        byte[] buffer = new byte[64];
        var writer = new NetlinkWriter(buffer, 2, 0x100, 1);
        writer.Add(0);

        Assert.Equal(0, First(writer.Finish()).ReadError(out string words));
        Assert.Equal("", words);
    }

    [Fact]
    public void Any_bytes_end_the_walk_sooner_or_later_and_break_nothing()
    {
        var random = new Random(3);
        byte[] buffer = new byte[160];
        int messages = 0, attributes = 0;
        for (int i = 0; i < 200_000; i++)
        {
            random.NextBytes(buffer);
            // Believable lengths, types and attribute lengths, so that the deeper code is reached.
            MemoryMarshal.Write(buffer, (uint)random.Next(180));
            MemoryMarshal.Write(buffer.AsSpan(4), (ushort)new[] { 2, 3, 16, 20, 24 }[random.Next(5)]);
            for (int at = 24; at < 100; at += 4)
                if (random.Next(3) == 0) MemoryMarshal.Write(buffer.AsSpan(at), (ushort)random.Next(24));

            var message = new NetlinkReader(buffer.AsSpan(0, random.Next(buffer.Length + 1)));
            while (message.MoveNext())
            {
                messages++;
                attributes += RouteSocket.TryReadLink(message, out _) ? 1 : 0;
                attributes += RouteSocket.TryReadAddress(message, out _) ? 1 : 0;
                attributes += RouteSocket.TryReadRoute(message, out _) ? 1 : 0;
                Assert.True(message.ReadError(out _) >= 0);
            }
        }

        Assert.True(messages > 50_000, $"{messages} messages");
        Assert.True(attributes > 50_000, $"{attributes} read");
    }

    private static NetlinkReader First(ReadOnlySpan<byte> bytes)
    {
        var reader = new NetlinkReader(bytes);
        Assert.True(reader.MoveNext());
        return reader;
    }

    private static IpPrefix Prefix(string text) =>
        IpPrefix.TryParse(text, out IpPrefix prefix) ? prefix : throw new ArgumentException(text);

    private static IpAddress Ip(string text) =>
        IpAddress.TryParse(text, out IpAddress address) ? address : throw new ArgumentException(text);
}
