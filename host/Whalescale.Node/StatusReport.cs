namespace Whalescale.Node;

/// <summary>Joins what the two halves know of a peer.</summary>
internal static class StatusReport
{
    internal static PeerStatus Of(PeerControl peer, PeerSnapshot? data, IReadOnlyList<SocketInfo> sockets) => new()
    {
        Id = peer.Settings.Id,
        Name = peer.Settings.Name,
        State = data is { HasSession: true } ? PeerState.Direct
            : peer.IsConnecting ? PeerState.Connecting
            : PeerState.Offline,
        Routes = peer.Settings.Routes,
        Suite = data?.Suite,
        HandshakeAge = data?.HandshakeAge,
        TransmittedBytes = data?.TransmittedBytes ?? 0,
        ReceivedBytes = data?.ReceivedBytes ?? 0,
        Paths = data?.Path is { } path ? [Of(path, sockets)] : [],
        Candidates = peer.Candidates.ToArray(),
    };

    private static PathStatus Of(PathSnapshot path, IReadOnlyList<SocketInfo> sockets) => new()
    {
        Id = path.Id,
        State = path.State,
        Interface = sockets.FirstOrDefault(socket => socket.Number == path.Socket).Interface ?? "",
        Local = path.Local,
        Remote = path.Remote,
        Observed = path.Observed,
        RoundTrip = path.RoundTrip,
        Mtu = path.Mtu,
        TransmittedBytes = path.TransmittedBytes,
        ReceivedBytes = path.ReceivedBytes,
    };
}
