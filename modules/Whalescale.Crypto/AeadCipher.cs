using System.Buffers.Binary;

namespace Whalescale.Crypto;

/// <summary>The two ciphers of the Noise specification, section 12.</summary>
internal enum AeadCipher
{
    /// <summary>ChaCha20-Poly1305, RFC 8439; the nonce's counter is little-endian.</summary>
    ChaChaPoly,

    /// <summary>AES-256-GCM; the nonce's counter is big-endian.</summary>
    AesGcm,
}

/// <summary>Sizes and the nonce form that both ciphers share.</summary>
internal static class Aead
{
    public const int KeySize = 32;
    public const int NonceSize = 12;
    public const int TagSize = 16;

    /// <summary>The specification reserves the last nonce (section 5.1), and a counter that never wraps is never
    /// reused.</summary>
    public const ulong ReservedNonce = ulong.MaxValue;

    /// <summary>Writes the eight counter bytes in the order of the cipher; four zero bytes precede them in the
    /// nonce.</summary>
    public static void WriteCounter(AeadCipher cipher, ulong counter, Span<byte> destination8)
    {
        if (cipher == AeadCipher.ChaChaPoly) BinaryPrimitives.WriteUInt64LittleEndian(destination8, counter);
        else BinaryPrimitives.WriteUInt64BigEndian(destination8, counter);
    }
}
