namespace Whalescale.Tun.Routing;

/// <summary>The overlay addresses of this node and the networks behind it. Immutable.</summary>
public sealed class OwnAddresses
{
    private readonly RouteTable _table;

    /// <summary>Joins the node's own addresses and the networks it routes for.</summary>
    /// <param name="addresses">Overlay addresses of the node itself.</param>
    /// <param name="networksBehind">Networks that peers reach through this node; host bits are ignored.</param>
    public OwnAddresses(IEnumerable<IpAddress> addresses, IEnumerable<IpPrefix> networksBehind) =>
        _table = new RouteTable(addresses.Select(IpPrefix.Host).Concat(networksBehind).Select(prefix => (prefix, 0)));

    /// <summary>Whether the address is ours or behind us, looking at our own prefixes alone.</summary>
    public bool Contains(IpAddress address) => _table.Lookup(address) != RouteTable.NoOwner;

    /// <summary>Length of our longest prefix that holds the address; -1 if there is none.</summary>
    public int MatchLength(IpAddress address)
    {
        _table.Lookup(address, out int prefixLength);
        return prefixLength;
    }
}
