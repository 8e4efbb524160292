using Whalescale.Crypto;
using Whalescale.Types;

namespace Whalescale.Sessions;

/// <summary>What a node is in a handshake: who, in which network, able to what.</summary>
/// <param name="Identity">Our keys.</param>
/// <param name="Network">What the network shares.</param>
/// <param name="Capabilities">What we tell of ourselves.</param>
public sealed record HandshakeSelf(Identity Identity, NetworkKeys Network, Capabilities Capabilities);
