using Whalescale.Agent.Api.Documents;
using Whalescale.Agent.Configuration;
using Whalescale.Node;

namespace Whalescale.Agent.Api;

/// <summary>What the local API may ask of a running agent. Thread-safe; answers come from the control thread.</summary>
internal interface IAgentControl
{
    /// <summary>The configuration in force.</summary>
    AgentOptions Options { get; }

    /// <summary>UDP port in use; 0 before the first socket is open.</summary>
    ushort ListenPort { get; }

    /// <summary>Own overlay addresses in force.</summary>
    IReadOnlyList<IpPrefix> Addresses { get; }

    /// <summary>The overlay's network device; null without one.</summary>
    DeviceDocument? Device { get; }

    /// <summary>Name of the scheduler in force.</summary>
    string Scheduler { get; }

    /// <summary>A snapshot of node, peers and paths.</summary>
    Task<NodeStatus> GetStatusAsync(CancellationToken cancellation);

    /// <summary>Adds a peer, or replaces the one of the same id, at once and for good (written to conf.d).</summary>
    /// <exception cref="AgentRequestException">The id is no usable key, the name is taken, a prefix
    /// overlaps.</exception>
    Task AddPeerAsync(PeerOptions peer, CancellationToken cancellation);

    /// <summary>Removes a peer at once and for good; its session is closed.</summary>
    /// <exception cref="AgentRequestException">No such peer, or it is written by hand in a file we do not
    /// edit.</exception>
    Task RemovePeerAsync(NodeId peer, CancellationToken cancellation);

    /// <summary>One challenge over the tunnel protocol; makes a session first if there is none.</summary>
    /// <param name="peer">The peer.</param>
    /// <param name="path">The path, or null for the one in use.</param>
    /// <param name="size">Bytes of padding in the challenge, 0 to 1200.</param>
    /// <param name="timeout">How long to wait.</param>
    /// <param name="cancellation">Ends the wait.</param>
    Task<PingReply> PingAsync(NodeId peer, PathId? path, int size, TimeSpan timeout, CancellationToken cancellation);
}

/// <summary>A request the agent cannot fulfil for a reason that is the user's; becomes problem+json.</summary>
/// <param name="code">Stable code: "peer.unknown", "peer.name_taken", "peer.invalid_id",
/// "peer.managed_by_hand".</param>
/// <param name="message">What is wrong and the next step.</param>
internal sealed class AgentRequestException(string code, string message) : Exception(message)
{
    public string Code => code;
}
