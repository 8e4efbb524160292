using Whalescale.Agent.Api;
using Whalescale.Agent.Api.Documents;
using Whalescale.Agent.Configuration;
using Whalescale.Node;

namespace Whalescale.Tests.Api;

/// <summary>An agent that answers with what a test has laid into it, and remembers what it was asked to do.</summary>
internal sealed class CannedAgent : IAgentControl
{
    public static readonly NodeId Alpha = IdOf(1);
    public static readonly NodeId Beta = IdOf(2);
    public static readonly NodeId Gamma = IdOf(3);

    public AgentOptions Options { get; init; } = new() { Node = new NodeOptions { Name = "alpha" } };

    public ushort ListenPort => 51900;

    public IReadOnlyList<IpPrefix> Addresses { get; } = [Prefix("10.77.0.1/16"), Prefix("fd77::1/64")];

    public DeviceDocument? Device { get; set; } = new("whale0", 1380, ["checksum", "tcp", "udp"]);

    public string Scheduler => "earliest-delivery";

    public List<PeerOptions> Added { get; } = [];

    public List<NodeId> Removed { get; } = [];

    public List<(NodeId Peer, PathId? Path, int Size, TimeSpan Timeout)> Pings { get; } = [];

    public Queue<PingReply> PingReplies { get; } = new();

    public Exception? AddFailure { get; set; }

    public NodeStatus Status { get; set; } = new()
    {
        Id = Alpha,
        EstablishedPeers = 1,
        Counters = [new("datagrams_received", 12), new("drop.source-filter", 3)],
        Peers =
        [
            new PeerStatus
            {
                Id = Beta,
                Name = "beta",
                State = PeerState.Direct,
                Routes = [Prefix("10.77.0.2/32"), Prefix("192.168.50.0/24")],
                Suite = "Noise_IK_25519_AESGCM_SHA256",
                HandshakeAge = TimeSpan.FromMilliseconds(12_340),
                TransmittedBytes = 1000,
                ReceivedBytes = 2000,
                Candidates = [At("192.0.2.7:51900")],
                Paths =
                [
                    PathOf(0, PathState.Active, "eth0", "192.0.2.1:51900", "192.0.2.7:51900", 1.2346),
                    PathOf(7, PathState.Probing, "wlan0", "[2001:db8::1]:51900", "[2001:db8::7]:51900", null),
                ],
            },
            new PeerStatus
            {
                Id = Gamma,
                Name = "gamma",
                State = PeerState.Offline,
                Routes = [],
                Suite = null,
                HandshakeAge = null,
                TransmittedBytes = 0,
                ReceivedBytes = 0,
                Candidates = [],
                Paths = [],
            },
        ],
    };

    public Func<CancellationToken, Task>? BeforeStatus { get; set; }

    public static NodeId IdOf(byte value)
    {
        Span<byte> bytes = stackalloc byte[NodeId.Size];
        bytes.Fill(value);
        return new NodeId(bytes);
    }

    public static IpPrefix Prefix(string text) => IpPrefix.TryParse(text, out IpPrefix prefix)
        ? prefix
        : throw new FormatException(text);

    public static Endpoint At(string text) => Endpoint.TryParse(text, out Endpoint endpoint)
        ? endpoint
        : throw new FormatException(text);

    public async Task<NodeStatus> GetStatusAsync(CancellationToken cancellation)
    {
        if (BeforeStatus is { } before) await before(cancellation);
        return Status;
    }

    public Task AddPeerAsync(PeerOptions peer, CancellationToken cancellation)
    {
        if (AddFailure is not null) throw AddFailure;
        Added.Add(peer);
        return Task.CompletedTask;
    }

    public Task RemovePeerAsync(NodeId peer, CancellationToken cancellation)
    {
        Removed.Add(peer);
        return Task.CompletedTask;
    }

    public Task<PingReply> PingAsync(
        NodeId peer, PathId? path, int size, TimeSpan timeout, CancellationToken cancellation)
    {
        Pings.Add((peer, path, size, timeout));
        return Task.FromResult(PingReplies.Dequeue());
    }

    private static PathStatus PathOf(
        byte id, PathState state, string underlay, string local, string remote, double? roundTripMilliseconds) => new()
        {
            Id = new PathId(id),
            State = state,
            Interface = underlay,
            Local = At(local),
            Remote = At(remote),
            RoundTrip = roundTripMilliseconds is { } value ? TimeSpan.FromMilliseconds(value) : null,
            Mtu = 1452,
            TransmittedBytes = 500,
            ReceivedBytes = 600,
        };
}
