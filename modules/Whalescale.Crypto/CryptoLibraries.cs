using System.Security.Cryptography;
using Whalescale.Crypto.Interop;

namespace Whalescale.Crypto;

/// <summary>The two native libraries that everything here rests on.</summary>
public static class CryptoLibraries
{
    /// <summary>Loads both libraries, so that a missing one is noticed at start and not with the first peer.</summary>
    /// <exception cref="DllNotFoundException">One is missing; the message says which package to install.</exception>
    /// <exception cref="CryptographicException">libcrypto lacks a needed algorithm.</exception>
    public static void Require()
    {
        _ = LibSodium.sodium_init();
        _ = LibCryptoAlgorithms.ChaCha20Poly1305;
        _ = LibCryptoAlgorithms.Aes256Gcm;
        _ = LibCryptoAlgorithms.Blake2s;
        _ = LibCryptoAlgorithms.Blake2sMac;
        _ = LibCryptoAlgorithms.Sha256;
    }
}
