using System.Security.Cryptography;
using Whalescale.Crypto.Interop;

namespace Whalescale.Crypto;

/// <summary>Keyed BLAKE2s with a 16-byte result (RFC 7693, section 2.9): mac1, mac2, cookies.</summary>
/// <remarks>The context is kept, so a computation allocates nothing. Not thread-safe.</remarks>
public sealed unsafe class Blake2sMac : IDisposable
{
    /// <summary>Bytes of a result.</summary>
    public const int MacSize = 16;

    /// <summary>The longest key, in bytes.</summary>
    public const int MaxKeySize = 32;

    private readonly MacContextHandle _handle;
    private nint _context;

    /// <summary>Keeps a context for this key; the key's bytes are copied into it.</summary>
    /// <exception cref="ArgumentException">The key has no bytes or more than 32.</exception>
    public Blake2sMac(ReadOnlySpan<byte> key)
    {
        if (key.Length is 0 or > MaxKeySize)
            throw new ArgumentException($"A BLAKE2s key has 1 to {MaxKeySize} bytes.", nameof(key));
        _handle = new MacContextHandle(LibCryptoAlgorithms.Blake2sMac);
        _context = _handle.DangerousGetHandle();
        nuint size = MacSize;
        fixed (byte* keyBytes = key, sizeName = "size"u8)
        {
            LibCrypto.OsslParam* parameters = stackalloc LibCrypto.OsslParam[2];
            parameters[0] = new LibCrypto.OsslParam
            {
                Key = sizeName,
                DataType = LibCrypto.OsslParamUnsignedInteger,
                Data = &size,
                DataSize = (nuint)sizeof(nuint),
            };
            parameters[1] = default;
            if (LibCrypto.EVP_MAC_init(_context, keyBytes, (nuint)key.Length, parameters) == 1) return;
        }

        _handle.Dispose();
        throw Failed();
    }

    /// <summary>Computes the code of the data into the first 16 bytes of <paramref name="mac16"/>.</summary>
    /// <exception cref="ArgumentException">The destination has fewer than 16 bytes.</exception>
    public void Compute(ReadOnlySpan<byte> data, Span<byte> mac16)
    {
        if (mac16.Length < MacSize) throw new ArgumentException($"A code has {MacSize} bytes.", nameof(mac16));
        ObjectDisposedException.ThrowIf(_context == 0, this);
        nuint written;
        fixed (byte* input = data, output = mac16)
        {
            // A null key keeps the one that the context has.
            bool isDone = LibCrypto.EVP_MAC_init(_context, null, 0, null) == 1
                && (data.IsEmpty || LibCrypto.EVP_MAC_update(_context, input, (nuint)data.Length) == 1)
                && LibCrypto.EVP_MAC_final(_context, output, &written, MacSize) == 1
                && written == MacSize;
            if (!isDone) throw Failed();
        }

        GC.KeepAlive(this);
    }

    /// <summary>Whether the code belongs to the data; the time does not depend on where they differ.</summary>
    /// <returns>False also for a code that has not exactly 16 bytes.</returns>
    public bool Verify(ReadOnlySpan<byte> data, ReadOnlySpan<byte> mac16)
    {
        if (mac16.Length != MacSize) return false;
        Span<byte> expected = stackalloc byte[MacSize];
        Compute(data, expected);
        return CryptographicOperations.FixedTimeEquals(expected, mac16);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _context = 0;
        _handle.Dispose();
    }

    private static CryptographicException Failed() => new("BLAKE2SMAC failed in libcrypto.");
}
