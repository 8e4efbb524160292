using Whalescale.Tun.Interop;

namespace Whalescale.Tun.Devices;

/// <summary>Makes link, addresses and routes of a TUN device equal to a configuration, by netlink.</summary>
/// <remarks>
/// Reads what is there and applies the difference, in an order in which nothing is undone by what follows: link, old
/// addresses away (the kernel drops secondary addresses and routes along with them), new addresses, old routes away,
/// new routes. Addresses bring no route of their own: the network of an address passes the same rule as every other
/// route.
/// </remarks>
internal sealed class LinuxTunConfigurator(RouteSocket kernel, string name)
{
    /// <summary>Applies a configuration.</summary>
    /// <returns>The routes not made, with reasons.</returns>
    /// <exception cref="IOException">The kernel refused the MTU or an address, or the device is gone.</exception>
    internal IReadOnlyList<RefusedRoute> Apply(TunConfiguration wanted)
    {
        RoutePolicy.RequireMtu(wanted.Mtu);
        List<LinkEntry> links = kernel.GetLinks();
        LinkEntry own = FindOwn(links);
        ApplyLink(own, wanted.Mtu);
        // Kernels before 4.17 do not know the attribute, and then hand over what does not fit one send: slower, not wrong.
        _ = kernel.SetSuperPacketBytes(own.Index, wanted.SuperPacketBytes, out _);
        ApplyAddresses(own.Index, wanted.Addresses);
        return ApplyRoutes(own.Index, links, RoutePolicy.Wanted(wanted));
    }

    /// <summary>Sets the MTU and nothing else.</summary>
    /// <exception cref="UnauthorizedAccessException">The right is missing.</exception>
    /// <exception cref="IOException">The kernel refused.</exception>
    internal void SetMtu(int mtu)
    {
        LinkEntry own = FindOwn(kernel.GetLinks());
        if (own.Mtu == mtu) return;
        int error = kernel.SetLink(own.Index, mtu, up: false, out string words);
        if (error == LibC.NotPermitted) throw new UnauthorizedAccessException(LinuxTunFactory.MissingRight);
        Require(error, words, $"the MTU of {name} cannot be {mtu}");
    }

    private static void Require(int error, string words, string what)
    {
        if (error != 0) throw new IOException($"{what}: {RouteSocket.Words(error, words)}.");
    }

    private LinkEntry FindOwn(List<LinkEntry> links)
    {
        LinkEntry own = links.Find(link => link.Name == name);
        return own.Index != 0 ? own : throw new IOException($"The device {name} is gone.");
    }

    private void ApplyLink(LinkEntry own, int mtu)
    {
        // Before it is up: going up is when the kernel makes a link-local address and begins to solicit routers.
        // Without IPv6 in the kernel there is nothing to switch off.
        if (own.AddressMode is not (-1 or RouteSocket.AddressModeNone))
        {
            int refused = kernel.SetNoOwnAddresses(own.Index, out string reason);
            Require(refused, reason, $"IPv6 autoconfiguration of {name} cannot be switched off");
        }

        bool up = (own.Flags & RouteSocket.FlagUp) != 0;
        if (up && own.Mtu == mtu) return;
        int error = kernel.SetLink(own.Index, mtu, up: true, out string words);
        Require(error, words, $"{name} cannot be brought up with an MTU of {mtu}");
    }

    private void ApplyAddresses(int index, IReadOnlyList<IpPrefix> wanted)
    {
        List<IpPrefix> present = Present();
        bool removed = false;
        foreach (IpPrefix address in present.Except(wanted).ToArray())
        {
            int error = kernel.RemoveAddress(index, address, out string words);
            // Gone already: it was secondary to one removed before.
            if (error != LibC.AddressNotAvailable)
                Require(error, words, $"{address} cannot be removed from {name}");
            removed = true;
        }

        if (removed) present = Present();
        foreach (IpPrefix address in wanted.Except(present))
        {
            int error = kernel.AddAddress(index, address, out string words);
            Require(error, words, $"{address} cannot be added to {name}");
        }

        List<IpPrefix> Present() =>
            [.. kernel.GetAddresses().Where(entry => entry.Index == index).Select(entry => entry.Address)];
    }

    private List<RefusedRoute> ApplyRoutes(int index, List<LinkEntry> links, List<IpPrefix> wanted)
    {
        string NameOf(int other) => links.Find(link => link.Index == other).Name ?? $"interface {other}";

        List<RefusedRoute> refused = [];
        (string, IpPrefix)[] connected =
        [
            .. kernel.GetAddresses().Where(entry => entry.Index != index)
                .Select(entry => (NameOf(entry.Index), entry.Network)),
        ];
        foreach (IpPrefix route in wanted.ToArray())
        {
            if (RoutePolicy.Objection(route, connected) is not { } reason) continue;
            refused.Add(new RefusedRoute(route, reason));
            wanted.Remove(route);
        }

        List<RouteEntry> routes = kernel.GetRoutes();
        IpPrefix[] present =
        [
            .. routes.Where(entry => entry.Index == index && entry.Protocol == RouteSocket.ProtocolStatic)
                .Select(entry => entry.Destination),
        ];
        foreach (IpPrefix route in present.Except(wanted))
        {
            int error = kernel.RemoveRoute(index, route, out string words);
            Require(error, words, $"the route to {route} cannot be removed from {name}");
        }

        foreach (IpPrefix route in wanted.Except(present))
        {
            int error = kernel.AddRoute(index, route, out string words);
            if (error == 0) continue;
            RouteEntry rival = routes.Find(entry => entry.Destination == route && entry.Index != index);
            refused.Add(new RefusedRoute(route, error == LibC.Exists && rival.Index != 0
                ? $"{NameOf(rival.Index)} has a route to {route}"
                : RouteSocket.Words(error, words)));
        }

        return refused;
    }
}
