using System.Runtime.InteropServices;
using static Whalescale.Tun.Interop.NetlinkReader;

namespace Whalescale.Tun.Interop;

/// <summary>An interface as the kernel lists it.</summary>
internal readonly record struct LinkEntry(int Index, string Name, uint Flags, int Mtu, int AddressMode);

/// <summary>An address as the kernel lists it; <c>Network</c> is the network it connects to.</summary>
internal readonly record struct AddressEntry(int Index, IpPrefix Address, IpPrefix Network);

/// <summary>A unicast route of the main table as the kernel lists it.</summary>
internal readonly record struct RouteEntry(int Index, IpPrefix Destination, byte Protocol, byte Scope, uint Priority);

/// <summary>A conversation with the kernel about interfaces, addresses and routes; see rtnetlink(7).</summary>
/// <remarks>It speaks of the network namespace of the thread that opened it, whoever uses it later. Every request is
/// acknowledged before the next is made. Not thread-safe.</remarks>
internal sealed class RouteSocket : IDisposable
{
    internal const byte ProtocolStatic = 4, ScopeUniverse = 0, ScopeLink = 253; // RTPROT_STATIC, RT_SCOPE_…
    internal const uint FlagUp = 1; // IFF_UP
    internal const int AddressModeNone = 1; // IN6_ADDR_GEN_MODE_NONE
    private const byte FamilyAny = 0, FamilyIPv4 = 2, FamilyIPv6 = 10; // AF_…
    private const ushort NewLink = 16, GetLink = 18, NewAddress = 20, DeleteAddress = 21, GetAddress = 22; // RTM_…
    private const ushort NewRoute = 24, DeleteRoute = 25, GetRoute = 26; // RTM_…
    private const ushort Request = 1, Acknowledge = 4, Dump = 0x300, Interrupted = 0x10; // NLM_F_…
    private const ushort Create = 0x400, Exclusive = 0x200; // NLM_F_…
    private const ushort LinkName = 3, LinkMtu = 4, LinkAddressFamilies = 26, LinkAddressMode = 8, LinkSuperPacketBytes = 41; // IFLA_…
    private const ushort AddressAny = 1, AddressLocal = 2, AddressFlags = 8; // IFA_…
    private const uint NoDuplicateDetection = 2, NoPrefixRoute = 0x200; // IFA_F_…
    private const ushort RouteDestination = 1, RouteInterface = 4, RoutePriority = 6, RouteTable = 15; // RTA_…
    private const byte TableMain = 254, TypeUnicast = 1; // RT_TABLE_MAIN, RTN_UNICAST
    private const uint RouteCloned = 0x200; // RTM_F_CLONED
    private const ushort Nested = 0x8000; // NLA_F_NESTED

    // Chosen: a dump whose tables change under it is read again; more often than this it is not by chance.
    private const int MaximumDumps = 8;
    private readonly FileDescriptor _socket;
    private readonly byte[] _request = new byte[512];
    private readonly byte[] _answer = new byte[64 * 1024];
    private uint _sequence;

    /// <summary>Opens the conversation.</summary>
    /// <exception cref="IOException">The kernel refused.</exception>
    internal RouteSocket()
    {
        _socket = LibC.OpenRouteSocket(out int error);
        if (error != 0) throw new IOException($"A netlink socket cannot be opened: {Words(error, "")}.");
    }

    private delegate void Handler(scoped ref NetlinkReader message);

    /// <inheritdoc/>
    public void Dispose() => _socket.Dispose();

    /// <summary>All interfaces.</summary>
    internal List<LinkEntry> GetLinks()
    {
        List<LinkEntry> links = [];
        DumpAll(GetLink, new LinkMessage { Family = FamilyAny }, links.Clear, (scoped ref NetlinkReader message) =>
        {
            if (message.Type == NewLink && TryReadLink(message, out LinkEntry link)) links.Add(link);
        });
        return links;
    }

    /// <summary>All addresses of both families.</summary>
    internal List<AddressEntry> GetAddresses()
    {
        List<AddressEntry> addresses = [];
        var anyFamily = new AddressMessage { Family = FamilyAny };
        DumpAll(GetAddress, anyFamily, addresses.Clear, (scoped ref NetlinkReader message) =>
        {
            if (message.Type == NewAddress && TryReadAddress(message, out AddressEntry entry)) addresses.Add(entry);
        });
        return addresses;
    }

    /// <summary>The unicast routes of the main table, both families.</summary>
    internal List<RouteEntry> GetRoutes()
    {
        List<RouteEntry> routes = [];
        DumpAll(GetRoute, new RouteMessage { Family = FamilyAny }, routes.Clear, (scoped ref NetlinkReader message) =>
        {
            if (message.Type == NewRoute && TryReadRoute(message, out RouteEntry entry)) routes.Add(entry);
        });
        return routes;
    }

