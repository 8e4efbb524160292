using System.Buffers.Binary;

namespace Whalescale.Simulation;

/// <summary>Chance that repeats: the same seed and the same names give the same bytes in every process
/// (xoshiro256**).</summary>
/// <remarks>Not for keys of real nodes. Fork derives from the seed and the path of names, not from the position in the
/// stream, so a new consumer does not shift the others.</remarks>
public sealed class SeededRandom : RandomSource
{
    private readonly ulong _origin;
    private ulong _s0;
    private ulong _s1;
    private ulong _s2;
    private ulong _s3;

    public SeededRandom(ulong seed)
    {
        _origin = seed;
        ulong state = seed;
        _s0 = SplitMix(ref state);
        _s1 = SplitMix(ref state);
        _s2 = SplitMix(ref state);
        _s3 = SplitMix(ref state);
    }

    /// <inheritdoc/>
    public override RandomSource Fork(string name)
    {
        ulong hash = 0xCBF2_9CE4_8422_2325 ^ _origin; // FNV-1a, 64 bits
        foreach (char character in name) hash = (hash ^ character) * 0x0000_0100_0000_01B3;
        return new SeededRandom(SplitMix(ref hash));
    }

    /// <inheritdoc/>
    public override void Fill(Span<byte> destination)
    {
        Span<byte> word = stackalloc byte[8];
        for (; destination.Length >= 8; destination = destination[8..])
            BinaryPrimitives.WriteUInt64LittleEndian(destination, Next());
        if (destination.IsEmpty) return;
        BinaryPrimitives.WriteUInt64LittleEndian(word, Next());
        word[..destination.Length].CopyTo(destination);
    }

    private static ulong SplitMix(ref ulong state)
    {
        ulong z = state += 0x9E37_79B9_7F4A_7C15;
        z = (z ^ (z >> 30)) * 0xBF58_476D_1CE4_E5B9;
        z = (z ^ (z >> 27)) * 0x94D0_49BB_1331_11EB;
        return z ^ (z >> 31);
    }

    private ulong Next()
    {
        ulong result = ulong.RotateLeft(_s1 * 5, 7) * 9;
        ulong shifted = _s1 << 17;
        _s2 ^= _s0;
        _s3 ^= _s1;
        _s1 ^= _s2;
        _s0 ^= _s3;
        _s2 ^= shifted;
        _s3 = ulong.RotateLeft(_s3, 45);
        return result;
    }
}
