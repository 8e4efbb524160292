using Whalescale.Tun.Routing;

namespace Whalescale.Node;

/// <summary>Who is reached at which overlay address: made by the control half, swapped whole, never changed.</summary>
/// <param name="Routes">Overlay prefix to peer number.</param>
/// <param name="Own">Addresses that packets from peers may be for.</param>
/// <param name="Peers">Peers by number; null where a peer was removed.</param>
public sealed record ForwardingTable(RouteTable Routes, OwnAddresses Own, IReadOnlyList<PeerChannel?> Peers);
