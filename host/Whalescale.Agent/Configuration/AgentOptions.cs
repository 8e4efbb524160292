namespace Whalescale.Agent.Configuration;

/// <summary>The whole configuration, validated: what the rest of the agent is given. See docs/operations.md for the
/// file.</summary>
internal sealed record AgentOptions
{
    public NodeOptions Node { get; init; } = new();

    public NetworkOptions Network { get; init; } = new();

    public TunOptions Tun { get; init; } = new();

    public TransportOptions Transport { get; init; } = new();

    public IReadOnlyList<PathRuleOptions> PathRules { get; init; } = [];

    public MultipathOptions Multipath { get; init; } = new();

    public IReadOnlyList<string> DiscoverySources { get; init; } = ["manual"];

    public IReadOnlyList<string> NatMethods { get; init; } = [];

    public IReadOnlyList<PeerOptions> Peers { get; init; } = [];

    public ApiOptions Api { get; init; } = new();

    public RelayOptions Relay { get; init; } = new();

    public PluginsOptions Plugins { get; init; } = new();
}

/// <summary><c>[node]</c></summary>
internal sealed record NodeOptions
{
    /// <summary>Name shown to people; default: the host name up to the first dot, made to fit.</summary>
    public string Name { get; init; } = "";

    /// <summary>Directory of the identity key and everything that survives; default /var/lib/whalescale.</summary>
    public string StateDirectory { get; init; } = "/var/lib/whalescale";

    /// <summary>Overlay addresses with network length; empty: derived from the node id.</summary>
    public IReadOnlyList<IpPrefix> Addresses { get; init; } = [];

    /// <summary>Networks behind this node that peers may reach through it.</summary>
    public IReadOnlyList<IpPrefix> Routes { get; init; } = [];

    /// <summary>Where others reach this node from outside, as <see cref="PeerOptions.Endpoints"/>.</summary>
    public IReadOnlyList<string> Endpoints { get; init; } = [];

    public bool IsAnchor { get; init; }
}

/// <summary><c>[network]</c></summary>
internal sealed record NetworkOptions
{
    public string Name { get; init; } = "default";

    /// <summary>File with the network secret; null: none.</summary>
    public string? SecretFile { get; init; }
}

/// <summary><c>[tun]</c></summary>
internal sealed record TunOptions
{
    /// <summary>Name of the device; "none": no device.</summary>
    public string Name { get; init; } = "whale0";

    /// <summary>Largest overlay packet in bytes, 1280 to 9000; default 1380 until the paths are known.</summary>
    public int Mtu { get; init; } = 1380;

    /// <summary>Whether it was set, and so does not follow the paths.</summary>
    public bool IsMtuFixed { get; init; }

    /// <summary>Whether super-packets and unfinished checksums are exchanged with the kernel, where it can.</summary>
    public bool Offload { get; init; } = true;
}

/// <summary><c>[transport]</c></summary>
internal sealed record TransportOptions
{
    /// <summary>UDP port; 0: random at first and then kept.</summary>
    public ushort ListenPort { get; init; }

    /// <summary>Interfaces to use, with wildcards; empty: every usable one.</summary>
    public IReadOnlyList<string> Interfaces { get; init; } = [];

    /// <summary>Whether trains of datagrams are sent and received in one call, where the kernel can.</summary>
    public bool Offload { get; init; } = true;

    /// <summary>Age of session keys at which new ones are made; 1 to 120 seconds, default 120.</summary>
    public TimeSpan RekeyAfter { get; init; } = TimeSpan.FromSeconds(120);
}

/// <summary>Tier of a path rule, best first.</summary>
internal enum PathTier
{
    Primary,
    Secondary,
    Backup,
    Off,
}

/// <summary>One <c>[[path]]</c>: the first whose pattern fits an interface applies to it.</summary>
internal sealed record PathRuleOptions(string InterfacePattern, PathTier Tier, bool IsMetered, Bandwidth MaxRate);

/// <summary><c>[multipath]</c></summary>
internal sealed record MultipathOptions
{
    public string Scheduler { get; init; } = "earliest-delivery";

    public bool Reorder { get; init; } = true;
}

/// <summary>One <c>[[peer]]</c>.</summary>
internal sealed record PeerOptions
{
    public required NodeId Id { get; init; }

    /// <summary>Name; default: the first ten characters of the id.</summary>
    public required string Name { get; init; }

    /// <summary>"192.0.2.7:51900", "[2001:db8::7]:51900" or "beta.example:51900".</summary>
    public IReadOnlyList<string> Endpoints { get; init; } = [];

    public bool IsAnchor { get; init; }

    /// <summary>Overlay networks of the peer; empty: its own addresses, derived from its id.</summary>
    public IReadOnlyList<IpPrefix> Routes { get; init; } = [];
}

/// <summary><c>[api]</c></summary>
internal sealed record ApiOptions
{
    /// <summary>Path of the Unix socket; null: no such listener.</summary>
    public string? UnixPath { get; init; } = "/run/whalescale/whalescale.sock";

    /// <summary>Name of the pipe; null: no such listener. Windows only.</summary>
    public string? PipeName { get; init; }
}

/// <summary><c>[relay]</c>: what an anchor forwards for others.</summary>
internal sealed record RelayOptions
{
    /// <summary>Between two nodes; 0: no limit. Defaults to 10 Mbit/s.</summary>
    public Bandwidth MaxRatePerPair { get; init; } = new(1_250_000);

    /// <summary>In all; 0: no limit. Defaults to 100 Mbit/s.</summary>
    public Bandwidth MaxRate { get; init; } = new(12_500_000);
}

/// <summary><c>[plugins]</c></summary>
internal sealed record PluginsOptions
{
    /// <summary>Directory of plugin directories; null: no plugins.</summary>
    public string? Directory { get; init; }

    public IReadOnlyList<PluginLoadOptions> Load { get; init; } = [];
}

/// <summary>One <c>[[plugins.load]]</c>: only what is named is loaded.</summary>
internal sealed record PluginLoadOptions(string Name, string Sha256);
