using System.Security.Cryptography;

namespace Whalescale.Crypto.Interop;

/// <summary>One AEAD key in one direction in a kept libcrypto context: no key schedule and no allocation per
/// packet.</summary>
/// <remarks>
/// Two ways lead to the same bytes. The ordinary one is four calls (nonce, additional data, text, tag). The record way,
/// for ChaCha20-Poly1305 only, is the pair of calls that libcrypto has for TLS records and costs about a sixth less at
/// 1420 bytes: the fixed IV is XORed with the first eight bytes of a 13-byte AAD, whose last two bytes are the length.
/// Text and ciphertext start at the same address or do not overlap; callers check. Not thread-safe.
/// </remarks>
internal sealed unsafe class EvpAead : IDisposable
{
    public const int RecordAadSize = 13;

    private const int TagSize = Aead.TagSize;

    private readonly CipherContextHandle _handle = new();
    private readonly bool _isEncrypting;
    private nint _context;

    public EvpAead(AeadCipher cipher, ReadOnlySpan<byte> key32, bool isEncrypting)
    {
        if (key32.Length != Aead.KeySize)
            throw new ArgumentException($"A key has {Aead.KeySize} bytes.", nameof(key32));
        _isEncrypting = isEncrypting;
        _context = _handle.DangerousGetHandle();
        nint algorithm = cipher == AeadCipher.AesGcm
            ? LibCryptoAlgorithms.Aes256Gcm
            : LibCryptoAlgorithms.ChaCha20Poly1305;
        byte* zeroIv = stackalloc byte[Aead.NonceSize];
        new Span<byte>(zeroIv, Aead.NonceSize).Clear();
        fixed (byte* key = key32)
        {
            int result = isEncrypting
                ? LibCrypto.EVP_EncryptInit_ex(_context, algorithm, 0, key, zeroIv)
                : LibCrypto.EVP_DecryptInit_ex(_context, algorithm, 0, key, zeroIv);
            if (result == 1) return;
        }

        _handle.Dispose();
        throw new CryptographicException("libcrypto did not accept the key.");
    }

    /// <summary>Sets the fixed IV to zero for the record way.</summary>
    /// <returns>False if this libcrypto does not have it; this object must then not be used any more.</returns>
    public bool TryUseRecords()
    {
        byte* zeros = stackalloc byte[RecordAadSize];
        new Span<byte>(zeros, RecordAadSize).Clear();
        bool isSupported = LibCrypto.EVP_CIPHER_CTX_ctrl(
            _context, LibCrypto.EvpCtrlAeadSetIvFixed, Aead.NonceSize, zeros) > 0;
        if (isSupported)
        {
            // The length field must cover the tag when opening; the answer is the size of the tag.
            zeros[RecordAadSize - 1] = TagSize;
            isSupported = LibCrypto.EVP_CIPHER_CTX_ctrl(
                _context, LibCrypto.EvpCtrlAeadTls1Aad, RecordAadSize, zeros) == TagSize;
        }

        if (!isSupported) LibCrypto.ERR_clear_error();
        return isSupported;
    }

    /// <summary>Seals in the record way: nonce = 4 zero bytes || first 8 bytes of the AAD.</summary>
    /// <param name="aad13">Its last two bytes are the length of the plaintext, big-endian.</param>
    /// <param name="plaintext">At most 65519 bytes.</param>
    /// <param name="output">Exactly 16 bytes more than the plaintext.</param>
    public void SealRecord(ReadOnlySpan<byte> aad13, ReadOnlySpan<byte> plaintext, Span<byte> output)
    {
        ObjectDisposedException.ThrowIf(_context == 0, this);
        int written;
        fixed (byte* aad = aad13, input = plaintext, destination = output)
        {
            // An empty plaintext has no address, and libcrypto takes a null input for the end of the message.
            byte* source = input == null ? destination : input;
            bool isDone =
                LibCrypto.EVP_CIPHER_CTX_ctrl(_context, LibCrypto.EvpCtrlAeadTls1Aad, RecordAadSize, aad) == TagSize
                && LibCrypto.EVP_EncryptUpdate(_context, destination, &written, source, output.Length) == 1;
            if (!isDone) throw SealingFailed();
        }

        GC.KeepAlive(this);
    }

