using System.Globalization;
using System.Text.RegularExpressions;

namespace Whalescale.Benchmarks.DataPath.Measures;

/// <summary>What ping prints, and what to make of it.</summary>
internal static partial class PingTimes
{
    /// <summary>Reads the times out of what ping prints.</summary>
    /// <returns>Milliseconds, sorted.</returns>
    internal static double[] Parse(string text) =>
    [
        .. Answer().Matches(text).Select(match => double.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture))
            .Order(),
    ];

    /// <summary>The smallest value that at least this share of a sorted sample does not exceed.</summary>
    internal static double Percentile(double[] sorted, double share) =>
        sorted[Math.Clamp((int)Math.Ceiling(share * sorted.Length) - 1, 0, sorted.Length - 1)];

    [GeneratedRegex(@"icmp_seq=\d+ .*time=(\d+(?:\.\d+)?) ms")]
    private static partial Regex Answer();
}
