using Whalescale.Types;

namespace Whalescale.Agent.Configuration.Schema;

/// <summary>Every key of the configuration, said once: what reads files, variables and options, answers a misspelt key,
/// shows the effective values and writes the first file looks here.</summary>
internal static class Settings
{
    private static readonly BooleanRule Flag = new();

    private static readonly ListRule<string> Endpoints = new(NetworkRules.Endpoint, "endpoints");

    private static readonly ListRule<IpPrefix> Routes = new(NetworkRules.Route, "networks");

    private static readonly Bandwidth NoLimit = new(0);

    // ---- [node]

    public static readonly Setting<string> NodeName = new("node", "name", TextRules.Name, "",
        "Name shown to people. Default: the host name up to the first dot.")
    {
        HasDerivedDefault = true,
        OwnExample = "\"alpha\"",
    };

    public static readonly Setting<string> NodeStateDirectory =
        new("node", "state_dir", TextRules.AbsolutePath, "/var/lib/whalescale",
            "Directory of the identity key and of everything that survives a restart; mode 0700.");

    public static readonly Setting<IReadOnlyList<IpPrefix>> NodeAddresses =
        new("node", "address", new ListRule<IpPrefix>(NetworkRules.Address, "addresses"), [],
            "Overlay addresses with the length of the overlay. Default: derived from the node id.");

    public static readonly Setting<IReadOnlyList<IpPrefix>> NodeRoutes = new("node", "routes", Routes, [],
        "Networks behind this node that peers may reach through it.");

    public static readonly Setting<IReadOnlyList<string>> NodeEndpoints = new("node", "endpoints", Endpoints, [],
        "Where others reach this node from outside; if all have one port, it is the default of transport.listen_port.");

    public static readonly Setting<bool> NodeIsAnchor = new("node", "anchor", Flag, false,
        "Whether this node relays and introduces others; it needs an endpoint that everybody reaches.");

    // ---- [network]

    public static readonly Setting<string> NetworkName = new("network", "name", TextRules.Name, "default",
        "Name of the network, the same on all its nodes: nodes of different networks never talk.");

    public static readonly Setting<string> NetworkSecretFile = new("network", "secret_file", TextRules.AbsolutePath, "",
        "File with a pre-shared key, the same on all nodes; it makes them invisible to outsiders.")
    {
        HasNoDefault = true,
        OwnExample = "\"/etc/whalescale/network.key\"",
    };

    public static readonly Setting<string> NetworkMembershipKey = new("network", "membership_key", TextRules.Url, "",
        "Accept members certified by this key.")
    {
        HasNoDefault = true,
        Availability = Availability.NotYet,
    };

    // ---- [tun]

    public static readonly Setting<string> TunName = new("tun", "name", TextRules.DeviceName, "whale0",
        "Name of the tunnel device; \"none\": no device, control and API only.");

    public static readonly Setting<int> TunMtu = new("tun", "mtu", new IntegerRule(1280, Limits.OverlayPacketBytes, 1380), 1380,
        "Largest overlay packet in bytes, 1280 to 9000. Default: what the paths carry; 1380 before that is known.")
    {
        HasDerivedDefault = true,
    };

    public static readonly Setting<bool> TunOffload = new("tun", "offload", Flag, true,
        "Exchange super-packets and unfinished checksums with the kernel, where it can.");

    // ---- [transport]

    public static readonly Setting<int> ListenPort = new("transport", "listen_port", new IntegerRule(0, 65535, 51900),
        0,
        "UDP port, 0 to 65535; 0: random at first, then kept across restarts.");

    public static readonly Setting<IReadOnlyList<string>> Interfaces =
        new("transport", "interfaces", new ListRule<string>(TextRules.InterfacePattern, "interfaces"), [],
            "Interfaces to use, * and ? allowed. Default: every usable one.");

    public static readonly Setting<bool> TransportOffload = new("transport", "offload", Flag, true,
        "Send and receive trains of datagrams in one call (UDP_SEGMENT, UDP_GRO), where the kernel can.");

