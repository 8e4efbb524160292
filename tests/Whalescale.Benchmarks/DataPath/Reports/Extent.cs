using Whalescale.Benchmarks.Harness;

namespace Whalescale.Benchmarks.DataPath.Reports;

/// <summary>Where a sample lies. The rounds are too few for quartiles: all of it is shown.</summary>
/// <param name="Min">The smallest value.</param>
/// <param name="Median">The median.</param>
/// <param name="Max">The largest value.</param>
internal readonly record struct Extent(double Min, double Median, double Max)
{
    /// <summary>Of a sample; null of an empty one.</summary>
    internal static Extent? Of(IReadOnlyCollection<double> sample) =>
        sample.Count == 0 ? null : new Extent(sample.Min(), Quartiles.Of(sample).Median, sample.Max());
}
