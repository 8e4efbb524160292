using System.Diagnostics;

namespace Whalescale.Tests.Support;

/// <summary>Feeds random and mutated input to something that must take anything: no exception, no slow case, little
/// garbage.</summary>
internal static class Totality
{
    /// <summary>Cases of each of the two kinds.</summary>
    internal const int Cases = 200_000;

    private const int WarmUp = 1_000;

    // Cases in which the runtime itself allocates on our thread, as it compiles a method anew.
    private const int RuntimesOwn = 5;

    private static readonly TimeSpan SlowestCase = TimeSpan.FromMilliseconds(10);

    /// <summary>Runs both kinds of input through <paramref name="take"/>.</summary>
    /// <param name="name">Of the decoder: seeds the chance.</param>
    /// <param name="longest">Bytes of the longest random input.</param>
    /// <param name="take">Takes an input.</param>
    /// <param name="allocationLimit">Bytes one case may allocate.</param>
    /// <param name="good">Good inputs, to be mutated.</param>
    internal static void Assert(
        string name, int longest, Action<byte[]> take, int allocationLimit, params byte[][] good)
    {
        RandomSource random = TestRandom.Of("totality/" + name);
        var mutator = new Mutator(random, good);
        var wasteful = new List<string>();
        foreach (byte[] input in good) take(input);
        for (int i = 0; i < 2 * (WarmUp + Cases); i++)
        {
            byte[] input = i % 2 == 0 ? random.Bytes(longest) : mutator.Next();
            long allocated = Take(input, take);
            if (i < 2 * WarmUp || allocated <= allocationLimit) continue;
            wasteful.Add($"{Convert.ToHexString(input)} allocated {allocated} bytes");
            Xunit.Assert.True(wasteful.Count <= RuntimesOwn, string.Join('\n', wasteful));
        }
    }

    /// <returns>Bytes allocated.</returns>
    private static long Take(byte[] input, Action<byte[]> take)
    {
        long allocated = GC.GetAllocatedBytesForCurrentThread();
        // The machine may take a break of its own: slow is what is slow every time.
        for (int attempt = 0; attempt < 5; attempt++)
        {
            long start = Stopwatch.GetTimestamp();
            try
            {
                take(input);
            }
            catch (Exception fault)
            {
                Xunit.Assert.Fail($"{Convert.ToHexString(input)}\n{fault}");
            }

            if (Stopwatch.GetElapsedTime(start) <= SlowestCase)
                return (GC.GetAllocatedBytesForCurrentThread() - allocated) / (attempt + 1);
        }

        Xunit.Assert.Fail($"{Convert.ToHexString(input)}\ntook longer than {SlowestCase} five times");
        return 0;
    }
}
