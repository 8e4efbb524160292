namespace Whalescale.Abstractions;

/// <summary>Finds addresses at which peers may answer; a module or plugin. What it offers is a hint, never
/// trust.</summary>
public interface IDiscoverySource
{
    /// <summary>Offers hints until cancelled.</summary>
    Task RunAsync(IDiscoverySink sink, CancellationToken cancellation);
}

/// <summary>Where a discovery source tells what it finds; thread-safe.</summary>
public interface IDiscoverySink
{
    /// <summary>The peers whose addresses are wanted, with the endpoints their operator wrote down.</summary>
    IReadOnlyList<WantedPeer> Wanted { get; }

    /// <summary>Completes when <see cref="Wanted"/> has changed, or a peer could not be reached at what is
    /// known.</summary>
    Task WaitForWantedAsync(CancellationToken cancellation);

    /// <summary>This peer may answer here. Bounded per peer and source: the newest win.</summary>
    void Offer(PeerHint hint);
}

/// <summary>A peer whose addresses are wanted.</summary>
/// <param name="Id">The peer.</param>
/// <param name="Endpoints">As written in configuration: "192.0.2.7:51900", "beta.example:51900".</param>
public sealed record WantedPeer(NodeId Id, IReadOnlyList<string> Endpoints);

/// <summary>An address at which a peer may answer.</summary>
/// <param name="Peer">The peer.</param>
/// <param name="Candidate">The address and how it became known.</param>
/// <param name="Source">Name of the source.</param>
public readonly record struct PeerHint(NodeId Peer, Candidate Candidate, string Source);

/// <summary>An address at which a node may be reached (RFC 8445, section 5.1.1).</summary>
/// <param name="Kind">How it became known.</param>
/// <param name="Endpoint">The address.</param>
public readonly record struct Candidate(CandidateKind Kind, Endpoint Endpoint);

/// <summary>How a candidate became known (RFC 8445).</summary>
public enum CandidateKind : byte
{
    /// <summary>An address of an interface, or one an operator wrote down.</summary>
    Host,

    /// <summary>The outside of a NAT as an anchor sees it.</summary>
    ServerReflexive,

    /// <summary>Seen as the source of a peer's own packet.</summary>
    PeerReflexive,

    /// <summary>Through an anchor.</summary>
    Relayed,
}
