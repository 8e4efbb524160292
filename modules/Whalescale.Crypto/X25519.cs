using System.Security.Cryptography;
using Whalescale.Crypto.Interop;

namespace Whalescale.Crypto;

/// <summary>The Diffie-Hellman function of RFC 7748, section 5.</summary>
internal static unsafe class X25519
{
    public const int KeySize = 32;

    /// <summary>The public key of a secret; the secret is clamped as RFC 7748 says.</summary>
    public static X25519PublicKey PublicKeyOf(ReadOnlySpan<byte> secret32)
    {
        if (secret32.Length != KeySize) throw new ArgumentException("An X25519 secret has 32 bytes.", nameof(secret32));
        byte* publicKey = stackalloc byte[KeySize];
        fixed (byte* secret = secret32)
        {
            if (LibSodium.crypto_scalarmult_curve25519_base(publicKey, secret) != 0)
                throw new CryptographicException("X25519 failed in libsodium.");
        }

        return new X25519PublicKey(new ReadOnlySpan<byte>(publicKey, KeySize));
    }

    /// <summary>Computes the shared secret.</summary>
    /// <returns>
    /// False if it is all zero, which is what every point of small order leads to (RFC 7748, section 6.1); the
    /// destination is then zero.
    /// </returns>
    public static bool TryAgree(ReadOnlySpan<byte> secret32, X25519PublicKey publicKey, Span<byte> shared32)
    {
        if (secret32.Length != KeySize) throw new ArgumentException("An X25519 secret has 32 bytes.", nameof(secret32));
        if (shared32.Length != KeySize) throw new ArgumentException("A shared secret has 32 bytes.", nameof(shared32));
        Span<byte> point = stackalloc byte[KeySize];
        publicKey.WriteTo(point);
        int result;
        fixed (byte* secret = secret32, other = point, shared = shared32)
            result = LibSodium.crypto_scalarmult_curve25519(shared, secret, other);

        // The library has such a check of its own; ours does not depend on its version.
        int bits = 0;
        foreach (byte value in shared32) bits |= value;
        if (result == 0 & bits != 0) return true;
        CryptographicOperations.ZeroMemory(shared32);
        return false;
    }
}
