using Whalescale.Types;

namespace Whalescale.Node;

/// <summary>What happened in a node that its owner should know, log or save.</summary>
public abstract record NodeEvent
{
    private NodeEvent()
    {
    }

    /// <summary>New keys are there: those of a new session, or the next ones of a session that stands.</summary>
    public sealed record SessionEstablished(
        NodeId Peer, string Name, Endpoint Remote, string Suite, bool IsRekey, TimeSpan Elapsed) : NodeEvent;

    /// <summary>The peer has closed its session.</summary>
    public sealed record SessionClosed(NodeId Peer, string Name) : NodeEvent;

    /// <summary>No handshake with the peer succeeded for a minute and a half.</summary>
    public sealed record PeerUnreachable(NodeId Peer, string Name, int Candidates) : NodeEvent;

    /// <summary>A path uses another address of the peer.</summary>
    public sealed record PathMoved(NodeId Peer, string Name, PathId Path, Endpoint Remote) : NodeEvent;

    /// <summary>A handshake of a known peer was refused because its clock is wrong; it is told to prove
    /// itself.</summary>
    public sealed record PeerClockImplausible(NodeId Peer, string Name) : NodeEvent;

    /// <summary>A scheduler threw and was replaced.</summary>
    public sealed record SchedulerFaulted(NodeId Peer, string Name, Exception Fault) : NodeEvent;

    /// <summary>The paths carry overlay packets of up to this many bytes: the device should have this MTU, unless the
    /// operator has set one.</summary>
    public sealed record TunMtuWanted(int Mtu) : NodeEvent;

    /// <summary>Save this: no timestamp up to it may be used again.</summary>
    public sealed record TimestampToSave(HandshakeTimestamp Timestamp) : NodeEvent;

    /// <summary>Answer to <see cref="MeshNode.RequestStatus"/>.</summary>
    public sealed record StatusReady(ulong Request, NodeStatus Status) : NodeEvent;

    /// <summary>Answer to <see cref="MeshNode.Ping"/>.</summary>
    public sealed record PingDone(ulong Ping, PingReply Reply) : NodeEvent;
}
