using Whalescale.Agent.Configuration.Schema;
using Whalescale.Agent.Configuration.Toml;

namespace Whalescale.Agent.Configuration;

/// <summary>What must hold between the peers, and between them and this node.</summary>
/// <remarks>Every id, name and network belongs to one. Networks inside each other are no mistake: the longer one wins,
/// as in any route table.</remarks>
internal sealed class PeerChecks(ConfigurationValues values)
{
    private readonly Dictionary<IpPrefix, (string Owner, SettingOrigin Origin)> _routes = [];

    public void Run()
    {
        TableValues node = values["node"];
        CheckRoutes(node, Settings.NodeRoutes, "this node");

        var ids = new Dictionary<NodeId, SettingOrigin>();
        var names = new Dictionary<string, SettingOrigin>(StringComparer.OrdinalIgnoreCase);
        foreach (TableValues peer in values.Rows("peer"))
        {
            if (peer.Find(Settings.PeerId) is not { } id) continue;
            if (!ids.TryAdd((NodeId)id.Typed, id.Origin))
            {
                Wrong(Settings.PeerId, id.Origin.Name, id.Raw.Position,
                    $"this peer is written already at {ids[(NodeId)id.Typed].Place}; keep one of them");
                continue; // its name and networks would only repeat the same mistake
            }

            string name = peer.Get(Settings.PeerName);
            SettingValue named = peer.Find(Settings.PeerName) is { Origin.Position.IsNone: false } written ? written
                : id;
            if (name.Length > 0 && !names.TryAdd(name, named.Origin))
            {
                Wrong(Settings.PeerName, named.Origin.Name, named.Raw.Position,
                    $"\"{name}\" is the name of another peer already, at {names[name].Place}; choose another");
            }

            CheckRoutes(peer, Settings.PeerRoutes, $"peer \"{name}\"");
        }
    }

    private void CheckRoutes(TableValues table, Setting<IReadOnlyList<IpPrefix>> setting, string owner)
    {
        if (table.Find(setting) is not { } written) return;
        var routes = (IReadOnlyList<IpPrefix>)written.Typed;
        var items = (TomlArray)written.Raw;
        for (int i = 0; i < routes.Count; i++)
        {
            IpPrefix route = routes[i];
            TomlPosition position = items.Items[i].Position;
            if (!_routes.TryAdd(route, (owner, written.Origin)))
            {
                Wrong(setting, written.Origin.Name, position,
                    $"{route} leads to {_routes[route].Owner} already, at {_routes[route].Origin.Place}; "
                    + "a network leads to one");
            }
            else if (setting == Settings.PeerRoutes && IsOwnAddress(route))
            {
                Wrong(setting, written.Origin.Name, position,
                    $"{route.Address} is this node's own address (node.address); a peer cannot have it too");
            }
        }
    }

    private bool IsOwnAddress(IpPrefix route) =>
        route.Length == route.Address.BitLength
        && values["node"].Get(Settings.NodeAddresses).Any(own => own.Address == route.Address);

    private void Wrong(Setting setting, string source, TomlPosition position, string message) =>
        values.Mistakes.Add(new Mistake(source, position, $"{setting.Path}: {message}"));
}
