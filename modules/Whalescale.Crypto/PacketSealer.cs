namespace Whalescale.Crypto;

/// <summary>Seals the transport messages of one session in one direction.</summary>
/// <remarks>
/// The nonce is 4 zero bytes and the counter; additional data are the counter bytes as they stand in that nonce,
/// message type, version, suite and the plaintext's length. Allocates nothing per packet. Not thread-safe; that no
/// counter is used twice is the session's part.
/// </remarks>
public sealed class PacketSealer : IDisposable
{
    /// <summary>Bytes of the nonce that a message begins with, little-endian.</summary>
    public const int NonceSize = PacketAead.NonceSize;

    /// <summary>Bytes of a message beyond its plaintext: nonce in front, 16 bytes of tag behind.</summary>
    public const int Overhead = PacketAead.Overhead;

    /// <summary>The longest plaintext, in bytes.</summary>
    public const int MaxPlaintextSize = PacketAead.MaxPlaintextSize;

    private readonly PacketAead _aead;

    /// <summary>Keeps a context for this key.</summary>
    /// <param name="suite">Which cipher, and the suite byte of the additional data.</param>
    /// <param name="key32">32 bytes; copied into the context.</param>
    /// <param name="messageType">Goes into the additional data.</param>
    /// <param name="version">Goes into the additional data.</param>
    /// <exception cref="ArgumentException">Not a suite, or not 32 bytes.</exception>
    public PacketSealer(CipherSuite suite, ReadOnlySpan<byte> key32, byte messageType, byte version)
        : this(suite, key32, messageType, version, mayUseRecords: true)
    {
    }

    internal PacketSealer(
        CipherSuite suite, ReadOnlySpan<byte> key32, byte messageType, byte version, bool mayUseRecords) =>
        _aead = new PacketAead(suite, key32, messageType, version, isSealing: true, mayUseRecords);

    internal bool UsesRecords => _aead.UsesRecords;

    /// <summary>Writes a message: nonce, ciphertext, tag.</summary>
    /// <param name="nonce">Any value but 2^64 - 1; never the same twice under one key. Cheapest in runs that count up
    /// by one.</param>
    /// <param name="plaintext">At most <see cref="MaxPlaintextSize"/> bytes, may be empty; stands already in its place
    /// in the message, <see cref="NonceSize"/> bytes from the start, or apart from it.</param>
    /// <param name="message">Exactly <see cref="Overhead"/> bytes longer than the plaintext.</param>
    /// <exception cref="ArgumentException">A rule above is broken.</exception>
    public void Seal(ulong nonce, ReadOnlySpan<byte> plaintext, Span<byte> message) =>
        _aead.Seal(nonce, plaintext, message);

    /// <summary>Wipes the key.</summary>
    public void Dispose() => _aead.Dispose();
}
