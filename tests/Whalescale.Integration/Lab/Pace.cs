using System.Diagnostics;

namespace Whalescale.Integration.Lab;

/// <summary>Spreads packets evenly over time, to a millisecond, without occupying a core.</summary>
internal sealed class Pace(int packetsPerSecond)
{
    // After a stall only this much is made good: a burst of a second's packets would be another experiment.
    private static readonly TimeSpan LongestDebt = TimeSpan.FromMilliseconds(20);

    private long _start = Stopwatch.GetTimestamp();
    private long _released;

    /// <summary>Sleeps until something is due.</summary>
    /// <returns>How many packets to send now, at least 1.</returns>
    public int WaitForDue()
    {
        while (true)
        {
            double elapsedSeconds = Stopwatch.GetElapsedTime(_start).TotalSeconds;
            long due = (long)(elapsedSeconds * packetsPerSecond) - _released;
            long most = Math.Max(1, (long)(LongestDebt.TotalSeconds * packetsPerSecond));
            if (due > most)
            {
                _start = Stopwatch.GetTimestamp();
                _released = 0;
                return (int)most;
            }

            if (due > 0)
            {
                _released += due;
                return (int)due;
            }

            Thread.Sleep(1);
        }
    }
}
