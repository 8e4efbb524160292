using System.Net.Sockets;
using Whalescale.Transport;

namespace Whalescale.Tests.Transport;

public sealed class PortableUdpSocketTests : DatagramSocketBehaviour
{
    [Theory]
    [InlineData(SocketError.NetworkUnreachable, DatagramError.Unreachable)]
    [InlineData(SocketError.HostUnreachable, DatagramError.Unreachable)]
    [InlineData(SocketError.NetworkDown, DatagramError.Unreachable)]
    [InlineData(SocketError.MessageSize, DatagramError.TooBig)]
    [InlineData(SocketError.AddressNotAvailable, DatagramError.NoSuchLocalAddress)]
    [InlineData(SocketError.AccessDenied, DatagramError.Refused)]
    [InlineData(SocketError.ConnectionReset, DatagramError.Refused)]
    [InlineData(SocketError.NoBufferSpaceAvailable, DatagramError.Other)]
    public void Errors_have_a_meaning_for_the_path(SocketError error, DatagramError expected) =>
        Assert.Equal(expected, PortableUdpSocket.Classify(error));

    protected override IDatagramSocket Open(string? interfaceName, ushort port) =>
        UdpSockets.Open(interfaceName, 0, port, portable: true);
}
