using System.Diagnostics;

namespace Whalescale.Tests.Support;

/// <summary>Feeds random and mutated input to something that must take anything: no exception, no slow case, little garbage.</summary>
internal static class Totality
{
    /// <summary>Cases of each of the two kinds.</summary>
    internal const int Cases = 200_000;

    private const int WarmUp = 1_000;
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
        foreach (byte[] input in good) take(input);
        for (int i = -WarmUp; i < Cases; i++) Take(random.Bytes(longest), take, i < 0 ? int.MaxValue : allocationLimit);
        for (int i = -WarmUp; i < Cases; i++) Take(mutator.Next(), take, i < 0 ? int.MaxValue : allocationLimit);
    }

    private static void Take(byte[] input, Action<byte[]> take, int allocationLimit)
    {
        // The machine may take a break of its own: slow is what is slow every time.
        for (int attempt = 0; attempt < 5; attempt++)
        {
            long allocated = GC.GetAllocatedBytesForCurrentThread();
            long start = Stopwatch.GetTimestamp();
            try
            {
                take(input);
            }
            catch (Exception fault)
            {
                Xunit.Assert.Fail($"{Convert.ToHexString(input)}\n{fault}");
            }

            TimeSpan elapsed = Stopwatch.GetElapsedTime(start);
            allocated = GC.GetAllocatedBytesForCurrentThread() - allocated;
            if (elapsed <= SlowestCase && allocated <= allocationLimit) return;
            if (attempt < 4) continue;
            Xunit.Assert.Fail($"{Convert.ToHexString(input)}\ntook {elapsed} and {allocated} bytes");
        }
    }
}
