using System.Security.Cryptography;
using Whalescale.Crypto.Interop;

namespace Whalescale.Crypto.Noise;

/// <summary>The hash functions of the Noise specification, section 12.</summary>
internal enum NoiseHashAlgorithm
{
    Blake2s,
    Blake2b,
    Sha256,
    Sha512,
}

/// <summary>A hash function with HMAC (RFC 2104) and HKDF (RFC 5869) over it, in one kept context.</summary>
/// <remarks>Allocates nothing per call. Not thread-safe.</remarks>
internal sealed unsafe class NoiseHash : IDisposable
{
    public const int MaxHashSize = 64;
    private const int MaxBlockSize = 128;

    private readonly DigestContextHandle _handle = new();
    private readonly nint _algorithm;
    private nint _context;

    public NoiseHash(NoiseHashAlgorithm algorithm)
    {
        (_algorithm, HashSize, BlockSize) = algorithm switch
        {
            NoiseHashAlgorithm.Blake2s => (LibCryptoAlgorithms.Blake2s, 32, 64),
            NoiseHashAlgorithm.Blake2b => (LibCryptoAlgorithms.Blake2b, 64, 128),
            NoiseHashAlgorithm.Sha256 => (LibCryptoAlgorithms.Sha256, 32, 64),
            NoiseHashAlgorithm.Sha512 => (LibCryptoAlgorithms.Sha512, 64, 128),
            _ => throw new ArgumentOutOfRangeException(nameof(algorithm)),
        };
        _context = _handle.DangerousGetHandle();
    }

    /// <summary>HASHLEN, in bytes.</summary>
    public int HashSize { get; }

    /// <summary>BLOCKLEN, in bytes.</summary>
    public int BlockSize { get; }

    /// <summary>Hashes the concatenation; the output may be one of the inputs.</summary>
    public void Hash(ReadOnlySpan<byte> first, ReadOnlySpan<byte> second, Span<byte> output)
    {
        Begin();
        Append(first);
        Append(second);
        End(output);
    }

    /// <summary>HMAC over the concatenation; the output may be one of the inputs.</summary>
    public void Hmac(
        ReadOnlySpan<byte> key, ReadOnlySpan<byte> first, ReadOnlySpan<byte> second, ReadOnlySpan<byte> third,
        Span<byte> output)
    {
        Span<byte> pad = stackalloc byte[MaxBlockSize];
        Span<byte> inner = stackalloc byte[MaxHashSize];
        pad = pad[..BlockSize];
        inner = inner[..HashSize];
        pad.Clear();
        if (key.Length > BlockSize) Hash(key, default, pad);
        else key.CopyTo(pad);

        foreach (ref byte value in pad) value ^= 0x36;
        Begin();
        Append(pad);
        Append(first);
        Append(second);
        Append(third);
        End(inner);

        foreach (ref byte value in pad) value ^= 0x36 ^ 0x5C;
        Hash(pad, inner, output);
        CryptographicOperations.ZeroMemory(pad);
        CryptographicOperations.ZeroMemory(inner);
    }

    /// <summary>HKDF: extract, then expand; the Noise specification's HKDF is the one with an empty info.</summary>
    /// <param name="salt">The chaining key.</param>
    /// <param name="keyMaterial">What is mixed in.</param>
    /// <param name="info">Empty in Noise.</param>
    /// <param name="output">At most 255 hashes; must not overlap the inputs.</param>
    /// <exception cref="ArgumentException">More than 255 hashes are asked for.</exception>
    public void Hkdf(
        ReadOnlySpan<byte> salt, ReadOnlySpan<byte> keyMaterial, ReadOnlySpan<byte> info, Span<byte> output)
    {
        if (output.Length > 255 * HashSize)
            throw new ArgumentException("HKDF gives at most 255 times the size of the hash.", nameof(output));
        Span<byte> pseudoRandomKey = stackalloc byte[MaxHashSize];
        Span<byte> block = stackalloc byte[MaxHashSize];
        pseudoRandomKey = pseudoRandomKey[..HashSize];
        block = block[..HashSize];
        Hmac(salt, keyMaterial, default, default, pseudoRandomKey);
        for (byte counter = 1; !output.IsEmpty; counter++)
        {
            Hmac(pseudoRandomKey, counter == 1 ? default : block, info, [counter], block);
            int taken = Math.Min(HashSize, output.Length);
            block[..taken].CopyTo(output);
            output = output[taken..];
        }

        CryptographicOperations.ZeroMemory(pseudoRandomKey);
        CryptographicOperations.ZeroMemory(block);
    }

    public void Dispose()
    {
        // Freeing the context wipes what the last computation left in it.
        _context = 0;
        _handle.Dispose();
    }

    private void Begin()
    {
        ObjectDisposedException.ThrowIf(_context == 0, this);
        Require(LibCrypto.EVP_DigestInit_ex(_context, _algorithm, 0));
    }

    private void Append(ReadOnlySpan<byte> data)
    {
        if (data.IsEmpty) return;
        fixed (byte* input = data) Require(LibCrypto.EVP_DigestUpdate(_context, input, (nuint)data.Length));
    }

    private void End(Span<byte> output)
    {
        if (output.Length < HashSize) throw new ArgumentException("The digest needs more room.", nameof(output));
        fixed (byte* destination = output) Require(LibCrypto.EVP_DigestFinal_ex(_context, destination, null));
        GC.KeepAlive(this);
    }

    private static void Require(int result)
    {
        if (result != 1) throw new CryptographicException("A hash function failed in libcrypto.");
    }
}
