namespace Whalescale.Crypto;

/// <summary>Opens the transport messages of one session in one direction; the counterpart of
/// <see cref="PacketSealer"/>.</summary>
/// <remarks>A forgery costs no exception and leaves everything as it was. Allocates nothing per packet. Not
/// thread-safe.</remarks>
public sealed class PacketOpener : IDisposable
{
    /// <summary>Bytes that opening removes.</summary>
    public const int TagSize = Aead.TagSize;

    private readonly PacketAead _aead;

    /// <summary>Keeps a context for this key.</summary>
    /// <param name="suite">Which cipher, and the suite byte of the additional data.</param>
    /// <param name="key32">32 bytes; copied into the context.</param>
    /// <param name="messageType">Goes into the additional data.</param>
    /// <param name="version">Goes into the additional data.</param>
    /// <exception cref="ArgumentException">Not a suite, or not 32 bytes.</exception>
    public PacketOpener(CipherSuite suite, ReadOnlySpan<byte> key32, byte messageType, byte version)
        : this(suite, key32, messageType, version, mayUseRecords: true)
    {
    }

    internal PacketOpener(
        CipherSuite suite, ReadOnlySpan<byte> key32, byte messageType, byte version, bool mayUseRecords) =>
        _aead = new PacketAead(suite, key32, messageType, version, isSealing: false, mayUseRecords);

    internal bool UsesRecords => _aead.UsesRecords;

    /// <summary>Checks the tag and decrypts into the first bytes of the destination.</summary>
    /// <param name="nonce">The counter that the message carries.</param>
    /// <param name="ciphertextAndTag">Exactly the sealed bytes; fewer than 16 are a forgery.</param>
    /// <param name="plaintext">Room for 16 bytes less; starts where the ciphertext starts, or does not overlap.</param>
    /// <returns>False for a forgery: the plaintext's area is zero then, or untouched, but never holds decrypted
    /// bytes.</returns>
    /// <exception cref="ArgumentException">Too little room, or a partial overlap.</exception>
    public bool TryOpen(ulong nonce, ReadOnlySpan<byte> ciphertextAndTag, Span<byte> plaintext) =>
        _aead.TryOpen(nonce, ciphertextAndTag, plaintext);

    /// <summary>Wipes the key.</summary>
    public void Dispose() => _aead.Dispose();
}
