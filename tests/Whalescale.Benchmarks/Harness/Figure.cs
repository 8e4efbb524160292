namespace Whalescale.Benchmarks.Harness;

/// <summary>What was measured of one contender.</summary>
/// <param name="Section">Heading of the table.</param>
/// <param name="Case">What was done.</param>
/// <param name="Name">In which way.</param>
/// <param name="Bytes">Payload bytes of one operation, or 0.</param>
/// <param name="Nanoseconds">Time of one operation.</param>
/// <param name="Ratio">Time of the baseline over the own time, round by round: 2 means twice as fast.</param>
internal sealed record Figure(
    string Section, string Case, string Name, int Bytes, Quartiles Nanoseconds, Quartiles Ratio)
{
    internal double PerSecond => 1e9 / Nanoseconds.Median;

    /// <summary>Bits of payload in a nanosecond; 0 without payload.</summary>
    internal double GigabitsPerSecond => Bytes * 8 / Nanoseconds.Median;
}

/// <summary>The middle half of a sample.</summary>
/// <param name="Low">First quartile.</param>
/// <param name="Median">Median.</param>
/// <param name="High">Third quartile.</param>
internal readonly record struct Quartiles(double Low, double Median, double High)
{
    /// <summary>Width of the middle half over the median: how quiet the machine was. 0.02 is quiet.</summary>
    internal double Spread => (High - Low) / Median;

    /// <summary>Takes the quartiles of a sample that is not empty.</summary>
    internal static Quartiles Of(IEnumerable<double> sample)
    {
        double[] sorted = [.. sample.Order()];
        return new(At(sorted, 0.25), At(sorted, 0.5), At(sorted, 0.75));
    }

    private static double At(double[] sorted, double share)
    {
        double position = share * (sorted.Length - 1);
        int below = (int)position;
        double above = sorted[Math.Min(below + 1, sorted.Length - 1)];
        return sorted[below] + ((position - below) * (above - sorted[below]));
    }
}
