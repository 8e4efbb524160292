namespace Whalescale.Node;

/// <summary>What a node tells of itself: a snapshot, made on request.</summary>
public sealed record NodeStatus
{
    public required NodeId Id { get; init; }

    /// <summary>How many sessions are usable.</summary>
    public required int EstablishedPeers { get; init; }

    public required IReadOnlyList<PeerStatus> Peers { get; init; }

    /// <summary>Counters by name, sorted: drops by reason, handshakes, datagrams. Names are stable.</summary>
    public required IReadOnlyList<KeyValuePair<string, long>> Counters { get; init; }
}

/// <summary>How a peer is reached.</summary>
public enum PeerState
{
    /// <summary>No session, and nothing tries to make one.</summary>
    Offline,

    /// <summary>A handshake is under way.</summary>
    Connecting,

    /// <summary>A session over a direct path.</summary>
    Direct,

    /// <summary>A session, all of whose paths lead over an anchor.</summary>
    Relay,
}

/// <summary>A peer as seen from here.</summary>
public sealed record PeerStatus
{
    public required NodeId Id { get; init; }

    public required string Name { get; init; }

    public required PeerState State { get; init; }

    public required IReadOnlyList<IpPrefix> Routes { get; init; }

    /// <summary>Name of the suite of the current keys, or null without a session:
    /// "Noise_IK_25519_AESGCM_SHA256".</summary>
    public required string? Suite { get; init; }

    /// <summary>Age of the current keys, or null without a session.</summary>
    public required TimeSpan? HandshakeAge { get; init; }

    /// <summary>Bytes of overlay packets sent and received since start.</summary>
    public required long TransmittedBytes { get; init; }

    public required long ReceivedBytes { get; init; }

    public required IReadOnlyList<PathStatus> Paths { get; init; }

    /// <summary>Endpoints the next handshake would try.</summary>
    public required IReadOnlyList<Endpoint> Candidates { get; init; }
}

/// <summary>A path to a peer.</summary>
public sealed record PathStatus
{
    public required PathId Id { get; init; }

    public required PathState State { get; init; }

    /// <summary>Name of the underlay it leaves by; empty if not known.</summary>
    public required string Interface { get; init; }

    public required Endpoint Local { get; init; }

    public required Endpoint Remote { get; init; }

    /// <summary>Our own address as the peer sees it; none until it told.</summary>
    public Endpoint Observed { get; init; }

    /// <summary>Smoothed round-trip time; null until measured.</summary>
    public required TimeSpan? RoundTrip { get; init; }

    /// <summary>Largest UDP payload in bytes.</summary>
    public required int Mtu { get; init; }

    public required long TransmittedBytes { get; init; }

    public required long ReceivedBytes { get; init; }
}

/// <summary>Answer to one ping.</summary>
/// <param name="Outcome">What became of it.</param>
/// <param name="Path">The path it took.</param>
/// <param name="RoundTrip">From sending to answer.</param>
/// <param name="Remote">Where it went.</param>
public readonly record struct PingReply(PingOutcome Outcome, PathId Path, TimeSpan RoundTrip, Endpoint Remote);

/// <summary>What became of a ping.</summary>
public enum PingOutcome
{
    /// <summary>Answered.</summary>
    Answered,

    /// <summary>No answer in time.</summary>
    TimedOut,

    /// <summary>No session could be made in time.</summary>
    NoSession,

    /// <summary>No such peer, or no such path.</summary>
    NoSuchTarget,
}
