namespace Whalescale.Benchmarks.DataPath.Measures;

/// <summary>One step of a search.</summary>
/// <param name="Target">Rate that was asked for, Gbit/s of payload.</param>
/// <param name="Report">What came of it.</param>
internal readonly record struct UdpProbe(double Target, IperfReport Report)
{
    /// <summary>At most 1 % did not arrive.</summary>
    internal bool IsGood => Report.Loss <= 0.01;
}

/// <summary>Looks for the highest UDP rate that loses at most 1 %, in the same steps for every contender.</summary>
internal static class UdpSearch
{
    // Chosen: a sixth of what the slowest contender carries, and twice what a plain wire with 1200-byte datagrams
    // carries on two cores.
    private const double Least = 0.1, Most = 6.4; // Gbit/s

    /// <summary>Halves the range (of logarithms) with each probe; the last step of 7 is 3 % of the rate.</summary>
    /// <param name="probes">How many probes.</param>
    /// <param name="probe">Sends at a rate in Gbit/s.</param>
    /// <returns>Every probe, in order.</returns>
    internal static List<UdpProbe> Run(int probes, Func<double, IperfReport> probe)
    {
        var made = new List<UdpProbe>();
        double low = Least, high = Most;
        for (int i = 0; i < probes; i++)
        {
            double target = Math.Sqrt(low * high);
            made.Add(new UdpProbe(target, probe(target)));
            if (made[^1].IsGood) low = target;
            else high = target;
        }

        return made;
    }

    /// <summary>The highest rate that arrived while at most 1 % was lost, Gbit/s; 0 if it was always more.</summary>
    internal static double BestOf(IEnumerable<UdpProbe> probes) =>
        probes.Where(probe => probe.IsGood).Select(probe => probe.Report.Received).DefaultIfEmpty(0).Max();
}
