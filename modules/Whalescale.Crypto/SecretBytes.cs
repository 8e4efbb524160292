using System.Security.Cryptography;

namespace Whalescale.Crypto;

/// <summary>Bytes that nobody else may see: never moved by the collector, zeroed when disposed.</summary>
/// <remarks>
/// The array lives on the pinned heap, so compaction leaves no copies behind. There is no finalizer on purpose: a span
/// taken from <see cref="Span"/> keeps the array alive but not this object, and a finalizer would then wipe bytes that
/// are still in use. Owners dispose. Not thread-safe.
/// </remarks>
public sealed class SecretBytes : IDisposable
{
    private readonly byte[] _bytes;
    private bool _isDisposed;

    /// <summary>A block of zeros.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The length is negative.</exception>
    public SecretBytes(int length)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        _bytes = GC.AllocateArray<byte>(length, pinned: true);
    }

    /// <summary>A copy of the bytes; wiping the original remains the caller's part.</summary>
    public SecretBytes(ReadOnlySpan<byte> bytes) : this(bytes.Length) => bytes.CopyTo(_bytes);

    /// <summary>Number of bytes.</summary>
    public int Length => _bytes.Length;

    /// <summary>The bytes themselves, not a copy.</summary>
    /// <exception cref="ObjectDisposedException">The bytes have been wiped.</exception>
    public Span<byte> Span
    {
        get
        {
            ObjectDisposedException.ThrowIf(_isDisposed, this);
            return _bytes;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _isDisposed = true;
        CryptographicOperations.ZeroMemory(_bytes);
    }

    /// <summary>Never the content.</summary>
    public override string ToString() => $"{Length} secret bytes";
}
