using System.Buffers.Binary;
using System.Numerics;

namespace Whalescale.Tests.Conformance;

/// <summary>BLAKE2s written down from RFC 7693, section 3, slowly and for every key and digest size.</summary>
internal static class Blake2sReference
{
    private const int BlockSize = 64;

    private static readonly uint[] InitialValues =
    [
        0x6A09E667, 0xBB67AE85, 0x3C6EF372, 0xA54FF53A, 0x510E527F, 0x9B05688C, 0x1F83D9AB, 0x5BE0CD19,
    ];

    private static readonly int[][] Sigma =
    [
        [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15],
        [14, 10, 4, 8, 9, 15, 13, 6, 1, 12, 0, 2, 11, 7, 5, 3],
        [11, 8, 12, 0, 5, 2, 15, 13, 10, 14, 3, 6, 7, 1, 9, 4],
        [7, 9, 3, 1, 13, 12, 11, 14, 2, 6, 5, 10, 4, 0, 15, 8],
        [9, 0, 5, 7, 2, 4, 10, 15, 14, 1, 11, 12, 6, 8, 3, 13],
        [2, 12, 6, 10, 0, 11, 8, 3, 4, 13, 7, 5, 15, 14, 1, 9],
        [12, 5, 1, 15, 14, 13, 4, 10, 0, 7, 6, 3, 9, 2, 8, 11],
        [13, 11, 7, 14, 12, 1, 3, 9, 5, 0, 15, 4, 8, 6, 2, 10],
        [6, 15, 14, 9, 11, 3, 0, 8, 12, 2, 13, 7, 1, 4, 10, 5],
        [10, 2, 8, 4, 7, 6, 1, 5, 15, 11, 9, 14, 3, 12, 13, 0],
    ];

    public static byte[] Hash(ReadOnlySpan<byte> key, ReadOnlySpan<byte> data, int hashSize)
    {
        var state = (uint[])InitialValues.Clone();
        state[0] ^= 0x01010000U ^ ((uint)key.Length << 8) ^ (uint)hashSize;
        byte[] padded = new byte[key.IsEmpty ? 0 : BlockSize];
        key.CopyTo(padded);
        padded = [.. padded, .. data];
        int total = padded.Length;
        Array.Resize(ref padded, Math.Max(1, (total + BlockSize - 1) / BlockSize) * BlockSize);
        for (int offset = 0; offset < padded.Length; offset += BlockSize)
        {
            bool isLast = offset + BlockSize == padded.Length;
            Compress(state, padded.AsSpan(offset, BlockSize), isLast ? total : offset + BlockSize, isLast);
        }

        var bytes = new byte[32];
        for (int i = 0; i < 8; i++) BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(4 * i), state[i]);
        return bytes[..hashSize];
    }

    private static void Compress(uint[] state, ReadOnlySpan<byte> block, int counter, bool isLast)
    {
        uint[] v = [.. state, .. InitialValues];
        v[12] ^= (uint)counter;
        if (isLast) v[14] = ~v[14];
        var m = new uint[16];
        for (int i = 0; i < 16; i++) m[i] = BinaryPrimitives.ReadUInt32LittleEndian(block[(4 * i)..]);
        foreach (int[] s in Sigma)
        {
            for (int i = 0; i < 4; i++) Mix(v, i, i + 4, i + 8, i + 12, m[s[2 * i]], m[s[(2 * i) + 1]]);
            for (int i = 0; i < 4; i++)
            {
                (int b, int c, int d) = (((i + 1) & 3) + 4, ((i + 2) & 3) + 8, ((i + 3) & 3) + 12);
                Mix(v, i, b, c, d, m[s[8 + (2 * i)]], m[s[9 + (2 * i)]]);
            }
        }

        for (int i = 0; i < 8; i++) state[i] ^= v[i] ^ v[i + 8];
    }

    private static void Mix(uint[] v, int a, int b, int c, int d, uint x, uint y)
    {
        v[a] += v[b] + x;
        v[d] = BitOperations.RotateRight(v[d] ^ v[a], 16);
        v[c] += v[d];
        v[b] = BitOperations.RotateRight(v[b] ^ v[c], 12);
        v[a] += v[b] + y;
        v[d] = BitOperations.RotateRight(v[d] ^ v[a], 8);
        v[c] += v[d];
        v[b] = BitOperations.RotateRight(v[b] ^ v[c], 7);
    }
}
