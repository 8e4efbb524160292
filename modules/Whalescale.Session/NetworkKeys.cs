using System.Text;
using Whalescale.Crypto;
using Whalescale.Types;

namespace Whalescale.Sessions;

/// <summary>What all nodes of one network share: its id, and all that is derived from its secret.</summary>
/// <remarks>
/// A network without a secret has one of 32 zero bytes: mac1 then shows only that the sender knows the node id. With a
/// secret, a node answers nobody who does not know it, and the suites are those with a pre-shared key.
/// </remarks>
public sealed class NetworkKeys : IDisposable
{
    /// <summary>Bytes of a network secret.</summary>
    public const int SecretSize = 32;

    private readonly SecretBytes _secret = new(SecretSize);
    private readonly byte[] _id = new byte[Protocol.NetworkIdSize];

    /// <summary>Derives everything.</summary>
    /// <param name="name">Name of the network.</param>
    /// <param name="secret">32 bytes, or empty.</param>
    /// <param name="membershipKey">The network's membership key, or empty.</param>
    public NetworkKeys(string name, ReadOnlySpan<byte> secret, ReadOnlySpan<byte> membershipKey = default)
    {
        if (secret.Length is not 0 and not SecretSize)
            throw new ArgumentException($"A network secret has {SecretSize} bytes.", nameof(secret));
        HasSecret = secret.Length > 0;
        secret.CopyTo(_secret.Span);
        Span<byte> hash = stackalloc byte[Blake2s.HashSize];
        Blake2s.Hash("whalescale network v1\0"u8, Encoding.UTF8.GetBytes(name), membershipKey, hash);
        hash[..Protocol.NetworkIdSize].CopyTo(_id);
        if (!HasSecret) return;
        PresharedKey = new SecretBytes(Blake2s.HashSize);
        Blake2s.Hash("ws-psk"u8, _secret.Span, PresharedKey.Span);
    }

    /// <summary>Whether the network has a secret, and so uses the suites with a pre-shared key.</summary>
    public bool HasSecret { get; }

    /// <summary>The pre-shared key of the handshakes, or null.</summary>
    public SecretBytes? PresharedKey { get; }

    /// <summary>First 16 bytes of BLAKE2s("whalescale network v1\0" || name || membership key).</summary>
    public ReadOnlySpan<byte> NetworkId => _id;

    /// <summary>Makes mac1 of messages to this node: key BLAKE2s("ws-mac1" || node id || secret).</summary>
    public Blake2sMac Mac1To(NodeId receiver)
    {
        Span<byte> id = stackalloc byte[NodeId.Size];
        Span<byte> key = stackalloc byte[Blake2s.HashSize];
        receiver.WriteTo(id);
        Blake2s.Hash("ws-mac1"u8, id, _secret.Span, key);
        var mac = new Blake2sMac(key);
        key.Clear();
        return mac;
    }

    /// <summary>The key a cookie for this responder is sealed under: BLAKE2s("ws-cookie" || node id || secret ||
    /// nonce).</summary>
    public void CookieKey(NodeId responder, ReadOnlySpan<byte> nonce, Span<byte> key)
    {
        Span<byte> idAndSecret = stackalloc byte[NodeId.Size + SecretSize];
        responder.WriteTo(idAndSecret);
        _secret.Span.CopyTo(idAndSecret[NodeId.Size..]);
        Blake2s.Hash("ws-cookie"u8, idAndSecret, nonce, key);
        idAndSecret.Clear();
    }

    /// <summary>Noise prologue: "whalescale/1\0" || version || suite || network id || node id of the
    /// responder.</summary>
    public byte[] Prologue(CipherSuite suite, NodeId responder)
    {
        ReadOnlySpan<byte> label = "whalescale/1\0"u8;
        var prologue = new byte[label.Length + 2 + Protocol.NetworkIdSize + NodeId.Size];
        label.CopyTo(prologue);
        prologue[label.Length] = Protocol.Version;
        prologue[label.Length + 1] = (byte)suite;
        _id.CopyTo(prologue.AsSpan(label.Length + 2));
        responder.WriteTo(prologue.AsSpan(label.Length + 2 + Protocol.NetworkIdSize));
        return prologue;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _secret.Dispose();
        PresharedKey?.Dispose();
    }
}
