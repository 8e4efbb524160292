namespace Whalescale.Integration.Lab;

/// <summary>What the tests read of `status --json`.</summary>
internal sealed record AgentStatus(string Schema, NodeState Node, IReadOnlyList<PeerState> Peers);

/// <summary>The node itself.</summary>
internal sealed record NodeState(string Id, string Name, string State, IReadOnlyList<string> Addresses, int ListenPort);

/// <summary>A peer; state is "direct", "relay", "connecting" or "offline".</summary>
internal sealed record PeerState(string Id, string Name, string State, string? Suite, double? HandshakeAgeS);
