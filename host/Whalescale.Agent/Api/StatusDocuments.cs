using Whalescale.Agent.Api.Documents;
using Whalescale.Node;

namespace Whalescale.Agent.Api;

/// <summary>Turns the node's own snapshot into documents.</summary>
internal static class StatusDocuments
{
    public static StatusDocument Status(IAgentControl control, NodeStatus status) => new()
    {
        Node = new NodeDocument
        {
            Id = status.Id.ToString(),
            Name = control.Options.Node.Name,
            Version = AgentVersion.Text,
            State = "running",
            Addresses = [.. control.Addresses.Select(prefix => prefix.Address.ToString())],
            ListenPort = control.ListenPort,
        },
        Network = control.Options.Network.Name,
        Scheduler = control.Scheduler,
        Tun = control.Device,
        Peers = Peers(status),
        Counters = new OrderedDictionary<string, long>(status.Counters),
    };

    public static DeviceDocument? Device(ITunDevice? device) => device is null
        ? null
        : new DeviceDocument(device.Name, device.Mtu, Texts(device.Offloads));

    private static List<string> Texts(TunOffloads offloads)
    {
        var texts = new List<string>();
        if (offloads.HasFlag(TunOffloads.Checksum)) texts.Add("checksum");
        if (offloads.HasFlag(TunOffloads.Tcp)) texts.Add("tcp");
        if (offloads.HasFlag(TunOffloads.Udp)) texts.Add("udp");
        return texts;
    }

    public static List<PeerDocument> Peers(NodeStatus status) => [.. status.Peers.Select(Peer)];

    public static List<PeerPathDocument> Paths(NodeStatus status) =>
    [
        .. status.Peers.SelectMany(peer =>
            peer.Paths.Select(path => new PeerPathDocument(Name(peer), Path(peer, path)))),
    ];

    public static PeerNameDocument Name(PeerStatus peer) => new(peer.Id.ToString(), peer.Name);

    public static string Text(PeerState state) => state switch
    {
        PeerState.Direct => "direct",
        PeerState.Relay => "relay",
        PeerState.Connecting => "connecting",
        _ => "offline",
    };

    public static string Text(PathState state) => state switch
    {
        PathState.Active => "active",
        PathState.Standby => "standby",
        PathState.Suspect => "suspect",
        PathState.Probing => "probing",
        _ => "down",
    };

    /// <summary>Milliseconds to the microsecond.</summary>
    public static double? Milliseconds(TimeSpan? time) => time is { } known ? Math.Round(known.TotalMilliseconds, 3) : null;

    private static PeerDocument Peer(PeerStatus peer) => new()
    {
        Id = peer.Id.ToString(),
        Name = peer.Name,
        State = Text(peer.State),
        Addresses =
        [
            .. peer.Routes.Where(route => route.Length == route.Address.BitLength)
                .Select(route => route.Address.ToString()),
        ],
        Routes = [.. peer.Routes.Select(route => route.ToString())],
        Candidates = [.. peer.Candidates.Select(candidate => candidate.ToString())],
        Suite = peer.Suite,
        HandshakeAgeS = peer.HandshakeAge is { } age ? Math.Round(age.TotalSeconds, 1) : null,
        TxBytes = peer.TransmittedBytes,
        RxBytes = peer.ReceivedBytes,
        Reorder = new ReorderDocument(0, 0),
        Paths = [.. peer.Paths.Select(path => Path(peer, path))],
    };

    private static PathDocument Path(PeerStatus peer, PathStatus path) => new()
    {
        Id = path.Id.Value,
        Kind = peer.State == PeerState.Relay ? "relay" : "direct",
        Family = path.Remote.Address.IsIPv4 ? "ipv4" : "ipv6",
        Interface = path.Interface,
        Local = path.Local.ToString(),
        Remote = path.Remote.ToString(),
        State = Text(path.State),
        RttMs = Milliseconds(path.RoundTrip),
        OneWaySkewMs = null,
        Loss = null,
        RateMbps = null,
        Mtu = path.Mtu,
        TxBytes = path.TransmittedBytes,
        RxBytes = path.ReceivedBytes,
    };
}
