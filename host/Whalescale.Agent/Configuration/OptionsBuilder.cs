using Whalescale.Agent.Configuration.Schema;

namespace Whalescale.Agent.Configuration;

/// <summary>Turns the values in force into the options that the agent is given.</summary>
internal static class OptionsBuilder
{
    public static AgentOptions Build(ConfigurationValues values) => new()
    {
        Node = BuildNode(values["node"]),
        Network = new NetworkOptions
        {
            Name = values["network"].Get(Settings.NetworkName),
            SecretFile = NullIf(values["network"].Get(Settings.NetworkSecretFile), ""),
        },
        Tun = new TunOptions
        {
            Name = values["tun"].Get(Settings.TunName),
            Mtu = values["tun"].Get(Settings.TunMtu),
            IsMtuFixed = !values["tun"].IsMissing(Settings.TunMtu),
            Offload = values["tun"].Get(Settings.TunOffload),
        },
        Transport = new TransportOptions
        {
            ListenPort = (ushort)values["transport"].Get(Settings.ListenPort),
            Interfaces = values["transport"].Get(Settings.Interfaces),
            Offload = values["transport"].Get(Settings.TransportOffload),
            RekeyAfter = values["transport"].Get(Settings.RekeyAfter),
        },
        PathRules = [.. values.Rows("path").Select(BuildPathRule)],
        Multipath = new MultipathOptions
        {
            Scheduler = values["multipath"].Get(Settings.Scheduler),
            Reorder = values["multipath"].Get(Settings.Reorder),
        },
        DiscoverySources = values["discovery"].Get(Settings.DiscoverySources),
        NatMethods = values["nat"].Get(Settings.NatMethods),
        Peers = [.. values.Rows("peer").Select(BuildPeer)],
        Api = new ApiOptions
        {
            UnixPath = NullIf(values["api"].Get(Settings.ApiUnix), TextRules.None),
            PipeName = NullIf(values["api"].Get(Settings.ApiPipe), ""),
        },
        Relay = new RelayOptions
        {
            MaxRatePerPair = values["relay"].Get(Settings.RelayMaxRatePerPair),
            MaxRate = values["relay"].Get(Settings.RelayMaxRate),
        },
        Plugins = BuildPlugins(values),
    };

    /// <summary>The options of one <c>[[peer]]</c> that could be read.</summary>
    public static PeerOptions BuildPeer(TableValues peer) => new()
    {
        Id = peer.Get(Settings.PeerId),
        Name = peer.Get(Settings.PeerName),
        Endpoints = peer.Get(Settings.PeerEndpoints),
        IsAnchor = peer.Get(Settings.PeerIsAnchor),
        Routes = peer.Get(Settings.PeerRoutes),
    };

    private static NodeOptions BuildNode(TableValues node) => new()
    {
        Name = node.Get(Settings.NodeName),
        StateDirectory = node.Get(Settings.NodeStateDirectory),
        Addresses = node.Get(Settings.NodeAddresses),
        Routes = node.Get(Settings.NodeRoutes),
        Endpoints = node.Get(Settings.NodeEndpoints),
        IsAnchor = node.Get(Settings.NodeIsAnchor),
    };

    private static PathRuleOptions BuildPathRule(TableValues path) => new(
        path.Get(Settings.PathInterface),
        path.Get(Settings.PathRuleTier),
        path.Get(Settings.PathIsMetered),
        path.Get(Settings.PathMaxRate));

    private static PluginsOptions BuildPlugins(ConfigurationValues values)
    {
        IReadOnlyList<TableValues> load = values.Rows("plugins.load");
        bool isUsed = load.Count > 0 || values["plugins"].Find(Settings.PluginsDirectory) is not null;
        return new PluginsOptions
        {
            Directory = isUsed ? values["plugins"].Get(Settings.PluginsDirectory) : null,
            Load = [.. load.Select(row =>
                new PluginLoadOptions(row.Get(Settings.PluginName), row.Get(Settings.PluginSha256)))],
        };
    }

    private static string? NullIf(string text, string none) => text == none ? null : text;
}
