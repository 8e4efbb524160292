namespace Whalescale.Crypto.Noise;

/// <summary>What a side brings along to a handshake.</summary>
/// <param name="Static">Our static secret.</param>
/// <param name="StaticPublic">Its public half, if known; it is computed otherwise.</param>
/// <param name="RemoteStatic">The other side's static key, where the pattern presumes it.</param>
/// <param name="Ephemeral">Our ephemeral secret, where it is part of the pre-message (fallback).</param>
/// <param name="RemoteEphemeral">The other side's ephemeral key, where it is part of the pre-message.</param>
internal readonly record struct KeyMaterial(
    SecretBytes? Static, X25519PublicKey? StaticPublic, X25519PublicKey? RemoteStatic,
    SecretBytes? Ephemeral = null, X25519PublicKey? RemoteEphemeral = null);
