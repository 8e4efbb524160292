using System.Buffers.Binary;

namespace Whalescale.Abstractions;

/// <summary>Where chance enters: the operating system's generator in the agent, a seeded stream in the
/// simulation.</summary>
/// <remarks>Not thread-safe unless the implementation says so.</remarks>
public abstract class RandomSource
{
    /// <summary>Fills the span with random bytes.</summary>
    public abstract void Fill(Span<byte> destination);

    /// <summary>A stream of its own for the consumer of this name; taking one does not shift any other
    /// stream.</summary>
    public abstract RandomSource Fork(string name);

    /// <summary>32 random bits.</summary>
    public uint NextUInt32()
    {
        Span<byte> bytes = stackalloc byte[4];
        Fill(bytes);
        return BinaryPrimitives.ReadUInt32LittleEndian(bytes);
    }

    /// <summary>64 random bits.</summary>
    public ulong NextUInt64()
    {
        Span<byte> bytes = stackalloc byte[8];
        Fill(bytes);
        return BinaryPrimitives.ReadUInt64LittleEndian(bytes);
    }

    /// <summary>A number from 0 to <paramref name="bound"/> - 1, without bias.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The bound is not positive.</exception>
    public int NextBelow(int bound)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(bound);
        uint limit = uint.MaxValue - (uint.MaxValue % (uint)bound);
        while (true)
        {
            uint value = NextUInt32();
            if (value < limit) return (int)(value % (uint)bound);
        }
    }
}