    public static readonly Setting<TimeSpan> RekeyAfter =
        new("transport", "rekey_after", TextRules.Span(TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(120)),
            TimeSpan.FromSeconds(120), "Age at which session keys are replaced, \"1s\" to \"120s\".");

    // ---- [[path]]

    public static readonly Setting<string> PathInterface = new("path", "interface", TextRules.InterfacePattern, "",
        "Interface the rule is for, * and ? allowed.")
    {
        IsRequired = true,
        OwnExample = "\"wwan*\"",
    };

    public static readonly Setting<PathTier> PathRuleTier = new("path", "tier", TextRules.Tier, PathTier.Primary,
        "\"primary\", \"secondary\", \"backup\" or \"off\": a better tier that works keeps the others idle.");

    public static readonly Setting<bool> PathIsMetered = new("path", "metered", Flag, false,
        "Whether its traffic costs money: no probing beyond what keeps it known.");

    public static readonly Setting<Bandwidth> PathMaxRate = new("path", "max_rate", TextRules.Rate, NoLimit,
        "Upper bound of what is sent over it; \"0\": no limit.");

    // ---- [multipath]

    public static readonly Setting<string> Scheduler =
        new("multipath", "scheduler", TextRules.ModuleName, "earliest-delivery",
            "Module or plugin that shares packets between paths.")
        {
            ModuleKind = ModuleKinds.Scheduler,
        };

    public static readonly Setting<bool> Reorder = new("multipath", "reorder", Flag, true,
        "Whether packets of several paths are put back in order before they are delivered.");

    // ---- [discovery], [nat]

    public static readonly Setting<IReadOnlyList<string>> DiscoverySources =
        new("discovery", "sources", new ListRule<string>(TextRules.ModuleName, "names of modules"), ["manual"],
            "Modules that find where peers are; \"manual\": the endpoints written here.")
        {
            ModuleKind = ModuleKinds.Discovery,
            OwnExample = "[\"manual\"]",
        };

    public static readonly Setting<IReadOnlyList<string>> NatMethods =
        new("nat", "methods", new ListRule<string>(TextRules.ModuleName, "names of modules"), [],
            "Modules that open a way through address translation.")
        {
            ModuleKind = ModuleKinds.Nat,
            OwnExample = "[\"hole-punch\"]",
        };

    // ---- [[peer]]

    public static readonly Setting<NodeId> PeerId = new("peer", "id", NetworkRules.NodeId, default,
        "Node id of the peer; 'whalescale id' prints it there.")
    {
        IsRequired = true,
    };

    public static readonly Setting<string> PeerName = new("peer", "name", TextRules.Name, "",
        "Name of the peer. Default: the first ten characters of its id.")
    {
        HasDerivedDefault = true,
    };

    public static readonly Setting<IReadOnlyList<string>> PeerEndpoints = new("peer", "endpoints", Endpoints, [],
        "Where the peer is reached; without any it must come to us.")
    {
        OwnExample = "[\"beta.example:51900\"]",
    };

    public static readonly Setting<bool> PeerIsAnchor = new("peer", "anchor", Flag, false,
        "Whether the peer relays and introduces others.");

    public static readonly Setting<IReadOnlyList<IpPrefix>> PeerRoutes = new("peer", "routes", Routes, [],
        "Overlay networks of the peer. Default: its own addresses, derived from its id.")
    {
        OwnExample = "[\"10.77.0.2/32\"]",
    };

    // ---- [api]

    public static readonly Setting<string> ApiUnix =
        new("api", "unix", TextRules.SocketPath, "/run/whalescale/whalescale.sock",
            "Unix socket of the local API; mode 0660, group whalescale. \"none\": no such listener.");

    public static readonly Setting<string> ApiPipe = new("api", "pipe", TextRules.PipeName, "",
        "Named pipe of the local API.")
    {
        HasNoDefault = true,
        Availability = Availability.WindowsOnly,
    };

    public static readonly Setting<int> ApiTcpPort = new("api", "tcp_port", new IntegerRule(1, 65535, 61337), 0,
        "TCP port of the local API on loopback.")
    {
        HasNoDefault = true,
        Availability = Availability.NotYet,
    };

