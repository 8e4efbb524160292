using Whalescale.Simulation;

namespace Whalescale.Tests.Support;

/// <summary>Chance for tests: named by the test, the same in every run.</summary>
internal static class TestRandom
{
    internal static RandomSource Of(string name) => new SeededRandom(2026).Fork(name);

    /// <summary>Bytes of a random length up to <paramref name="longest"/>.</summary>
    internal static byte[] Bytes(this RandomSource random, int longest)
    {
        var bytes = new byte[random.NextBelow(longest + 1)];
        random.Fill(bytes);
        return bytes;
    }

    /// <summary>Puts the elements into a random order.</summary>
    internal static void Shuffle<T>(this RandomSource random, T[] items)
    {
        for (int i = items.Length - 1; i > 0; i--)
        {
            int j = random.NextBelow(i + 1);
            (items[i], items[j]) = (items[j], items[i]);
        }
    }
}
