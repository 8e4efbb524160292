namespace Whalescale.Node;

/// <summary>What the data half tells of its peers; made on request.</summary>
/// <param name="Peers">By peer number; null where there is none.</param>
public sealed record DataSnapshot(IReadOnlyList<PeerSnapshot?> Peers);

/// <summary>What the data half tells of one peer.</summary>
public sealed record PeerSnapshot(
    bool HasSession, string? Suite, TimeSpan? HandshakeAge, long TransmittedBytes, long ReceivedBytes, PathSnapshot? Path);

/// <summary>What the data half tells of one path.</summary>
public sealed record PathSnapshot(
    PathId Id, PathState State, ushort Socket, Endpoint Local, Endpoint Remote, Endpoint Observed, TimeSpan? RoundTrip,
    int Mtu, long TransmittedBytes, long ReceivedBytes);
