using System.Security.Cryptography;
using Whalescale.Crypto;

namespace Whalescale.Benchmarks.Contests;

/// <summary>The Diffie-Hellman function alone.</summary>
internal sealed class KeyExchange
{
    private readonly byte[] _secret = RandomNumberGenerator.GetBytes(X25519.KeySize);
    private readonly byte[] _shared = new byte[X25519.KeySize];
    private readonly X25519PublicKey _other = X25519.PublicKeyOf(RandomNumberGenerator.GetBytes(X25519.KeySize));

    /// <summary>One shared secret.</summary>
    internal void Agree()
    {
        if (!X25519.TryAgree(_secret, _other, _shared)) throw new CryptographicException("No shared secret.");
    }

    /// <summary>One public key.</summary>
    internal void MakePublicKey() => X25519.PublicKeyOf(_secret);

    /// <summary>Several of both.</summary>
    internal void Repeat(int agreements, int publicKeys)
    {
        for (int i = 0; i < agreements; i++) Agree();
        for (int i = 0; i < publicKeys; i++) MakePublicKey();
    }
}
