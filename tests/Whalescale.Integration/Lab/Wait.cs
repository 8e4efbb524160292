using System.Diagnostics;

namespace Whalescale.Integration.Lab;

/// <summary>Waits for conditions, never for time: a test takes as long as the machine needs, and no longer.</summary>
internal static class Wait
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(20);

    /// <summary>Returns as soon as <paramref name="condition"/> holds.</summary>
    /// <returns>How long that took.</returns>
    /// <exception cref="TimeoutException">It did not hold within <paramref name="limit"/>.</exception>
    public static TimeSpan Until(string what, TimeSpan limit, Func<bool> condition)
    {
        long start = Stopwatch.GetTimestamp();
        while (!condition())
        {
            if (Stopwatch.GetElapsedTime(start) > limit)
            {
                throw new TimeoutException($"Waited {limit.TotalSeconds:0.#} s in vain until {what}.");
            }

            Thread.Sleep(Pause);
        }

        return Stopwatch.GetElapsedTime(start);
    }
}
