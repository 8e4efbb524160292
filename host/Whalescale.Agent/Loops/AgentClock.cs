using Whalescale.Node;

namespace Whalescale.Agent.Loops;

/// <summary>Reads the clocks for the core: the one place where time enters it.</summary>
/// <param name="time">Its time stamps count suspended time.</param>
internal sealed class AgentClock(TimeProvider time)
{
    private readonly long _start = time.GetTimestamp();

    /// <summary>Now, on the node's own time line. Never decreases.</summary>
    internal Instant Now() => new(time.GetElapsedTime(_start).Ticks * 100);

    /// <summary>Where the wall clock stands against that time line.</summary>
    internal UtcAnchor Utc()
    {
        long ticks = (time.GetUtcNow() - DateTimeOffset.UnixEpoch).Ticks;
        return new UtcAnchor(Now(), ticks * 100);
    }

    /// <summary>How long until then; zero if it has passed, without end if it never comes.</summary>
    internal TimeSpan Until(Instant due)
    {
        if (due == Instant.Never) return Timeout.InfiniteTimeSpan;
        TimeSpan left = due - Now();
        return left > TimeSpan.Zero ? left : TimeSpan.Zero;
    }
}
