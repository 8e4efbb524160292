using System.Security.Cryptography;

namespace Whalescale.Crypto.Interop;

/// <summary>One AEAD key in one direction in a kept libcrypto context: no key schedule and no allocation per
/// packet.</summary>
/// <remarks>
/// The ordinary way, a call for each of nonce, additional data, text and tag; <see cref="EvpRecordAead"/> is the short
/// cut. Text and ciphertext start at the same address or do not overlap; callers check. Not thread-safe.
/// </remarks>
internal sealed unsafe class EvpAead : IDisposable
{
    private const int TagSize = Aead.TagSize;

    private readonly CipherContextHandle _handle = new();
    private readonly bool _isEncrypting;
    private nint _context;

    public EvpAead(AeadCipher cipher, ReadOnlySpan<byte> key32, bool isEncrypting)
    {
        _isEncrypting = isEncrypting;
        try
        {
            SetKey(_handle, cipher, key32, isEncrypting);
        }
        catch
        {
            _handle.Dispose();
            throw;
        }

        _context = _handle.DangerousGetHandle();
    }

    /// <summary>Gives a new context its cipher and key.</summary>
    /// <exception cref="ArgumentException">Not 32 bytes.</exception>
    /// <exception cref="CryptographicException">libcrypto refuses.</exception>
    public static void SetKey(
        CipherContextHandle handle, AeadCipher cipher, ReadOnlySpan<byte> key32, bool isEncrypting)
    {
        if (key32.Length != Aead.KeySize)
            throw new ArgumentException($"A key has {Aead.KeySize} bytes.", nameof(key32));
        nint context = handle.DangerousGetHandle();
        nint algorithm = cipher == AeadCipher.AesGcm
            ? LibCryptoAlgorithms.Aes256Gcm
            : LibCryptoAlgorithms.ChaCha20Poly1305;
        byte* zeroIv = stackalloc byte[Aead.NonceSize];
        new Span<byte>(zeroIv, Aead.NonceSize).Clear();
        fixed (byte* key = key32)
        {
            int result = isEncrypting
                ? LibCrypto.EVP_EncryptInit_ex(context, algorithm, 0, key, zeroIv)
                : LibCrypto.EVP_DecryptInit_ex(context, algorithm, 0, key, zeroIv);
            if (result == 1) return;
        }

        throw new CryptographicException("libcrypto did not accept the key.");
    }

    /// <summary>Seals.</summary>
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

    /// <summary>Opens.</summary>
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