    /// <summary>Sets the MTU and switches an interface on.</summary>
    /// <returns>0 or errno, with the kernel's words.</returns>
    internal int SetLink(int index, int mtu, bool up, out string words)
    {
        uint flags = up ? FlagUp : 0;
        NetlinkWriter message = Begin(NewLink, 0, new LinkMessage { Index = index, Flags = flags, Change = flags });
        message.AddAttribute(LinkMtu, (uint)mtu);
        return Ask(message, out words);
    }

    /// <summary>Bounds the super-packets that the kernel hands to an interface; IPv4 and IPv6 alike.</summary>
    /// <returns>0 or errno, with the kernel's words.</returns>
    internal int SetSuperPacketBytes(int index, int bytes, out string words)
    {
        NetlinkWriter message = Begin(NewLink, 0, new LinkMessage { Index = index });
        message.AddAttribute(LinkSuperPacketBytes, (uint)bytes);
        return Ask(message, out words);
    }

    /// <summary>Keeps the kernel from giving an interface IPv6 addresses of its own making.</summary>
    /// <returns>0 or errno, with the kernel's words.</returns>
    internal int SetNoOwnAddresses(int index, out string words)
    {
        NetlinkWriter message = Begin(NewLink, 0, new LinkMessage { Index = index });
        int families = message.BeginAttribute(LinkAddressFamilies | Nested);
        int family = message.BeginAttribute(FamilyIPv6 | Nested);
        message.AddAttribute(LinkAddressMode, (byte)AddressModeNone);
        message.EndAttribute(family);
        message.EndAttribute(families);
        return Ask(message, out words);
    }

    /// <summary>Gives an interface an address, without a route to its network, usable at once.</summary>
    /// <returns>0 or errno, with the kernel's words.</returns>
    internal int AddAddress(int index, IpPrefix address, out string words)
    {
        NetlinkWriter message = Begin(NewAddress, Create | Exclusive, Describe(index, address));
        message.AddAttribute(AddressLocal, address.Address);
        message.AddAttribute(AddressAny, address.Address);
        message.AddAttribute(AddressFlags, NoPrefixRoute | (address.Address.IsIPv4 ? 0 : NoDuplicateDetection));
        return Ask(message, out words);
    }

    /// <summary>Takes an address from an interface.</summary>
    /// <returns>0 or errno, with the kernel's words.</returns>
    internal int RemoveAddress(int index, IpPrefix address, out string words)
    {
        NetlinkWriter message = Begin(DeleteAddress, 0, Describe(index, address));
        message.AddAttribute(AddressLocal, address.Address);
        return Ask(message, out words);
    }

    /// <summary>Routes a network into an interface.</summary>
    /// <returns>0 or errno, with the kernel's words.</returns>
    internal int AddRoute(int index, IpPrefix destination, out string words) =>
        AskRoute(NewRoute, Create | Exclusive, index, destination, out words);

    /// <summary>Removes a route that <see cref="AddRoute"/> made.</summary>
    /// <returns>0 or errno, with the kernel's words.</returns>
    internal int RemoveRoute(int index, IpPrefix destination, out string words) =>
        AskRoute(DeleteRoute, 0, index, destination, out words);

    /// <summary>An errno in words, followed by what the kernel added.</summary>
    internal static string Words(int error, string words)
    {
        string text = Marshal.GetPInvokeErrorMessage(error);
        return words.Length == 0 ? text : $"{text} ({words})";
    }

    internal static bool TryReadLink(in NetlinkReader message, out LinkEntry link)
    {
        link = default;
        if (!message.TryReadFixed(out LinkMessage fixedPart, out NetlinkAttributes attributes)) return false;
        (string name, int mtu, int mode) = ("", 0, -1);
        while (attributes.MoveNext())
        {
            if (attributes.Type == LinkName) name = attributes.ReadText();
            else if (attributes.Type == LinkMtu) mtu = (int)attributes.ReadNumber();
            else if (attributes.Type == LinkAddressFamilies) mode = ReadAddressMode(attributes.Nested);
        }

        link = new LinkEntry(fixedPart.Index, name, fixedPart.Flags, mtu, mode);
        return true;
    }

    internal static bool TryReadAddress(in NetlinkReader message, out AddressEntry entry)
    {
        entry = default;
        if (!message.TryReadFixed(out AddressMessage fixedPart, out NetlinkAttributes attributes)) return false;
        IpAddress? local = null, other = null;
        while (attributes.MoveNext())
        {
            if (attributes.Type == AddressLocal && attributes.TryReadAddress(out IpAddress found)) local = found;
            if (attributes.Type == AddressAny && attributes.TryReadAddress(out found)) other = found;
        }

        // On a point-to-point link the first is ours and the second the far end, whose network is the connected one.
        if ((local ?? other) is not { } ours || (other ?? local) is not { } network) return false;
        if (fixedPart.PrefixLength > ours.BitLength || fixedPart.PrefixLength > network.BitLength) return false;
        entry = new AddressEntry(
            fixedPart.Index, new(ours, fixedPart.PrefixLength), new IpPrefix(network, fixedPart.PrefixLength).Network);
        return true;
    }

