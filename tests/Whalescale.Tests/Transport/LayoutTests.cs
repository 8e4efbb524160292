using System.Runtime.InteropServices;
using Whalescale.Transport.Interop;

namespace Whalescale.Tests.Transport;

/// <summary>Structures of the socket calls against sizeof and offsetof as printed by a C program, compiled with gcc on
/// x86-64 Linux. arm64 was not measured: it shares the data model (LP64) and the natural alignment.</summary>
public sealed class LayoutTests
{
    [Fact]
    public void Sizes_are_those_of_the_C_headers()
    {
        Assert.Equal(16, Marshal.SizeOf<IoVector>());
        Assert.Equal(56, Marshal.SizeOf<MessageHeader>());
        Assert.Equal(64, Marshal.SizeOf<MultiMessageHeader>());
        Assert.Equal(16, Marshal.SizeOf<ControlHeader>());
        Assert.Equal(16, Marshal.SizeOf<SocketAddress4>());
        Assert.Equal(28, Marshal.SizeOf<SocketAddress6>());
        Assert.Equal(12, Marshal.SizeOf<PacketInfo4>());
        Assert.Equal(20, Marshal.SizeOf<PacketInfo6>());
        Assert.Equal(8, Marshal.SizeOf<PollEntry>());
        Assert.Equal(16, Marshal.SizeOf<TimeSpecification>());
    }

    [Theory]
    [InlineData(typeof(IoVector), nameof(IoVector.Length), 8)]
    [InlineData(typeof(MessageHeader), nameof(MessageHeader.NameLength), 8)]
    [InlineData(typeof(MessageHeader), nameof(MessageHeader.Vectors), 16)]
    [InlineData(typeof(MessageHeader), nameof(MessageHeader.VectorCount), 24)]
    [InlineData(typeof(MessageHeader), nameof(MessageHeader.Control), 32)]
    [InlineData(typeof(MessageHeader), nameof(MessageHeader.ControlLength), 40)]
    [InlineData(typeof(MessageHeader), nameof(MessageHeader.Flags), 48)]
    [InlineData(typeof(MultiMessageHeader), nameof(MultiMessageHeader.Length), 56)]
    [InlineData(typeof(ControlHeader), nameof(ControlHeader.Level), 8)]
    [InlineData(typeof(ControlHeader), nameof(ControlHeader.Type), 12)]
    [InlineData(typeof(SocketAddress4), nameof(SocketAddress4.Port), 2)]
    [InlineData(typeof(SocketAddress4), nameof(SocketAddress4.Address), 4)]
    [InlineData(typeof(SocketAddress6), nameof(SocketAddress6.Port), 2)]
    [InlineData(typeof(SocketAddress6), nameof(SocketAddress6.Address), 8)]
    [InlineData(typeof(SocketAddress6), nameof(SocketAddress6.ScopeId), 24)]
    [InlineData(typeof(PacketInfo4), nameof(PacketInfo4.SpecificDestination), 4)]
    [InlineData(typeof(PacketInfo4), nameof(PacketInfo4.Address), 8)]
    [InlineData(typeof(PacketInfo6), nameof(PacketInfo6.InterfaceIndex), 16)]
    [InlineData(typeof(PollEntry), nameof(PollEntry.Events), 4)]
    [InlineData(typeof(PollEntry), nameof(PollEntry.Returned), 6)]
    public void Fields_lie_where_the_C_headers_put_them(Type type, string field, int offset) =>
        Assert.Equal(offset, (int)Marshal.OffsetOf(type, field));
}
