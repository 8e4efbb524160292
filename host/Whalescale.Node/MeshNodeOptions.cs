using Whalescale.Sessions;

namespace Whalescale.Node;

/// <summary>What a node needs to know of itself.</summary>
public sealed record MeshNodeOptions
{
    /// <summary>Identity, network and capabilities.</summary>
    public required HandshakeSelf Self { get; init; }

    /// <summary>Own overlay addresses.</summary>
    public required IReadOnlyList<IpAddress> Addresses { get; init; }

    /// <summary>Networks behind this node that peers may reach.</summary>
    public IReadOnlyList<IpPrefix> Networks { get; init; } = [];

    /// <summary>Makes a scheduler for a peer.</summary>
    public required Func<IPacketScheduler> NewScheduler { get; init; }

    /// <summary>Age of keys at which new ones are made.</summary>
    public TimeSpan RekeyAfter { get; init; } = SessionLimits.RekeyAfter;

    /// <summary>No timestamp up to this one is used again: the last one saved.</summary>
    public Types.HandshakeTimestamp LastTimestamp { get; init; }
}

/// <summary>A peer as the operator describes it.</summary>
/// <param name="Id">Its id; must be a usable key.</param>
/// <param name="Name">Its name.</param>
/// <param name="Routes">Its overlay networks.</param>
/// <param name="IsAnchor">Whether it has a stable address: contact is never given up.</param>
public sealed record PeerSettings(NodeId Id, string Name, IReadOnlyList<IpPrefix> Routes, bool IsAnchor);

/// <summary>Why a peer was not added.</summary>
public enum AddPeerVerdict
{
    Added,

    /// <summary>Its id is no usable Ed25519 key, or our own.</summary>
    UnusableId,

    /// <summary>Another peer, or we, have the same X25519 key: the sign-bit twin of a known id.</summary>
    KeyTaken,

    /// <summary>Another peer has one of its networks.</summary>
    RouteTaken,

    /// <summary>There are <see cref="Types.Limits.Peers"/> already.</summary>
    TooMany,
}
