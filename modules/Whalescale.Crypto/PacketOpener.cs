namespace Whalescale.Crypto;

/// <summary>Opens the transport messages of one session in one direction; the counterpart of
/// <see cref="PacketSealer"/>.</summary>
/// <remarks>A forgery costs no exception and leaves everything as it was. Allocates nothing per packet. Not
/// thread-safe.</remarks>
public sealed class PacketOpener : IDisposable
{
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

    /// <summary>Checks the tag and decrypts in place.</summary>
    /// <param name="message">Exactly what <see cref="PacketSealer.Seal"/> wrote; the plaintext then stands
    /// <see cref="PacketSealer.NonceSize"/> bytes from its start. Fewer bytes than nonce and tag are a forgery. Nonce
    /// and tag are left as they are.</param>
    /// <returns>False for a forgery: the plaintext's area is zero then, or untouched, but never holds decrypted
    /// bytes.</returns>
    public bool TryOpen(Span<byte> message) => _aead.TryOpen(message);

    /// <summary>Wipes the key.</summary>
    public void Dispose() => _aead.Dispose();
}
