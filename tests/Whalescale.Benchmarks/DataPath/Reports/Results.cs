using Whalescale.Benchmarks.DataPath.Measures;

namespace Whalescale.Benchmarks.DataPath.Reports;

/// <summary>All that was measured.</summary>
internal sealed class Results
{
    private readonly List<Sample> _samples = [];
    private readonly List<UdpSeries> _searches = [];
    private readonly List<FrameSize> _frames = [];

    internal IReadOnlyList<Sample> Samples => _samples;

    /// <summary>The steps of each search for the highest UDP rate.</summary>
    internal IReadOnlyList<UdpSeries> Searches => _searches;

    /// <summary>What crossed the wires.</summary>
    internal IReadOnlyList<FrameSize> Frames => _frames;

    internal void Add(Sample sample) => _samples.Add(sample);

    internal void Add(UdpSeries search) => _searches.Add(search);

    internal void Add(FrameSize size) => _frames.Add(size);

    /// <summary>Those that were measured, in the order of their first turn.</summary>
    internal IEnumerable<string> Contenders(Wire wire, Quantity quantity) =>
        _samples.Where(sample => sample.Wire == wire && sample.Quantity == quantity && sample.Round == 1)
            .Select(sample => sample.Contender);

    internal Extent? Of(Wire wire, string contender, Quantity quantity) =>
        Extent.Of([.. ByRound(wire, contender, quantity).Values]);

    /// <summary>Our agent's value over a contender's, round by round; null where there is none to make.</summary>
    internal Extent? RatioTo(string contender, Wire wire, Quantity quantity)
    {
        if (contender == DatapathOptions.Own) return null;
        Dictionary<int, double> theirs = ByRound(wire, contender, quantity);
        return Extent.Of(
        [
            .. ByRound(wire, DatapathOptions.Own, quantity)
                .Where(own => theirs.TryGetValue(own.Key, out double other) && other > 0)
                .Select(own => own.Value / theirs[own.Key]),
        ]);
    }

    private Dictionary<int, double> ByRound(Wire wire, string contender, Quantity quantity) => _samples
        .Where(sample => sample.Wire == wire && sample.Contender == contender && sample.Quantity == quantity)
        .ToDictionary(sample => sample.Round, sample => sample.Value);
}

/// <summary>A search for the highest UDP rate.</summary>
internal sealed record UdpSeries(Wire Wire, string Contender, int Round, IReadOnlyList<UdpProbe> Probes);

/// <summary>Mean size of what a contender sent into the wire during a TCP measurement, with the Ethernet
/// header.</summary>
internal sealed record FrameSize(Wire Wire, string Contender, int Round, double MeanBytes);
