namespace Whalescale.Node;

/// <summary>Ties the node's time line to the wall clock, which may jump.</summary>
/// <param name="At">An instant.</param>
/// <param name="UnixNanoseconds">What the wall clock showed then, in nanoseconds since 1970.</param>
public readonly record struct UtcAnchor(Instant At, long UnixNanoseconds)
{
    /// <summary>What the wall clock shows at another instant if nobody turns it.</summary>
    public long UnixNanosecondsAt(Instant instant) => UnixNanoseconds + (instant.Nanoseconds - At.Nanoseconds);
}
