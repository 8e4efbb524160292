using System.Security.Cryptography;
using Whalescale.Crypto.Interop;

namespace Whalescale.Crypto;

/// <summary>BLAKE2s with a 32-byte digest, without a key (RFC 7693).</summary>
public static unsafe class Blake2s
{
    /// <summary>Bytes of a digest.</summary>
    public const int HashSize = 32;

    /// <summary>Hashes one piece.</summary>
    /// <exception cref="ArgumentException">The destination has fewer than 32 bytes.</exception>
    public static void Hash(ReadOnlySpan<byte> data, Span<byte> hash32) =>
        Hash(data, default, default, default, hash32);

    /// <summary>Hashes the concatenation of two pieces.</summary>
    public static void Hash(ReadOnlySpan<byte> first, ReadOnlySpan<byte> second, Span<byte> hash32) =>
        Hash(first, second, default, default, hash32);

    /// <summary>Hashes the concatenation of three pieces.</summary>
    public static void Hash(
        ReadOnlySpan<byte> first, ReadOnlySpan<byte> second, ReadOnlySpan<byte> third, Span<byte> hash32) =>
        Hash(first, second, third, default, hash32);

    /// <summary>Hashes the concatenation of four pieces.</summary>
    public static void Hash(
        ReadOnlySpan<byte> first, ReadOnlySpan<byte> second, ReadOnlySpan<byte> third, ReadOnlySpan<byte> fourth,
        Span<byte> hash32)
    {
        if (hash32.Length < HashSize) throw new ArgumentException("A BLAKE2s digest has 32 bytes.", nameof(hash32));
        nint context = LibCrypto.EVP_MD_CTX_new();
        try
        {
            bool isDone = context != 0
                && LibCrypto.EVP_DigestInit_ex(context, LibCryptoAlgorithms.Blake2s, 0) == 1
                && Update(context, first) && Update(context, second)
                && Update(context, third) && Update(context, fourth);
            fixed (byte* output = hash32)
            {
                if (!isDone || LibCrypto.EVP_DigestFinal_ex(context, output, null) != 1)
                    throw new CryptographicException("BLAKE2s failed in libcrypto.");
            }
        }
        finally
        {
            LibCrypto.EVP_MD_CTX_free(context);
        }
    }

    private static bool Update(nint context, ReadOnlySpan<byte> data)
    {
        if (data.IsEmpty) return true;
        fixed (byte* input = data) return LibCrypto.EVP_DigestUpdate(context, input, (nuint)data.Length) == 1;
    }
}
