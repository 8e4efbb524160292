using System.Security.Cryptography;
using System.Text;

namespace Whalescale.Crypto;

/// <summary>What makes a node itself: a seed of 32 bytes, and the signing and key agreement keys that follow from
/// it.</summary>
/// <remarks>
/// Only the seed is ever stored; both halves of every key come from it. The same key signs (Ed25519) and agrees
/// (X25519), which is sound as long as the two uses never hash the same input (Thormarker, ePrint 2021/509): every
/// signed message therefore starts with a label and a NUL byte. Not thread-safe for <see cref="Dispose"/>; everything
/// else only reads.
/// </remarks>
public sealed class Identity : IDisposable
{
    /// <summary>Bytes of the seed.</summary>
    public const int SeedSize = Ed25519.SeedSize;

    /// <summary>Bytes of a signature.</summary>
    public const int SignatureSize = Ed25519.SignatureSize;

    /// <summary>Messages up to this length are assembled on the stack; signed records are at most 1 KiB.</summary>
    private const int StackBytes = 1536;

    /// <summary>The seed followed by the public key, as libsodium keeps it.</summary>
    private readonly SecretBytes _signingKey;

    private Identity(SecretBytes signingKey, SecretBytes staticSecret, NodeId nodeId, X25519PublicKey staticKey)
    {
        _signingKey = signingKey;
        StaticSecret = staticSecret;
        NodeId = nodeId;
        StaticKey = staticKey;
    }

    /// <summary>The node's name: the Ed25519 public key, sign bit 0.</summary>
    public NodeId NodeId { get; }

    /// <summary>The X25519 public key that handshakes use.</summary>
    public X25519PublicKey StaticKey { get; }

    /// <summary>The X25519 secret for the handshake; owned by this object, do not dispose.</summary>
    public SecretBytes StaticSecret { get; }

    /// <summary>Makes a new identity; draws seeds until the node id has sign bit 0, two on average.</summary>
    public static Identity Generate(RandomSource random)
    {
        ArgumentNullException.ThrowIfNull(random);
        using var seed = new SecretBytes(SeedSize);
        while (true)
        {
            random.Fill(seed.Span);
            if (TryDerive(seed.Span, out Identity? identity) == NodeIdVerdict.Usable) return identity!;
        }
    }

    /// <summary>Takes an identity up again from its seed.</summary>
    /// <exception cref="ArgumentException">Not 32 bytes, or a seed that <see cref="Generate"/> would not have
    /// kept.</exception>
    public static Identity FromSeed(ReadOnlySpan<byte> seed)
    {
        if (seed.Length != SeedSize)
            throw new ArgumentException($"A seed has {SeedSize} bytes, not {seed.Length}.", nameof(seed));
        NodeIdVerdict verdict = TryDerive(seed, out Identity? identity);
        return identity ?? throw new ArgumentException($"This seed gives no usable node id ({verdict}).", nameof(seed));
    }

    /// <summary>Whether the signature under the label was made by the node; false for any malformed part.</summary>
    /// <param name="signer">An id that has passed <see cref="NodeKeys.Check"/>: a good signature does not imply
    /// that.</param>
    /// <param name="label">What kind of message this is; ASCII, not empty, without NUL.</param>
    /// <param name="message">The bytes after the label.</param>
    /// <param name="signature">64 bytes.</param>
    /// <exception cref="ArgumentException">The label is not one.</exception>
    public static bool Verify(NodeId signer, string label, ReadOnlySpan<byte> message, ReadOnlySpan<byte> signature)
    {
        int length = CheckLabel(label) + 1 + message.Length;
        Span<byte> signed = length <= StackBytes ? stackalloc byte[StackBytes] : new byte[length];
        signed = WriteSigned(label, message, signed);
        Span<byte> publicKey = stackalloc byte[NodeId.Size];
        signer.WriteTo(publicKey);

        // The owner of A can sign under -A as well; only one of the two is a node id.
        return (publicKey[^1] & 0x80) == 0 && Ed25519.Verify(publicKey, signed, signature);
    }

    /// <summary>Writes the 32 bytes of the seed, for the key file; wiping them is the caller's part.</summary>
    public void CopySeed(Span<byte> destination32) => _signingKey.Span[..SeedSize].CopyTo(destination32);

    /// <summary>Signs label, NUL and message.</summary>
    /// <param name="label">What kind of message this is; ASCII, not empty, without NUL.</param>
    /// <param name="message">The bytes after the label.</param>
    /// <param name="signature64">Receives the signature, exactly 64 bytes.</param>
    /// <exception cref="ArgumentException">The label is not one, or the destination has another size.</exception>
    public void Sign(string label, ReadOnlySpan<byte> message, Span<byte> signature64)
    {
        int length = CheckLabel(label) + 1 + message.Length;
        Span<byte> signed = length <= StackBytes ? stackalloc byte[StackBytes] : new byte[length];
        Ed25519.Sign(_signingKey.Span, WriteSigned(label, message, signed), signature64);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _signingKey.Dispose();
        StaticSecret.Dispose();
    }

    private static NodeIdVerdict TryDerive(ReadOnlySpan<byte> seed, out Identity? identity)
    {
        identity = null;
        var signingKey = new SecretBytes(Ed25519.SecretKeySize);
        var staticSecret = new SecretBytes(X25519.KeySize);
        Span<byte> publicKey = stackalloc byte[NodeId.Size];
        Ed25519.DeriveKeys(seed, publicKey, signingKey.Span);
        Ed25519.ToX25519Secret(signingKey.Span, staticSecret.Span);
        var nodeId = new NodeId(publicKey);
        NodeIdVerdict verdict = NodeKeys.Check(nodeId, out X25519PublicKey staticKey);
        if (verdict == NodeIdVerdict.Usable && X25519.PublicKeyOf(staticSecret.Span) != staticKey)
            throw new CryptographicException("The two derivations of the X25519 key differ.");
        if (verdict == NodeIdVerdict.Usable)
        {
            identity = new Identity(signingKey, staticSecret, nodeId, staticKey);
            return verdict;
        }

        signingKey.Dispose();
        staticSecret.Dispose();
        return verdict;
    }

    private static int CheckLabel(string label)
    {
        ArgumentException.ThrowIfNullOrEmpty(label);
        if (!Ascii.IsValid(label) || label.Contains('\0'))
            throw new ArgumentException("A label is ASCII text without NUL.", nameof(label));
        return label.Length;
    }

    private static Span<byte> WriteSigned(string label, ReadOnlySpan<byte> message, Span<byte> destination)
    {
        Encoding.ASCII.GetBytes(label, destination);
        destination[label.Length] = 0;
        message.CopyTo(destination[(label.Length + 1)..]);
        return destination[..(label.Length + 1 + message.Length)];
    }
}
