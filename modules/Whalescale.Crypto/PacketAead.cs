using System.Buffers.Binary;
using Whalescale.Crypto.Interop;

namespace Whalescale.Crypto;

/// <summary>What the two directions of transport sealing share: nonce, additional data, choice of the faster
/// way.</summary>
/// <remarks>
/// <code>
/// nonce (12)  0 0 0 0 | counter (8): little-endian for ChaChaPoly, big-endian for AESGCM, as Noise demands
/// AAD   (13)  the same 8 counter bytes | type | version | suite | length of the plaintext (2, big-endian)
/// </code>
/// The AAD has the shape of a TLS record's, because libcrypto has a short cut for exactly that; any other AEAD
/// implementation computes the same with an ordinary nonce and AAD.
/// </remarks>
internal sealed class PacketAead : IDisposable
{
    /// <summary>The length field has 16 bits and, on the way through libcrypto, also counts the tag.</summary>
    public const int MaxPlaintextSize = ushort.MaxValue - Aead.TagSize;

    private readonly AeadCipher _cipher;
    private readonly CipherSuite _suite;
    private readonly byte _messageType;
    private readonly byte _version;
    private readonly EvpAead _aead;

    public PacketAead(
        CipherSuite suite, ReadOnlySpan<byte> key32, byte messageType, byte version, bool isSealing, bool mayUseRecords)
    {
        _suite = suite;
        _cipher = CipherSuites.CipherOf(suite);
        _messageType = messageType;
        _version = version;
        _aead = new EvpAead(_cipher, key32, isSealing);
        if (_cipher != AeadCipher.ChaChaPoly || !mayUseRecords) return;
        UsesRecords = _aead.TryUseRecords();
        if (UsesRecords) return;
        _aead.Dispose();
        _aead = new EvpAead(_cipher, key32, isSealing);
    }

    /// <summary>Whether the two-call way is taken.</summary>
    public bool UsesRecords { get; }

    public void Seal(ulong nonce, ReadOnlySpan<byte> plaintext, Span<byte> ciphertextAndTag)
    {
        ArgumentOutOfRangeException.ThrowIfEqual(nonce, Aead.ReservedNonce);
        if (plaintext.Length > MaxPlaintextSize)
            throw new ArgumentException($"A plaintext has at most {MaxPlaintextSize} bytes.", nameof(plaintext));
        int sealedSize = plaintext.Length + Aead.TagSize;
        if (ciphertextAndTag.Length < sealedSize)
            throw new ArgumentException("Ciphertext and tag need more room.", nameof(ciphertextAndTag));
        Span<byte> output = ciphertextAndTag[..sealedSize];
        CheckOverlap(plaintext, output);

        Span<byte> nonceAndAad = stackalloc byte[Aead.NonceSize - sizeof(ulong) + EvpAead.RecordAadSize];
        WriteNonceAndAad(nonce, plaintext.Length, nonceAndAad);
        ReadOnlySpan<byte> aad = nonceAndAad[(Aead.NonceSize - sizeof(ulong))..];
        if (UsesRecords) _aead.SealRecord(aad, plaintext, output);
        else _aead.Seal(nonceAndAad[..Aead.NonceSize], aad, plaintext, output);
    }

    public bool TryOpen(ulong nonce, ReadOnlySpan<byte> ciphertextAndTag, Span<byte> plaintext)
    {
        int length = ciphertextAndTag.Length - Aead.TagSize;
        if (length is < 0 or > MaxPlaintextSize || nonce == Aead.ReservedNonce) return false;
        if (plaintext.Length < length)
            throw new ArgumentException("The destination has no room for the plaintext.", nameof(plaintext));
        Span<byte> output = plaintext[..length];
        CheckOverlap(ciphertextAndTag, output);

        Span<byte> nonceAndAad = stackalloc byte[Aead.NonceSize - sizeof(ulong) + EvpAead.RecordAadSize];
        WriteNonceAndAad(nonce, UsesRecords ? ciphertextAndTag.Length : length, nonceAndAad);
        ReadOnlySpan<byte> aad = nonceAndAad[(Aead.NonceSize - sizeof(ulong))..];
        return UsesRecords
            ? _aead.TryOpenRecord(aad, ciphertextAndTag, output)
            : _aead.TryOpen(nonceAndAad[..Aead.NonceSize], aad, ciphertextAndTag, output);
    }

    public void Dispose() => _aead.Dispose();

    private static void CheckOverlap(ReadOnlySpan<byte> input, ReadOnlySpan<byte> output)
    {
        if (input.Overlaps(output, out int elementOffset) && elementOffset != 0)
            throw new ArgumentException("Input and output start at the same byte or do not overlap.", nameof(output));
    }

    /// <summary>Nonce and AAD side by side: the counter bytes are the end of the one and the start of the
    /// other.</summary>
    private void WriteNonceAndAad(ulong nonce, int length, Span<byte> destination17)
    {
        const int Zeros = Aead.NonceSize - sizeof(ulong);
        destination17[..Zeros].Clear();
        Aead.WriteCounter(_cipher, nonce, destination17[Zeros..]);
        destination17[Aead.NonceSize] = _messageType;
        destination17[Aead.NonceSize + 1] = _version;
        destination17[Aead.NonceSize + 2] = (byte)_suite;
        BinaryPrimitives.WriteUInt16BigEndian(destination17[(Aead.NonceSize + 3)..], (ushort)length);
    }
}
