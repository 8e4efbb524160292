using System.Security.Cryptography;
using Whalescale.Crypto.Interop;

namespace Whalescale.Crypto;

/// <summary>ChaCha20-Poly1305 (RFC 8439) in one call, for what is sealed rarely: cookies, handshake payloads.</summary>
public static unsafe class ChaChaPoly
{
    /// <summary>Bytes of a key.</summary>
    public const int KeySize = Aead.KeySize;

    /// <summary>Bytes of a nonce.</summary>
    public const int NonceSize = Aead.NonceSize;

    /// <summary>Bytes of a tag.</summary>
    public const int TagSize = Aead.TagSize;

    /// <summary>Encrypts and appends the tag.</summary>
    /// <exception cref="ArgumentException">A key or nonce of a wrong size, or too small a destination.</exception>
    public static void Seal(
        ReadOnlySpan<byte> key32, ReadOnlySpan<byte> nonce12, ReadOnlySpan<byte> aad, ReadOnlySpan<byte> plaintext,
        Span<byte> ciphertextAndTag)
    {
        CheckSizes(key32, nonce12);
        if (ciphertextAndTag.Length < plaintext.Length + TagSize)
            throw new ArgumentException("Ciphertext and tag need more room.", nameof(ciphertextAndTag));
        fixed (byte* key = key32, nonce = nonce12, data = aad, input = plaintext, output = ciphertextAndTag)
        {
            int result = LibSodium.crypto_aead_chacha20poly1305_ietf_encrypt(
                output, null, input, (ulong)plaintext.Length, data, (ulong)aad.Length, null, nonce, key);
            if (result != 0) throw new CryptographicException("ChaCha20-Poly1305 failed in libsodium.");
        }
    }

    /// <summary>Checks the tag and decrypts.</summary>
    /// <returns>False for a forgery or fewer bytes than a tag has; the plaintext's area then holds no
    /// plaintext.</returns>
    /// <exception cref="ArgumentException">A key or nonce of a wrong size, or too small a destination.</exception>
    public static bool TryOpen(
        ReadOnlySpan<byte> key32, ReadOnlySpan<byte> nonce12, ReadOnlySpan<byte> aad,
        ReadOnlySpan<byte> ciphertextAndTag, Span<byte> plaintext)
    {
        CheckSizes(key32, nonce12);
        if (ciphertextAndTag.Length < TagSize) return false;
        if (plaintext.Length < ciphertextAndTag.Length - TagSize)
            throw new ArgumentException("The destination has no room for the plaintext.", nameof(plaintext));

        // With a null destination libsodium only checks the tag, which for an empty plaintext is all there is to do.
        fixed (byte* key = key32, nonce = nonce12, data = aad, input = ciphertextAndTag, output = plaintext)
        {
            return LibSodium.crypto_aead_chacha20poly1305_ietf_decrypt(
                output, null, null, input, (ulong)ciphertextAndTag.Length, data, (ulong)aad.Length, nonce, key) == 0;
        }
    }

    private static void CheckSizes(ReadOnlySpan<byte> key32, ReadOnlySpan<byte> nonce12)
    {
        if (key32.Length != KeySize)
            throw new ArgumentException($"A key has {KeySize} bytes.", nameof(key32));
        if (nonce12.Length != NonceSize)
            throw new ArgumentException($"A nonce has {NonceSize} bytes.", nameof(nonce12));
    }
}
