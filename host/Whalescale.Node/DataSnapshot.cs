using Whalescale.Sessions;

namespace Whalescale.Node;

/// <summary>What the data half tells of its peers; made on request.</summary>
/// <param name="Peers">By peer number; null where there is none.</param>
public sealed record DataSnapshot(IReadOnlyList<PeerSnapshot?> Peers)
{
    internal static DataSnapshot Of(ForwardingTable table, Instant now) =>
        new([.. table.Peers.Select(peer => peer is null ? null : PeerSnapshot.Of(peer, now))]);
}

/// <summary>What the data half tells of one peer.</summary>
public sealed record PeerSnapshot(
    bool HasSession, string? Suite, TimeSpan? HandshakeAge, long TransmittedBytes, long ReceivedBytes, PathSnapshot? Path)
{
    internal static PeerSnapshot Of(PeerChannel peer, Instant now)
    {
        bool has = peer.Keys.CanSeal(now);
        SessionKeysInfo info = has ? peer.Keys.Current!.Info : default;
        PathChannel path = peer.Path;
        PathState state = !has ? PathState.Down : path.IsProved ? PathState.Active : PathState.Probing;
        PathSnapshot? snapshot = !path.IsSet ? null : new PathSnapshot(
            path.Id, state, path.Migration.Current.Socket, path.Local,
            path.Migration.Current.Remote, path.Observed, path.Rtt.HasSample ? path.Rtt.Smoothed : null,
            path.Mtu, path.TransmittedBytes, path.ReceivedBytes);
        return new PeerSnapshot(
            has, has ? Crypto.CipherSuites.ProtocolName(info.Suite) : null, has ? now - info.EstablishedAt : null,
            peer.TransmittedBytes, peer.ReceivedBytes, snapshot);
    }
}

/// <summary>What the data half tells of one path.</summary>
public sealed record PathSnapshot(
    PathId Id, PathState State, ushort Socket, Endpoint Local, Endpoint Remote, Endpoint Observed, TimeSpan? RoundTrip,
    int Mtu, long TransmittedBytes, long ReceivedBytes);
