namespace Whalescale.Transport;

/// <summary>Opens the UDP socket that suits this operating system.</summary>
public static class UdpSockets
{
    /// <summary>Opens a socket on the wildcard address.</summary>
    /// <param name="interfaceName">Interface to be bound to, or null for all.</param>
    /// <param name="interfaceIndex">Its number; unused if there is no name.</param>
    /// <param name="port">Port, or 0 for one the system picks.</param>
    /// <param name="portable">Take the portable socket even where there is a better one.</param>
    /// <param name="offload">Whether trains of datagrams may be sent and received in one call.</param>
    /// <exception cref="IOException">The port is taken ("UDP port 51900 is in use."), the interface does not exist, or
    /// the system refused.</exception>
    public static IDatagramSocket Open(
        string? interfaceName, int interfaceIndex, ushort port, bool portable, bool offload = true) =>
        OperatingSystem.IsLinux() && !portable
            ? LinuxUdpSocket.Open(interfaceName, port, offload)
            : PortableUdpSocket.Open(interfaceName, interfaceIndex, port);
}
