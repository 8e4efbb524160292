using Whalescale.Types;

namespace Whalescale.Node;

/// <summary>Timestamps for our initiations, which only ever grow, and a judgement on those of others.</summary>
internal sealed class HandshakeClock(HandshakeTimestamp last)
{
    private UtcAnchor _anchor;

    /// <summary>The last timestamp given out; to be saved.</summary>
    internal HandshakeTimestamp Last { get; private set; } = last;

    /// <summary>Ties the time line to the wall clock anew.</summary>
    internal void Set(UtcAnchor anchor) => _anchor = anchor;

    /// <summary>A timestamp greater than every one before, even if the wall clock was set back.</summary>
    internal HandshakeTimestamp Next(Instant now)
    {
        var fromClock = HandshakeTimestamp.FromUnixNanoseconds(_anchor.UnixNanosecondsAt(now));
        HandshakeTimestamp next = Last.Next();
        Last = fromClock > next ? fromClock : next;
        return Last;
    }

    /// <summary>The latest timestamp that is believed.</summary>
    internal HandshakeTimestamp Latest(TimeSpan tolerance, Instant now) =>
        HandshakeTimestamp.FromUnixNanoseconds(_anchor.UnixNanosecondsAt(now) + (tolerance.Ticks * 100));
}
