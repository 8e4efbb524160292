using System.Runtime.InteropServices;
using System.Text;

namespace Whalescale.Tun.Interop;

/// <summary>Requests about interfaces and routes as macOS lays them out: struct ifreq, ifaliasreq, in6_aliasreq
/// (netinet6/in6_var.h) and rt_msghdr (net/route.h). Bytes only; checked by tests, not yet given to a kernel.</summary>
internal static class DarwinMessages
{
    private const int NameSize = 16, Address4 = 16, Address6 = 28, RouteHeader = 92, LinkAddress = 20;
    private const int NoDuplicateDetection = 0x20; // IN6_IFF_NODAD
    private const byte RouteVersion = 5, RouteAdd = 1, RouteDelete = 2; // RTM_…
    private const int FlagUp = 1, FlagStatic = 0x800; // RTF_…
    private const int HasDestination = 1, HasGateway = 2, HasNetmask = 4; // RTA_…
    private const uint Forever = uint.MaxValue; // ND6_INFINITE_LIFETIME

    /// <summary>struct ifreq with a number at its start: SIOCSIFMTU, SIOCGIFFLAGS, SIOCSIFFLAGS.</summary>
    internal static byte[] Interface(string name, int value)
    {
        byte[] request = Named(name, 32);
        MemoryMarshal.Write(request.AsSpan(NameSize), value);
        return request;
    }

    /// <summary>struct ifaliasreq or in6_aliasreq: SIOCAIFADDR, SIOCAIFADDR_IN6. The address is its own far end, with
    /// the netmask of a single host, so that no route comes with it.</summary>
    internal static byte[] AddAddress(string name, IpAddress address)
    {
        if (address.IsIPv4)
        {
            byte[] request4 = Named(name, NameSize + (3 * Address4));
            WriteAddress(request4.AsSpan(NameSize), address);
            WriteAddress(request4.AsSpan(NameSize + Address4), address);
            WriteAddress(request4.AsSpan(NameSize + (2 * Address4)), IpAddress.FromIPv4(uint.MaxValue));
            return request4;
        }

        byte[] request6 = Named(name, 128);
        WriteAddress(request6.AsSpan(NameSize), address);
        WriteAddress(request6.AsSpan(NameSize + (2 * Address6)), new IpAddress(ulong.MaxValue, ulong.MaxValue));
        MemoryMarshal.Write(request6.AsSpan(100), NoDuplicateDetection);
        MemoryMarshal.Write(request6.AsSpan(120), Forever);
        MemoryMarshal.Write(request6.AsSpan(124), Forever);
        return request6;
    }

    /// <summary>struct ifreq or in6_ifreq with the address: SIOCDIFADDR, SIOCDIFADDR_IN6.</summary>
    internal static byte[] RemoveAddress(string name, IpAddress address)
    {
        byte[] request = Named(name, address.IsIPv4 ? 32 : 288);
        WriteAddress(request.AsSpan(NameSize), address);
        return request;
    }

    /// <summary>RTM_ADD or RTM_DELETE of a route into an interface: header, destination, interface, netmask.</summary>
    internal static byte[] Route(bool add, int interfaceIndex, IpPrefix route, int sequence)
    {
        int size = route.Address.IsIPv4 ? Address4 : Address6;
        byte[] message = new byte[RouteHeader + size + LinkAddress + size];
        MemoryMarshal.Write(message, (ushort)message.Length);
        message[2] = RouteVersion;
        message[3] = add ? RouteAdd : RouteDelete;
        MemoryMarshal.Write(message.AsSpan(4), (ushort)interfaceIndex);
        MemoryMarshal.Write(message.AsSpan(8), FlagUp | FlagStatic);
        MemoryMarshal.Write(message.AsSpan(12), HasDestination | HasGateway | HasNetmask);
        MemoryMarshal.Write(message.AsSpan(20), sequence);

        WriteAddress(message.AsSpan(RouteHeader), route.Address);
        Span<byte> link = message.AsSpan(RouteHeader + size);
        link[0] = LinkAddress;
        link[1] = Darwin.FamilyLink;
        MemoryMarshal.Write(link[2..], (ushort)interfaceIndex);
        WriteAddress(message.AsSpan(RouteHeader + size + LinkAddress), Mask(route));
        return message;
    }

    private static byte[] Named(string name, int size)
    {
        byte[] request = new byte[size];
        Encoding.UTF8.GetBytes(name, request.AsSpan(0, NameSize - 1));
        return request;
    }

    /// <summary>sockaddr_in or sockaddr_in6, which begin with their length here.</summary>
    private static void WriteAddress(Span<byte> destination, IpAddress address)
    {
        Span<byte> bytes = stackalloc byte[16];
        address.WriteTo16(bytes);
        destination[0] = (byte)(address.IsIPv4 ? Address4 : Address6);
        destination[1] = address.IsIPv4 ? Darwin.FamilyIPv4 : Darwin.FamilyIPv6;
        if (address.IsIPv4) bytes[12..].CopyTo(destination[4..]);
        else bytes.CopyTo(destination[8..]);
    }

    private static IpAddress Mask(IpPrefix route)
    {
        if (route.Address.IsIPv4)
            return IpAddress.FromIPv4(route.Length == 0 ? 0 : uint.MaxValue << (32 - route.Length));
        UInt128 mask = route.Length == 0 ? 0 : UInt128.MaxValue << (128 - route.Length);
        return new IpAddress((ulong)(mask >> 64), (ulong)mask);
    }
}
