namespace Whalescale.Tun.Devices;

/// <summary>Which networks may be routed into the device.</summary>
internal static class RoutePolicy
{
    /// <summary>Why a network may not be routed into the device, or null.</summary>
    /// <remarks>A route equal to, or inside, a network that another interface is connected to would take that network
    /// away from it: a printer, or the gateway that the tunnel itself needs. A wider route takes nothing
    /// away.</remarks>
    /// <param name="route">The network, host bits cleared.</param>
    /// <param name="connected">Networks of all other interfaces, with the interface's name.</param>
    internal static string? Objection(IpPrefix route, IEnumerable<(string Interface, IpPrefix Network)> connected)
    {
        if (route.Length == 0) return "exit routing is not offered";
        foreach ((string name, IpPrefix network) in connected)
        {
            if (network.Contains(route)) return $"{name} is connected to {network}";
        }

        return null;
    }

    /// <summary>The routes to be made: those asked for, and the networks of the addresses; each once, in
    /// order.</summary>
    internal static List<IpPrefix> Wanted(TunConfiguration configuration) =>
    [
        .. configuration.Routes.Select(route => route.Network)
            .Concat(configuration.Addresses
                .Where(address => address.Length < address.Address.BitLength)
                .Select(address => address.Network))
            .Distinct(),
    ];

    /// <summary>Refuses an MTU that no overlay packet or no device can have.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Not from 1280 (RFC 8200, section 5) to 65535.</exception>
    internal static void RequireMtu(int mtu)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(mtu, 1280);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(mtu, 65535);
    }
}
