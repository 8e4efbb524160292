using System.Diagnostics;

namespace Whalescale.Benchmarks.Harness;

/// <summary>One way to do a thing.</summary>
/// <param name="Name">The way.</param>
/// <param name="Operation">Does the thing once.</param>
internal sealed record Contender(string Name, Action Operation);

/// <summary>The same thing done in several ways.</summary>
/// <param name="Section">Heading of a table: "sealing".</param>
/// <param name="Case">What is done: "AES-256-GCM 1420 B".</param>
/// <param name="Bytes">Payload bytes of one operation; 0 where a rate in bits means nothing.</param>
/// <param name="Contenders">The ways; the first is the baseline.</param>
internal sealed record Contest(string Section, string Case, int Bytes, params Contender[] Contenders);

/// <summary>
/// Times contenders against each other on a machine that is never quiet. Each round gives every contender a slice of a
/// quarter of a millisecond, beginning with another one each time. A process that takes the processor away hits few of
/// many slices, and the median does not see it; a clock that slows down hits neighbours alike, and the quotient of two
/// slices of one round does not see it. So medians are reported, and of quotients rather than quotients of medians.
/// </summary>
/// <param name="rounds">Rounds of each contest.</param>
internal sealed class Referee(int rounds)
{
    // Chosen: long against reading the timer (some 20 ns), short against the turns that a kernel gives to processes
    // (some ms), so that most slices are not interrupted on a machine with other work.
    private static readonly long SliceTicks = Stopwatch.Frequency / 4000;

    // Chosen: beyond the 100 ms that the runtime waits before it compiles hot methods again, optimised.
    private static readonly long WarmUpTicks = Stopwatch.Frequency / 4;

    /// <summary>Holds a contest.</summary>
    /// <returns>A figure for each contender, in their order.</returns>
    internal Figure[] Hold(Contest contest)
    {
        Contender[] contenders = contest.Contenders;
        int[] operations = Array.ConvertAll(contenders, Calibrate);
        double[][] nanoseconds = Array.ConvertAll(contenders, _ => new double[rounds]);
        for (int round = 0; round < rounds; round++)
        {
            for (int turn = 0; turn < contenders.Length; turn++)
            {
                int i = (round + turn) % contenders.Length;
                nanoseconds[i][round] = Time(contenders[i].Operation, operations[i]);
            }
        }

        return contenders.Select((contender, i) => new Figure(
            contest.Section, contest.Case, contender.Name, contest.Bytes, Quartiles.Of(nanoseconds[i]),
            Quartiles.Of(nanoseconds[0].Zip(nanoseconds[i], (baseline, own) => baseline / own)))).ToArray();
    }

    /// <summary>Warms the contender up and finds how many operations fill a slice.</summary>
    private static int Calibrate(Contender contender)
    {
        long start = Stopwatch.GetTimestamp(), spent = 0;
        long done = 0;
        for (int batch = 1; spent < WarmUpTicks; batch = Math.Min(batch * 2, 4096))
        {
            for (int i = 0; i < batch; i++) contender.Operation();
            done += batch;
            spent = Stopwatch.GetTimestamp() - start;
        }

        return (int)Math.Clamp(done * SliceTicks / spent, 1, 10_000_000);
    }

    private static double Time(Action operation, int operations)
    {
        long start = Stopwatch.GetTimestamp();
        for (int i = 0; i < operations; i++) operation();
        return (Stopwatch.GetTimestamp() - start) * (1e9 / Stopwatch.Frequency) / operations;
    }
}
