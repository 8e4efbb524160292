namespace Whalescale.Abstractions;

/// <summary>A point on the node's own monotonic time line, in nanoseconds since an arbitrary start; it counts
/// suspended time.</summary>
/// <remarks>The core never reads a clock: whoever drives it passes the instant in. Subtracting two instants of
/// different nodes means nothing.</remarks>
/// <param name="Nanoseconds">Nanoseconds since the start of the time line; not negative.</param>
public readonly record struct Instant(long Nanoseconds) : IComparable<Instant>
{
    /// <summary>Later than every deadline: "nothing is due".</summary>
    public static Instant Never => new(long.MaxValue);

    /// <summary>The start of the time line.</summary>
    public static Instant Zero => default;

    /// <summary>The instant <paramref name="delay"/> later; <see cref="Never"/> stays never.</summary>
    public static Instant operator +(Instant instant, TimeSpan delay) =>
        instant == Never ? Never : new(instant.Nanoseconds + (delay.Ticks * 100));

    /// <summary>The instant <paramref name="delay"/> earlier; <see cref="Never"/> stays never.</summary>
    public static Instant operator -(Instant instant, TimeSpan delay) => instant + -delay;

    /// <summary>Time from <paramref name="earlier"/> to <paramref name="later"/>, to 100 ns.</summary>
    public static TimeSpan operator -(Instant later, Instant earlier) =>
        new((later.Nanoseconds - earlier.Nanoseconds) / 100);

    /// <summary>Whether <paramref name="left"/> is earlier.</summary>
    public static bool operator <(Instant left, Instant right) => left.Nanoseconds < right.Nanoseconds;

    /// <summary>Whether <paramref name="left"/> is later.</summary>
    public static bool operator >(Instant left, Instant right) => left.Nanoseconds > right.Nanoseconds;

    /// <summary>Whether <paramref name="left"/> is earlier or the same.</summary>
    public static bool operator <=(Instant left, Instant right) => left.Nanoseconds <= right.Nanoseconds;

    /// <summary>Whether <paramref name="left"/> is later or the same.</summary>
    public static bool operator >=(Instant left, Instant right) => left.Nanoseconds >= right.Nanoseconds;

    /// <summary>The earlier of two.</summary>
    public static Instant Min(Instant a, Instant b) => a <= b ? a : b;

    /// <summary>The later of two.</summary>
    public static Instant Max(Instant a, Instant b) => a >= b ? a : b;

    /// <inheritdoc/>
    public int CompareTo(Instant other) => Nanoseconds.CompareTo(other.Nanoseconds);

    /// <summary>Seconds with six decimals, or "never".</summary>
    public override string ToString() =>
        this == Never ? "never" : $"{Nanoseconds / 1_000_000_000}.{Nanoseconds / 1000 % 1_000_000:D6}s";
}
