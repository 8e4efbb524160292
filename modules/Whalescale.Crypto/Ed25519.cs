using System.Security.Cryptography;
using Whalescale.Crypto.Interop;

namespace Whalescale.Crypto;

/// <summary>Ed25519 signatures (RFC 8032) without any rule of ours on top.</summary>
internal static unsafe class Ed25519
{
    public const int SeedSize = 32;
    public const int PublicKeySize = 32;
    public const int SecretKeySize = 64;
    public const int SignatureSize = 64;

    /// <summary>Derives both halves from the seed: the secret key is the seed followed by the public key.</summary>
    public static void DeriveKeys(ReadOnlySpan<byte> seed32, Span<byte> publicKey32, Span<byte> secretKey64)
    {
        CheckSize(seed32.Length, SeedSize, nameof(seed32));
        CheckSize(publicKey32.Length, PublicKeySize, nameof(publicKey32));
        CheckSize(secretKey64.Length, SecretKeySize, nameof(secretKey64));
        fixed (byte* seed = seed32, publicKey = publicKey32, secretKey = secretKey64)
        {
            if (LibSodium.crypto_sign_ed25519_seed_keypair(publicKey, secretKey, seed) != 0)
                throw new CryptographicException("Ed25519 key derivation failed in libsodium.");
        }
    }

    public static void Sign(ReadOnlySpan<byte> secretKey64, ReadOnlySpan<byte> message, Span<byte> signature64)
    {
        CheckSize(secretKey64.Length, SecretKeySize, nameof(secretKey64));
        CheckSize(signature64.Length, SignatureSize, nameof(signature64));
        fixed (byte* secretKey = secretKey64, data = message, signature = signature64)
        {
            if (LibSodium.crypto_sign_ed25519_detached(signature, null, data, (ulong)message.Length, secretKey) != 0)
                throw new CryptographicException("Ed25519 signing failed in libsodium.");
        }
    }

    /// <summary>Whether the signature is good; false for any malformed part.</summary>
    public static bool Verify(ReadOnlySpan<byte> publicKey, ReadOnlySpan<byte> message, ReadOnlySpan<byte> signature)
    {
        if (publicKey.Length != PublicKeySize || signature.Length != SignatureSize) return false;
        fixed (byte* key = publicKey, data = message, signatureBytes = signature)
        {
            return LibSodium.crypto_sign_ed25519_verify_detached(signatureBytes, data, (ulong)message.Length, key) == 0;
        }
    }

    /// <summary>The X25519 secret of a signing key: the clamped first half of SHA-512(seed).</summary>
    public static void ToX25519Secret(ReadOnlySpan<byte> secretKey64, Span<byte> x25519Secret32)
    {
        CheckSize(secretKey64.Length, SecretKeySize, nameof(secretKey64));
        CheckSize(x25519Secret32.Length, X25519.KeySize, nameof(x25519Secret32));
        fixed (byte* secretKey = secretKey64, x25519Secret = x25519Secret32)
        {
            if (LibSodium.crypto_sign_ed25519_sk_to_curve25519(x25519Secret, secretKey) != 0)
                throw new CryptographicException("Ed25519 to X25519 conversion failed in libsodium.");
        }
    }

    private static void CheckSize(int actual, int expected, string name)
    {
        if (actual != expected) throw new ArgumentException($"{expected} bytes are expected here, not {actual}.", name);
    }
}
