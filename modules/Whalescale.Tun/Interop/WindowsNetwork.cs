using System.Buffers.Binary;
using System.ComponentModel;
using System.Runtime.InteropServices;

namespace Whalescale.Tun.Interop;

/// <summary>Addresses, routes and MTU of an interface of Windows, by iphlpapi.dll (netioapi.h).</summary>
/// <remarks>Rows are given by LUID, which outlives a renaming. Layouts are those of 64-bit Windows. Compiled, not yet
/// run.
/// </remarks>
internal static unsafe partial class WindowsNetwork
{
    internal const int AlreadyExists = 5010; // ERROR_OBJECT_ALREADY_EXISTS
    private const ushort FamilyIPv4 = 2, FamilyIPv6 = 23; // AF_…
    private const int DuplicateStatePreferred = 4; // IpDadStatePreferred
    private const int ProtocolNetworkManagement = 3; // MIB_IPPROTO_NETMGMT

    /// <summary>Adds an address without a route to its network.</summary>
    internal static int AddAddress(ulong luid, IpPrefix address)
    {
        UnicastAddressRow row = default;
        InitializeAddress(ref row);
        Fill(ref row, luid, address);
        return CreateAddress(row);
    }

    /// <summary>Removes an address.</summary>
    internal static int RemoveAddress(ulong luid, IpPrefix address)
    {
        UnicastAddressRow row = default;
        InitializeAddress(ref row);
        Fill(ref row, luid, address);
        return DeleteAddress(row);
    }

    /// <summary>Routes a network into an interface, on link.</summary>
    internal static int AddRoute(ulong luid, IpPrefix route)
    {
        ForwardRow row = default;
        InitializeRoute(ref row);
        Fill(ref row, luid, route);
        return CreateRoute(row);
    }

    /// <summary>Removes a route.</summary>
    internal static int RemoveRoute(ulong luid, IpPrefix route)
    {
        ForwardRow row = default;
        InitializeRoute(ref row);
        Fill(ref row, luid, route);
        return DeleteRoute(row);
    }

    /// <summary>Sets the MTU of one family, and keeps Windows from looking for routers and duplicates there.</summary>
    internal static int SetInterface(ulong luid, bool isIPv4, int mtu)
    {
        InterfaceRow row = default;
        InitializeInterface(ref row);
        row.Family = isIPv4 ? FamilyIPv4 : FamilyIPv6;
        row.Luid = luid;
        int error = GetInterface(ref row);
        if (error != 0) return error;
        row.Mtu = (uint)mtu;
        row.DuplicateDetections = 0;
        row.RouterDiscovery = 0;
        // GetIpInterfaceEntry fills a field that SetIpInterfaceEntry refuses for IPv4.
        row.SitePrefixLength = 0;
        return SetInterface(ref row);
    }

    /// <summary>An error in the system's words.</summary>
    internal static string Words(int error) => new Win32Exception(error).Message;

    private static void Fill(ref UnicastAddressRow row, ulong luid, IpPrefix address)
    {
        row.Luid = luid;
        row.Address = SocketAddress(address.Address);
        row.OnLinkPrefixLength = (byte)address.Address.BitLength;
        row.DuplicateState = DuplicateStatePreferred;
    }

    private static void Fill(ref ForwardRow row, ulong luid, IpPrefix route)
    {
        row.Luid = luid;
        row.Destination = SocketAddress(route.Address);
        row.DestinationLength = route.Length;
        row.NextHop = SocketAddress(route.Address.IsIPv4 ? IpAddress.FromIPv4(0) : default);
        row.Metric = 0;
        row.Protocol = ProtocolNetworkManagement;
    }

    private static SocketAddressInet SocketAddress(IpAddress address)
    {
        SocketAddressInet result = default;
        result.Family = address.IsIPv4 ? FamilyIPv4 : FamilyIPv6;
        if (address.IsIPv4)
        {
            // The IPv4 address stands where IPv6 has its flow label.
            result.FlowOrAddress4 = BinaryPrimitives.ReverseEndianness(address.IPv4Bits);
            return result;
        }

        address.WriteTo16(new Span<byte>(result.Address6, 16));
        return result;
    }

    [LibraryImport("iphlpapi", EntryPoint = "InitializeUnicastIpAddressEntry")]
    private static partial void InitializeAddress(ref UnicastAddressRow row);

    [LibraryImport("iphlpapi", EntryPoint = "CreateUnicastIpAddressEntry")]
    private static partial int CreateAddress(in UnicastAddressRow row);

    [LibraryImport("iphlpapi", EntryPoint = "DeleteUnicastIpAddressEntry")]
    private static partial int DeleteAddress(in UnicastAddressRow row);

    [LibraryImport("iphlpapi", EntryPoint = "InitializeIpForwardEntry")]
    private static partial void InitializeRoute(ref ForwardRow row);

    [LibraryImport("iphlpapi", EntryPoint = "CreateIpForwardEntry2")]
    private static partial int CreateRoute(in ForwardRow row);

    [LibraryImport("iphlpapi", EntryPoint = "DeleteIpForwardEntry2")]
    private static partial int DeleteRoute(in ForwardRow row);

    [LibraryImport("iphlpapi", EntryPoint = "InitializeIpInterfaceEntry")]
    private static partial void InitializeInterface(ref InterfaceRow row);

    [LibraryImport("iphlpapi", EntryPoint = "GetIpInterfaceEntry")]
    private static partial int GetInterface(ref InterfaceRow row);

    [LibraryImport("iphlpapi", EntryPoint = "SetIpInterfaceEntry")]
    private static partial int SetInterface(ref InterfaceRow row);

    /// <summary>SOCKADDR_INET.</summary>
    [StructLayout(LayoutKind.Explicit, Size = 28)]
    internal struct SocketAddressInet
    {
        [FieldOffset(0)] public ushort Family;
        [FieldOffset(4)] public uint FlowOrAddress4;
        [FieldOffset(8)] public fixed byte Address6[16];
    }

    /// <summary>MIB_UNICASTIPADDRESS_ROW; fields that we leave as initialized are not named.</summary>
    [StructLayout(LayoutKind.Explicit, Size = 80)]
    internal struct UnicastAddressRow
    {
        [FieldOffset(0)] public SocketAddressInet Address;
        [FieldOffset(32)] public ulong Luid;
        [FieldOffset(60)] public byte OnLinkPrefixLength;
        [FieldOffset(64)] public int DuplicateState;
    }

    /// <summary>MIB_IPFORWARD_ROW2; fields that we leave as initialized are not named.</summary>
    [StructLayout(LayoutKind.Explicit, Size = 104)]
    internal struct ForwardRow
    {
        [FieldOffset(0)] public ulong Luid;
        [FieldOffset(12)] public SocketAddressInet Destination;
        [FieldOffset(40)] public byte DestinationLength;
        [FieldOffset(44)] public SocketAddressInet NextHop;
        [FieldOffset(84)] public uint Metric;
        [FieldOffset(88)] public int Protocol;
    }

    /// <summary>MIB_IPINTERFACE_ROW; fields that we leave as read are not named.</summary>
    [StructLayout(LayoutKind.Explicit, Size = 168)]
    internal struct InterfaceRow
    {
        [FieldOffset(0)] public ushort Family;
        [FieldOffset(8)] public ulong Luid;
        [FieldOffset(52)] public int RouterDiscovery;
        [FieldOffset(56)] public uint DuplicateDetections;
        [FieldOffset(144)] public uint SitePrefixLength;
        [FieldOffset(152)] public uint Mtu;
    }
}
