using System.Security.Cryptography;

namespace Whalescale.Crypto.Interop;

/// <summary>The algorithms of libcrypto, looked up by name once: the look-up costs more than a small packet.</summary>
/// <remarks>
/// Plain fields instead of static initializers, so that a missing library surfaces as itself and not inside a
/// <see cref="TypeInitializationException"/>. Two threads that race fetch the same algorithm twice; the reference that
/// loses is kept by the library until the process ends, which is the life of the other as well.
/// </remarks>
internal static unsafe class LibCryptoAlgorithms
{
    private enum Kind
    {
        Cipher,
        Digest,
        Mac,
    }

    private static nint _aes256Gcm;
    private static nint _chaCha20Poly1305;
    private static nint _blake2s;
    private static nint _blake2b;
    private static nint _sha256;
    private static nint _sha512;
    private static nint _blake2sMac;

    public static nint Aes256Gcm => Get(ref _aes256Gcm, Kind.Cipher, "AES-256-GCM"u8);

    public static nint ChaCha20Poly1305 => Get(ref _chaCha20Poly1305, Kind.Cipher, "ChaCha20-Poly1305"u8);

    public static nint Blake2s => Get(ref _blake2s, Kind.Digest, "BLAKE2S-256"u8);

    public static nint Blake2b => Get(ref _blake2b, Kind.Digest, "BLAKE2B-512"u8);

    public static nint Sha256 => Get(ref _sha256, Kind.Digest, "SHA2-256"u8);

    public static nint Sha512 => Get(ref _sha512, Kind.Digest, "SHA2-512"u8);

    public static nint Blake2sMac => Get(ref _blake2sMac, Kind.Mac, "BLAKE2SMAC"u8);

    /// <param name="field">Where the answer is kept.</param>
    /// <param name="kind">Which table of the library to ask.</param>
    /// <param name="name">A literal, hence followed by a NUL byte in memory.</param>
    private static nint Get(ref nint field, Kind kind, ReadOnlySpan<byte> name)
    {
        nint algorithm = Volatile.Read(ref field);
        if (algorithm != 0) return algorithm;
        fixed (byte* text = name)
        {
            algorithm = kind switch
            {
                Kind.Cipher => LibCrypto.EVP_CIPHER_fetch(0, text, null),
                Kind.Digest => LibCrypto.EVP_MD_fetch(0, text, null),
                _ => LibCrypto.EVP_MAC_fetch(0, text, null),
            };
        }

        if (algorithm == 0)
        {
            string readable = System.Text.Encoding.ASCII.GetString(name);
            throw new CryptographicException(
                $"The installed libcrypto does not offer {readable}; "
                + "OpenSSL 3.0 or later with its default provider is needed.");
        }

        Volatile.Write(ref field, algorithm);
        return algorithm;
    }
}