    /// <summary>Opens in the record way.</summary>
    /// <param name="aad13">Its last two bytes are the length of the plaintext plus 16: libcrypto subtracts the
    /// tag.</param>
    /// <param name="ciphertextAndTag">At least 16 bytes.</param>
    /// <param name="plaintext">Exactly 16 bytes less.</param>
    /// <returns>False for a forgery; the plaintext's area is then zero.</returns>
    public bool TryOpenRecord(ReadOnlySpan<byte> aad13, ReadOnlySpan<byte> ciphertextAndTag, Span<byte> plaintext)
    {
        ObjectDisposedException.ThrowIf(_context == 0, this);
        int written;
        byte nowhere;
        bool isGood;
        fixed (byte* aad = aad13, input = ciphertextAndTag, destination = plaintext)
        {
            // A null destination would make the call take the ciphertext for additional data.
            byte* target = destination == null ? &nowhere : destination;
            isGood =
                LibCrypto.EVP_CIPHER_CTX_ctrl(_context, LibCrypto.EvpCtrlAeadTls1Aad, RecordAadSize, aad) == TagSize
                && LibCrypto.EVP_DecryptUpdate(_context, target, &written, input, ciphertextAndTag.Length) == 1;
        }

        GC.KeepAlive(this);
        if (!isGood) CryptographicOperations.ZeroMemory(plaintext);
        return isGood;
    }

    /// <summary>Seals in the ordinary way.</summary>
    /// <param name="nonce12">12 bytes.</param>
    /// <param name="aad">Additional data, may be empty.</param>
    /// <param name="plaintext">May be empty.</param>
    /// <param name="output">Exactly 16 bytes more than the plaintext.</param>
    public void Seal(
        ReadOnlySpan<byte> nonce12, ReadOnlySpan<byte> aad, ReadOnlySpan<byte> plaintext, Span<byte> output)
    {
        ObjectDisposedException.ThrowIf(_context == 0 || !_isEncrypting, this);
        int length = plaintext.Length;
        int written;
        fixed (byte* nonce = nonce12, data = aad, input = plaintext, destination = output)
        {
            byte* tag = destination + length;
            bool isDone = LibCrypto.EVP_EncryptInit_ex(_context, 0, 0, null, nonce) == 1
                && (aad.IsEmpty || LibCrypto.EVP_EncryptUpdate(_context, null, &written, data, aad.Length) == 1)
                && (length == 0 || LibCrypto.EVP_EncryptUpdate(_context, destination, &written, input, length) == 1)
                && LibCrypto.EVP_EncryptFinal_ex(_context, tag, &written) == 1
                && LibCrypto.EVP_CIPHER_CTX_ctrl(_context, LibCrypto.EvpCtrlAeadGetTag, TagSize, tag) == 1;
            if (!isDone) throw SealingFailed();
        }

        GC.KeepAlive(this);
    }

    /// <summary>Opens in the ordinary way.</summary>
    /// <param name="nonce12">12 bytes.</param>
    /// <param name="aad">Additional data, may be empty.</param>
    /// <param name="ciphertextAndTag">At least 16 bytes.</param>
    /// <param name="plaintext">Exactly 16 bytes less.</param>
    /// <returns>False for a forgery; the plaintext's area is then zero.</returns>
    public bool TryOpen(
        ReadOnlySpan<byte> nonce12, ReadOnlySpan<byte> aad, ReadOnlySpan<byte> ciphertextAndTag, Span<byte> plaintext)
    {
        ObjectDisposedException.ThrowIf(_context == 0 || _isEncrypting, this);
        int length = ciphertextAndTag.Length - TagSize;
        int written;
        byte nowhere;
        bool isGood;
        fixed (byte* nonce = nonce12, data = aad, input = ciphertextAndTag, destination = plaintext)
        {
            isGood = LibCrypto.EVP_DecryptInit_ex(_context, 0, 0, null, nonce) == 1
                && LibCrypto.EVP_CIPHER_CTX_ctrl(_context, LibCrypto.EvpCtrlAeadSetTag, TagSize, input + length) == 1
                && (aad.IsEmpty || LibCrypto.EVP_DecryptUpdate(_context, null, &written, data, aad.Length) == 1)
                && (length == 0 || LibCrypto.EVP_DecryptUpdate(_context, destination, &written, input, length) == 1)
                && LibCrypto.EVP_DecryptFinal_ex(_context, &nowhere, &written) == 1;
        }

        GC.KeepAlive(this);
        if (!isGood) CryptographicOperations.ZeroMemory(plaintext);
        return isGood;
    }

    public void Dispose()
    {
        _context = 0;
        _handle.Dispose();
    }

    private static CryptographicException SealingFailed() => new("libcrypto refused to seal a packet.");
}