    public static readonly Setting<int> ApiVsockPort = new("api", "vsock_port", new IntegerRule(1, int.MaxValue, 61337),
        0,
        "vsock port of the local API.")
    {
        HasNoDefault = true,
        Availability = Availability.NotYet,
    };

    // ---- [relay]

    public static readonly Setting<Bandwidth> RelayMaxRatePerPair =
        new("relay", "max_rate_per_pair", TextRules.Rate, new Bandwidth(1_250_000),
            "What this anchor forwards between two nodes at most; \"0\": no limit.");

    public static readonly Setting<Bandwidth> RelayMaxRate =
        new("relay", "max_rate", TextRules.Rate, new Bandwidth(12_500_000),
            "What this anchor forwards in all at most; \"0\": no limit.");

    // ---- [plugins], [[plugins.load]]

    public static readonly Setting<string> PluginsDirectory =
        new("plugins", "directory", TextRules.AbsolutePath, "/etc/whalescale/plugins",
            "Directory of the plugins; only those named below are loaded.");

    public static readonly Setting<string> PluginName = new("plugins.load", "name", TextRules.ModuleName, "",
        "Name of the plugin and of its directory.")
    {
        IsRequired = true,
        OwnExample = "\"my-scheduler\"",
    };

    public static readonly Setting<string> PluginSha256 = new("plugins.load", "sha256", TextRules.Sha256, "",
        "SHA-256 of the plugin, 64 hex digits; 'whalescale plugins verify' prints it.")
    {
        IsRequired = true,
    };

    // ---- [telemetry]

    public static readonly Setting<string> TelemetryEndpoint = new("telemetry", "otlp_endpoint", TextRules.Url, "",
        "OTLP collector.")
    {
        HasNoDefault = true,
        Availability = Availability.NotYet,
    };

    /// <summary>The tables, in the order in which they are shown.</summary>
    public static readonly IReadOnlyList<SettingTable> Tables =
    [
        new("node", IsArray: false, "This node.",
            [NodeName, NodeStateDirectory, NodeAddresses, NodeRoutes, NodeEndpoints, NodeIsAnchor]),
        new("network", IsArray: false, "The network it belongs to.",
            [NetworkName, NetworkSecretFile, NetworkMembershipKey]),
        new("tun", IsArray: false, "The tunnel device.", [TunName, TunMtu, TunOffload]),
        new("transport", IsArray: false, "The datagrams outside.", [ListenPort, Interfaces, TransportOffload, RekeyAfter]),
        new("multipath", IsArray: false, "Several paths at once.", [Scheduler, Reorder]),
        new("discovery", IsArray: false, "How peers are found.", [DiscoverySources]),
        new("nat", IsArray: false, "How address translation is crossed.", [NatMethods]),
        new("api", IsArray: false, "The local API.", [ApiUnix, ApiPipe, ApiTcpPort, ApiVsockPort]),
        new("relay", IsArray: false, "What this anchor forwards for others.", [RelayMaxRatePerPair, RelayMaxRate]),
        new("plugins", IsArray: false, "Plugins.", [PluginsDirectory]),
        new("telemetry", IsArray: false, "Spans and metrics.", [TelemetryEndpoint]),
        new("path", IsArray: true, "Rules for interfaces; the first that fits applies.",
            [PathInterface, PathRuleTier, PathIsMetered, PathMaxRate]),
        new("peer", IsArray: true, "The peers; 'whalescale peers add' keeps its own in conf.d.",
            [PeerId, PeerName, PeerEndpoints, PeerIsAnchor, PeerRoutes]),
        new("plugins.load", IsArray: true, "A plugin to load.", [PluginName, PluginSha256]),
    ];

    /// <summary>All settings.</summary>
    public static readonly IReadOnlyList<Setting> All = [.. Tables.SelectMany(table => table.Settings)];

    public static SettingTable? FindTable(string name) => Tables.FirstOrDefault(table => table.Name == name);
}
