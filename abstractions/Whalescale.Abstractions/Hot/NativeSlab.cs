using System.Runtime.InteropServices;

namespace Whalescale.Abstractions;

/// <summary>A block of native memory that packets live in: aligned to 64 bytes, zeroed at the start, never
/// moved.</summary>
/// <remarks>Outside the collected heap on purpose: system calls keep addresses into it between calls, and the collector
/// never scans it. Untouched pages cost no memory. Owned by one thread at a time.</remarks>
public sealed unsafe class NativeSlab : IDisposable
{
    private const int Alignment = 64;

    private void* _block;
    private void* _start;

    /// <summary>Allocates <paramref name="length"/> bytes.</summary>
    public NativeSlab(int length)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(length);
        Length = length;
        // Zeroed by the kernel on first touch rather than by us at once: a large slab costs only the pages it uses.
        _block = NativeMemory.AllocZeroed((nuint)length + Alignment);
        _start = (void*)(((nuint)_block + Alignment - 1) & ~(nuint)(Alignment - 1));
    }

    /// <summary>Frees what was not disposed of.</summary>
    ~NativeSlab() => Free();

    /// <summary>Bytes in the block.</summary>
    public int Length { get; }

    /// <summary>Address of the first byte; valid until disposal.</summary>
    public nint Address => (nint)_start;

    /// <summary>The bytes from <paramref name="offset"/> on.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The range leaves the block, or the block is gone.</exception>
    public Span<byte> Slice(int offset, int length)
    {
        if (_start == null || (uint)offset > (uint)Length || (uint)length > (uint)(Length - offset))
            throw new ArgumentOutOfRangeException(nameof(offset));
        return new Span<byte>((byte*)_start + offset, length);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Free();
        GC.SuppressFinalize(this);
    }

    private void Free()
    {
        NativeMemory.Free(_block);
        _block = _start = null;
    }
}
