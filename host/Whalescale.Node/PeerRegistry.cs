using Whalescale.Crypto;
using Whalescale.Tun.Routing;
using Whalescale.Types;

namespace Whalescale.Node;

/// <summary>The peers of a node, found by number, id or X25519 key, and the forwarding table that follows from
/// them.</summary>
/// <remarks>Indexed by the X25519 key as well, because an Ed25519 key and its negative share one: a second id with the
/// key of a known peer is refused.</remarks>
internal sealed class PeerRegistry(MeshNodeOptions options, RandomSource random)
{
    private readonly List<PeerControl?> _controls = [];
    private readonly List<PeerChannel?> _channels = [];
    private readonly Dictionary<X25519PublicKey, PeerControl> _byKey = [];
    private readonly Dictionary<NodeId, PeerControl> _byId = [];
    private readonly OwnAddresses _own = new(options.Addresses, options.Networks);

    /// <summary>Peers by number; null where one was removed.</summary>
    internal IReadOnlyList<PeerControl?> Controls => _controls;

    /// <summary>A table without peers.</summary>
    internal static ForwardingTable EmptyTable(MeshNodeOptions options) =>
        new(RouteTable.Empty, new OwnAddresses(options.Addresses, options.Networks), []);

    internal PeerControl? ByNumber(int number) =>
        (uint)number < (uint)_controls.Count ? _controls[number] : null;

    internal PeerControl? ById(NodeId id) => _byId.GetValueOrDefault(id);

    internal PeerControl? ByKey(X25519PublicKey key) => _byKey.GetValueOrDefault(key);

    internal AddPeerVerdict Add(PeerSettings settings, out PeerControl? added)
    {
        added = null;
        NodeId self = options.Self.Identity.NodeId;
        if (NodeKeys.Check(settings.Id, out X25519PublicKey key) != NodeIdVerdict.Usable || settings.Id == self)
            return AddPeerVerdict.UnusableId;
        if (_byKey.ContainsKey(key) || key == options.Self.Identity.StaticKey) return AddPeerVerdict.KeyTaken;
        int number = _controls.IndexOf(null);
        if (number < 0) number = _controls.Count;
        if (number == Limits.Peers) return AddPeerVerdict.TooMany;
        if (IsAnyRouteTaken(settings)) return AddPeerVerdict.RouteTaken;

        added = new PeerControl(number, settings, key);
        var channel = new PeerChannel(
            number, self, settings.Id, options.NewScheduler(), random.Fork("peer/" + settings.Id));
        if (number == _controls.Count)
        {
            _controls.Add(added);
            _channels.Add(channel);
        }
        else
        {
            (_controls[number], _channels[number]) = (added, channel);
        }

        _byKey.Add(key, added);
        _byId.Add(settings.Id, added);
        return AddPeerVerdict.Added;
    }

    internal void Remove(PeerControl peer)
    {
        _controls[peer.Number] = null;
        _channels[peer.Number] = null;
        _byKey.Remove(peer.Key);
        _byId.Remove(peer.Settings.Id);
    }

    internal ForwardingTable BuildTable()
    {
        var routes = new List<(IpPrefix Prefix, int Owner)>();
        foreach (PeerControl? peer in _controls)
            if (peer is not null) routes.AddRange(peer.Settings.Routes.Select(route => (route, peer.Number)));
        return new ForwardingTable(new RouteTable(routes), _own, _channels.ToArray());
    }

    private bool IsAnyRouteTaken(PeerSettings settings)
    {
        foreach (PeerControl? peer in _controls)
            if (peer is not null && peer.Settings.Routes.Intersect(settings.Routes).Any()) return true;
        return settings.Routes.Intersect(options.Addresses.Select(IpPrefix.Host).Concat(options.Networks)).Any();
    }
}
