using System.Runtime.InteropServices;
using Whalescale.Tun.Interop;

namespace Whalescale.Tests.Tun;

/// <summary>Structures of the TUN and netlink calls against sizeof and offsetof as printed by a C program, compiled
/// with
/// gcc on x86-64 Linux. arm64 was not measured: it shares the data model (LP64) and the natural alignment.</summary>
public sealed class TunLayoutTests
{
    [Fact]
    public void Sizes_are_those_of_the_C_headers()
    {
        Assert.Equal(16, Marshal.SizeOf<IoVector>());
        Assert.Equal(16, Marshal.SizeOf<LinkMessage>());
        Assert.Equal(8, Marshal.SizeOf<AddressMessage>());
        Assert.Equal(12, Marshal.SizeOf<RouteMessage>());
        Assert.Equal(10, VirtioHeader.Size);
        Assert.Equal((16, 4), (NetlinkReader.HeaderSize, NetlinkReader.AttributeHeaderSize));
        Assert.Equal((40, 16), (LibC.InterfaceRequestSize, LibC.InterfaceFlagsOffset));
        Assert.Equal(0x5001, LibC.TunNoInfoVirtioHeader);
    }

    [Theory]
    [InlineData(typeof(LinkMessage), nameof(LinkMessage.Index), 4)]
    [InlineData(typeof(LinkMessage), nameof(LinkMessage.Flags), 8)]
    [InlineData(typeof(LinkMessage), nameof(LinkMessage.Change), 12)]
    [InlineData(typeof(AddressMessage), nameof(AddressMessage.Index), 4)]
    [InlineData(typeof(RouteMessage), nameof(RouteMessage.Table), 4)]
    [InlineData(typeof(RouteMessage), nameof(RouteMessage.Protocol), 5)]
    [InlineData(typeof(RouteMessage), nameof(RouteMessage.Scope), 6)]
    [InlineData(typeof(RouteMessage), nameof(RouteMessage.Type), 7)]
    public void Fields_lie_where_the_C_headers_put_them(Type type, string field, int offset) =>
        Assert.Equal(offset, (int)Marshal.OffsetOf(type, field));
}
