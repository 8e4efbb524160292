namespace Whalescale.Tun.Devices;

/// <summary>What of a configuration is in force on a device that is ours alone, and the way to another.</summary>
/// <remarks>For systems whose tables are not read back: all that was applied vanishes with the device, so memory is
/// the truth. A call that fails leaves what was done before it on record.</remarks>
internal sealed class AppliedConfiguration
{
    private readonly HashSet<IpPrefix> _addresses = [];
    private readonly HashSet<IpPrefix> _routes = [];

    /// <summary>How a system adds and removes; each throws <see cref="IOException"/> with the system's words.</summary>
    internal interface IActions
    {
        void AddAddress(IpPrefix address);

        void RemoveAddress(IpPrefix address);

        void AddRoute(IpPrefix route);

        void RemoveRoute(IpPrefix route);
    }

    /// <summary>Applies the difference to <paramref name="wanted"/>.</summary>
    /// <param name="wanted">What is to be in force.</param>
    /// <param name="connected">Networks of all other interfaces.</param>
    /// <param name="actions">The system.</param>
    /// <returns>The routes not made, with reasons.</returns>
    /// <exception cref="IOException">The system refused an address.</exception>
    internal IReadOnlyList<RefusedRoute> Apply(
        TunConfiguration wanted, IReadOnlyList<(string Interface, IpPrefix Network)> connected, IActions actions)
    {
        List<RefusedRoute> refused = [];
        List<IpPrefix> routes = [];
        foreach (IpPrefix route in RoutePolicy.Wanted(wanted))
        {
            if (RoutePolicy.Objection(route, connected) is { } reason) refused.Add(new RefusedRoute(route, reason));
            else routes.Add(route);
        }

        foreach (IpPrefix route in _routes.Except(routes).ToArray())
        {
            actions.RemoveRoute(route);
            _routes.Remove(route);
        }

        foreach (IpPrefix address in _addresses.Except(wanted.Addresses).ToArray())
        {
            actions.RemoveAddress(address);
            _addresses.Remove(address);
        }

        foreach (IpPrefix address in wanted.Addresses.Except(_addresses).ToArray())
        {
            actions.AddAddress(address);
            _addresses.Add(address);
        }

        foreach (IpPrefix route in routes.Except(_routes).ToArray())
        {
            try
            {
                actions.AddRoute(route);
                _routes.Add(route);
            }
            catch (IOException failure)
            {
                refused.Add(new RefusedRoute(route, failure.Message));
            }
        }

        return refused;
    }
}
