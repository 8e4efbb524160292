using Whalescale.Agent.Configuration;
using Whalescale.Agent.Loops;

namespace Whalescale.Agent.Runtime;

/// <summary>What an <see cref="AgentRuntime"/> works with; put together by <see cref="CompositionRoot"/>.</summary>
internal sealed class AgentParts
{
    public required AgentOptions Options { get; init; }

    /// <summary>Own overlay addresses.</summary>
    public required IReadOnlyList<IpPrefix> Addresses { get; init; }

    /// <summary>The overlay addresses a node has without being given any.</summary>
    public required Func<NodeId, IReadOnlyList<IpPrefix>> DerivedAddresses { get; init; }

    /// <summary>The device, or null without one.</summary>
    public required ITunDevice? Tun { get; init; }

    /// <summary>The file that `whalescale peers` writes.</summary>
    public required PeerFile PeerFile { get; init; }

    /// <summary>Peers written by hand, with the place.</summary>
    public required IReadOnlyDictionary<NodeId, string> HandWrittenPeers { get; init; }

    public required SavedState State { get; init; }

    public required ControlLoop Control { get; init; }

    public required DiscoveryHub Discovery { get; init; }
}
