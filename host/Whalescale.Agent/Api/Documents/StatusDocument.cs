using System.Text.Json.Serialization;

namespace Whalescale.Agent.Api.Documents;

/// <summary><c>GET /v1/status</c>: the node, its peers and their paths. docs/schemas/status.json</summary>
internal sealed record StatusDocument
{
    public const string SchemaName = "whalescale.status/1";

    [JsonPropertyOrder(-1)]
    public string Schema { get; init; } = SchemaName;

    public required NodeDocument Node { get; init; }

    /// <summary>Name of the network.</summary>
    public required string Network { get; init; }

    /// <summary>Name of the scheduler in force.</summary>
    public required string Scheduler { get; init; }

    /// <summary>The overlay's network device; null without one.</summary>
    public required DeviceDocument? Tun { get; init; }

    public required IReadOnlyList<PeerDocument> Peers { get; init; }

    /// <summary>Counters by name: packets, datagrams, handshakes, and every drop by its reason.</summary>
    public required IReadOnlyDictionary<string, long> Counters { get; init; }
}

/// <summary>The overlay's network device.</summary>
/// <param name="Name">Its name in the operating system.</param>
/// <param name="Mtu">Largest overlay packet, in bytes.</param>
/// <param name="Offloads">Work left to the kernel or taken over from it: "checksum", "tcp", "udp".</param>
internal sealed record DeviceDocument(string Name, int Mtu, IReadOnlyList<string> Offloads);

/// <summary>The node that answers.</summary>
internal sealed record NodeDocument
{
    public required string Id { get; init; }

    public required string Name { get; init; }

    public required string Version { get; init; }

    /// <summary>"running".</summary>
    public required string State { get; init; }

    /// <summary>Own overlay addresses.</summary>
    public required IReadOnlyList<string> Addresses { get; init; }

    /// <summary>UDP port; 0 before the first socket is open.</summary>
    public required int ListenPort { get; init; }
}

/// <summary>A peer.</summary>
internal sealed record PeerDocument
{
    public required string Id { get; init; }

    public required string Name { get; init; }

    /// <summary>"direct", "relay", "connecting" or "offline".</summary>
    public required string State { get; init; }

    /// <summary>Overlay addresses of the peer itself.</summary>
    public required IReadOnlyList<string> Addresses { get; init; }

    /// <summary>Overlay networks that lead to it, with length.</summary>
    public required IReadOnlyList<string> Routes { get; init; }

    /// <summary>Endpoints the next handshake would try.</summary>
    public required IReadOnlyList<string> Candidates { get; init; }

    /// <summary>Suite of the current keys; null without a session.</summary>
    public required string? Suite { get; init; }

    /// <summary>Age of the current keys in seconds; null without a session.</summary>
    public required double? HandshakeAgeS { get; init; }

    public required long TxBytes { get; init; }

    public required long RxBytes { get; init; }

    public required ReorderDocument Reorder { get; init; }

    public required IReadOnlyList<PathDocument> Paths { get; init; }
}

/// <summary>State of a peer's reorder buffer.</summary>
/// <param name="Held">Packets held.</param>
/// <param name="WorstHoldMs">Longest wait of a packet, in milliseconds.</param>
internal sealed record ReorderDocument(int Held, double WorstHoldMs);

/// <summary>A path. A figure that is not measured is null.</summary>
internal sealed record PathDocument
{
    /// <summary>0 to 254.</summary>
    public required int Id { get; init; }

    /// <summary>"direct" or "relay".</summary>
    public required string Kind { get; init; }

    /// <summary>"ipv4" or "ipv6".</summary>
    public required string Family { get; init; }

    public required string Interface { get; init; }

    public required string Local { get; init; }

    public required string Remote { get; init; }

    /// <summary>"probing", "active", "suspect", "down" or "standby".</summary>
    public required string State { get; init; }

    /// <summary>Smoothed round-trip time in milliseconds.</summary>
    public required double? RttMs { get; init; }

    /// <summary>One-way delay beyond the fastest path of the peer, in milliseconds.</summary>
    public required double? OneWaySkewMs { get; init; }

    /// <summary>Lost share of packets, 0 to 1.</summary>
    public required double? Loss { get; init; }

    /// <summary>Estimated rate in Mbit/s.</summary>
    public required double? RateMbps { get; init; }

    /// <summary>Largest UDP payload in bytes.</summary>
    public required int Mtu { get; init; }

    public required long TxBytes { get; init; }

    public required long RxBytes { get; init; }
}

/// <summary><c>GET /v1/peers</c></summary>
internal sealed record PeersDocument(IReadOnlyList<PeerDocument> Peers)
{
    [JsonPropertyOrder(-1)]
    public string Schema { get; init; } = "whalescale.peers/1";
}

/// <summary><c>GET /v1/paths</c></summary>
internal sealed record PathsDocument(IReadOnlyList<PeerPathDocument> Paths)
{
    [JsonPropertyOrder(-1)]
    public string Schema { get; init; } = "whalescale.paths/1";
}

/// <summary>A path and whose it is.</summary>
internal sealed record PeerPathDocument(PeerNameDocument Peer, PathDocument Path);

/// <summary>Id and name of a peer.</summary>
internal sealed record PeerNameDocument(string Id, string Name);
