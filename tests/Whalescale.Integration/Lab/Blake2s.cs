using System.Buffers.Binary;
using System.Numerics;

namespace Whalescale.Integration.Lab;

/// <summary>
/// BLAKE2s (RFC 7693), written for forgers: whoever attacks the agent brings an implementation of their own, and a
/// fault in the agent's cannot hide behind the same fault here.
/// </summary>
internal static class Blake2s
{
    private const int BlockBytes = 64;
    private const int Rounds = 10;

    private static ReadOnlySpan<uint> Initial =>
    [
        0x6A09E667, 0xBB67AE85, 0x3C6EF372, 0xA54FF53A, 0x510E527F, 0x9B05688C, 0x1F83D9AB, 0x5BE0CD19,
    ];

    /// <summary>RFC 7693 §2.7.</summary>
    private static ReadOnlySpan<byte> Sigma =>
    [
        0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15,
        14, 10, 4, 8, 9, 15, 13, 6, 1, 12, 0, 2, 11, 7, 5, 3,
        11, 8, 12, 0, 5, 2, 15, 13, 10, 14, 3, 6, 7, 1, 9, 4,
        7, 9, 3, 1, 13, 12, 11, 14, 2, 6, 5, 10, 4, 0, 15, 8,
        9, 0, 5, 7, 2, 4, 10, 15, 14, 1, 11, 12, 6, 8, 3, 13,
        2, 12, 6, 10, 0, 11, 8, 3, 4, 13, 7, 5, 15, 14, 1, 9,
        12, 5, 1, 15, 14, 13, 4, 10, 0, 7, 6, 3, 9, 2, 8, 11,
        13, 11, 7, 14, 12, 1, 3, 9, 5, 0, 15, 4, 8, 6, 2, 10,
        6, 15, 14, 9, 11, 3, 0, 8, 12, 2, 13, 7, 1, 4, 10, 5,
        10, 2, 8, 4, 7, 6, 1, 5, 15, 11, 9, 14, 3, 12, 13, 0,
    ];

    /// <summary>Hashes <paramref name="message"/>.</summary>
    /// <param name="key">0 to 32 bytes; empty: unkeyed.</param>
    /// <param name="message">Any length below 2^32 bytes.</param>
    /// <param name="digest">1 to 32 bytes; its length is part of the function.</param>
    public static void Hash(ReadOnlySpan<byte> key, ReadOnlySpan<byte> message, Span<byte> digest)
    {
        Span<uint> state = stackalloc uint[8];
        Initial.CopyTo(state);
        state[0] ^= 0x01010000u ^ ((uint)key.Length << 8) ^ (uint)digest.Length;

        Span<byte> block = stackalloc byte[BlockBytes];
        uint hashed = 0;
        if (!key.IsEmpty)
        {
            block.Clear();
            key.CopyTo(block);
            hashed = BlockBytes;
            Compress(state, block, hashed, isLast: message.IsEmpty);
        }

        while (message.Length > BlockBytes)
        {
            hashed += BlockBytes;
            Compress(state, message[..BlockBytes], hashed, isLast: false);
            message = message[BlockBytes..];
        }

        if (!message.IsEmpty || key.IsEmpty)
        {
            block.Clear();
            message.CopyTo(block);
            Compress(state, block, hashed + (uint)message.Length, isLast: true);
        }

        Span<byte> words = stackalloc byte[32];
        for (int i = 0; i < state.Length; i++) BinaryPrimitives.WriteUInt32LittleEndian(words[(4 * i)..], state[i]);
        words[..digest.Length].CopyTo(digest);
    }

    private static void Compress(Span<uint> state, ReadOnlySpan<byte> block, uint hashed, bool isLast)
    {
        Span<uint> v = stackalloc uint[16];
        Span<uint> m = stackalloc uint[16];
        for (int i = 0; i < 16; i++) m[i] = BinaryPrimitives.ReadUInt32LittleEndian(block[(4 * i)..]);
        state.CopyTo(v);
        Initial.CopyTo(v[8..]);
        v[12] ^= hashed;
        if (isLast) v[14] = ~v[14];

        for (int round = 0; round < Rounds; round++)
        {
            ReadOnlySpan<byte> s = Sigma.Slice(16 * round, 16);
            for (int i = 0; i < 4; i++) Mix(v, i, 4 + i, 8 + i, 12 + i, m[s[2 * i]], m[s[2 * i + 1]]);
            for (int i = 0; i < 4; i++)
            {
                Mix(v, i, 4 + (i + 1) % 4, 8 + (i + 2) % 4, 12 + (i + 3) % 4, m[s[8 + 2 * i]], m[s[9 + 2 * i]]);
            }
        }

        for (int i = 0; i < 8; i++) state[i] ^= v[i] ^ v[8 + i];
    }

    private static void Mix(Span<uint> v, int a, int b, int c, int d, uint x, uint y)
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