    internal static bool TryReadRoute(in NetlinkReader message, out RouteEntry entry)
    {
        entry = default;
        if (!message.TryReadFixed(out RouteMessage fixedPart, out NetlinkAttributes attributes)) return false;
        if (fixedPart.Type != TypeUnicast || (fixedPart.Flags & RouteCloned) != 0) return false;
        IpAddress destination = fixedPart.Family == FamilyIPv4 ? IpAddress.FromIPv4(0) : default;
        (uint table, int index, uint priority) = (fixedPart.Table, 0, 0);
        while (attributes.MoveNext())
        {
            if (attributes.Type == RouteDestination && attributes.TryReadAddress(out IpAddress found))
                destination = found;
            else if (attributes.Type == RouteInterface) index = (int)attributes.ReadNumber();
            else if (attributes.Type == RouteTable) table = attributes.ReadNumber();
            else if (attributes.Type == RoutePriority) priority = attributes.ReadNumber();
        }

        if (table != TableMain || fixedPart.DestinationLength > destination.BitLength) return false;
        var prefix = new IpPrefix(destination, fixedPart.DestinationLength);
        entry = new RouteEntry(index, prefix, fixedPart.Protocol, fixedPart.Scope, priority);
        return true;
    }

    private static int ReadAddressMode(NetlinkAttributes families)
    {
        while (families.MoveNext())
        {
            if (families.Type != FamilyIPv6) continue;
            NetlinkAttributes settings = families.Nested;
            while (settings.MoveNext())
            {
                if (settings.Type == LinkAddressMode && settings.Value.Length > 0) return settings.Value[0];
            }
        }

        return -1;
    }

    private static IOException Unreadable(int error, string words) =>
        new($"The kernel's tables cannot be read: {Words(error, words)}.");

    private static byte FamilyOf(IpPrefix prefix) => prefix.Address.IsIPv4 ? FamilyIPv4 : FamilyIPv6;

    private static AddressMessage Describe(int index, IpPrefix address) =>
        new() { Family = FamilyOf(address), PrefixLength = address.Length, Index = index };

    private int AskRoute(ushort type, ushort flags, int index, IpPrefix destination, out string words)
    {
        NetlinkWriter message = Begin(type, flags, new RouteMessage
        {
            Family = FamilyOf(destination),
            DestinationLength = destination.Length,
            Table = TableMain,
            Protocol = ProtocolStatic,
            Scope = destination.Address.IsIPv4 ? ScopeLink : ScopeUniverse,
            Type = TypeUnicast,
        });
        message.AddAttribute(RouteDestination, destination.Address);
        message.AddAttribute(RouteInterface, (uint)index);
        return Ask(message, out words);
    }

    private NetlinkWriter Begin<T>(ushort type, ushort flags, in T fixedPart)
        where T : unmanaged
    {
        var message = new NetlinkWriter(_request, type, (ushort)(Request | Acknowledge | flags), ++_sequence);
        message.Add(fixedPart);
        return message;
    }

    /// <summary>Sends a request and waits for its acknowledgement.</summary>
    private int Ask(in NetlinkWriter request, out string words)
    {
        words = "";
        int error = LibC.SendMessage(_socket, request.Finish());
        if (error != 0) return error;
        while (true)
        {
            int length = LibC.ReceiveMessage(_socket, _answer, out error);
            if (length < 0) return error;
            var message = new NetlinkReader(_answer.AsSpan(0, length));
            while (message.MoveNext())
            {
                if (message.Sequence == _sequence && message.Type == NetlinkReader.Error)
                    return message.ReadError(out words);
            }
        }
    }

    /// <summary>Reads a whole table; anew if it changed meanwhile.</summary>
    private void DumpAll<T>(ushort type, in T fixedPart, Action restart, Handler handle)
        where T : unmanaged
    {
        for (int attempt = 0; attempt < MaximumDumps; attempt++)
        {
            restart();
            var request = new NetlinkWriter(_request, type, Request | Dump, ++_sequence);
            request.Add(fixedPart);
            int error = LibC.SendMessage(_socket, request.Finish());
            if (error != 0) throw Unreadable(error, "");
            if (DumpOnce(handle)) return;
        }

        throw new IOException("The kernel's tables change too fast to be read.");
    }

    /// <returns>False if the table changed while it was read.</returns>
    private bool DumpOnce(Handler handle)
    {
        bool consistent = true;
        while (true)
        {
            int length = LibC.ReceiveMessage(_socket, _answer, out int error);
            if (length < 0) throw Unreadable(error, "");
            var message = new NetlinkReader(_answer.AsSpan(0, length));
            while (message.MoveNext())
            {
                if (message.Sequence != _sequence) continue;
                consistent &= (message.Flags & Interrupted) == 0;
                if (message.Type is NetlinkReader.Error or Done)
                {
                    error = message.ReadError(out string words);
                    if (error != 0) throw Unreadable(error, words);
                    return consistent;
                }

                handle(ref message);
            }
        }
    }
}
