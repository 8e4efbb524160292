using Whalescale.Benchmarks.DataPath;
using Whalescale.Benchmarks.DataPath.Measures;
using Whalescale.Benchmarks.DataPath.Reports;

namespace Whalescale.Tests.Benchmarks;

public sealed class ResultsTests
{
    [Fact]
    public void A_ratio_is_the_median_of_the_quotients_of_each_round()
    {
        // A machine that becomes ten times as slow: quotients of medians would tell 10 / 10.
        Results results = With(Own(1, 40), Own(2, 10), Own(3, 3), Other(1, 20), Other(2, 10), Other(3, 1));

        Assert.Equal(new Extent(1, 2, 3), results.RatioTo("nebula", Wire.Frames, Quantity.Tcp1));
        Assert.Equal(new Extent(3, 10, 40), results.Of(Wire.Frames, "whalescale", Quantity.Tcp1));
    }

    [Fact]
    public void A_round_that_has_no_quotient_is_left_out()
    {
        Results results = With(Own(1, 4), Own(2, 6), Own(3, 9), Other(1, 0), Other(2, 3));

        Assert.Equal(new Extent(2, 2, 2), results.RatioTo("nebula", Wire.Frames, Quantity.Tcp1));
    }

    [Fact]
    public void Nothing_is_compared_with_itself_with_nothing_or_with_another_wire()
    {
        Results results = With(Own(1, 4), Other(1, 2));

        Assert.Null(results.RatioTo("whalescale", Wire.Frames, Quantity.Tcp1));
        Assert.Null(results.RatioTo("veth", Wire.Frames, Quantity.Tcp1));
        Assert.Null(results.RatioTo("nebula", Wire.Offload, Quantity.Tcp1));
    }

    [Theory]
    [InlineData(0.15)]
    [InlineData(0.7)]
    [InlineData(2.5)]
    [InlineData(6.0)]
    public void The_search_comes_within_four_percent_of_the_highest_good_rate(double capacity)
    {
        List<UdpProbe> probes = UdpSearch.Run(7, rate =>
            new IperfReport(Math.Min(rate, capacity), rate, 0, Math.Max(0, 1 - (capacity / rate)), 0));

        Assert.InRange(UdpSearch.BestOf(probes), 0.96 * capacity, capacity);
    }

    [Fact]
    public void The_search_finds_nothing_where_nothing_arrives() =>
        Assert.Equal(0, UdpSearch.BestOf(UdpSearch.Run(7, rate => new IperfReport(0, rate, 0, Loss: 1, 0))));

    [Fact]
    public void Percentiles_are_values_that_were_measured()
    {
        double[] times = PingTimes.Parse("""
            64 bytes from 10.77.0.2: icmp_seq=1 ttl=64 time=0.300 ms
            64 bytes from 10.77.0.2: icmp_seq=2 ttl=64 time=1.25 ms
            no answer yet for icmp_seq=3
            64 bytes from 10.77.0.2: icmp_seq=4 ttl=64 time=0.100 ms
            64 bytes from 10.77.0.2: icmp_seq=5 ttl=64 time=2 ms
            """);

        Assert.Equal([0.1, 0.3, 1.25, 2], times);
        Assert.Equal(0.3, PingTimes.Percentile(times, 0.5));
        Assert.Equal(2, PingTimes.Percentile(times, 0.99));
        Assert.Equal(0.1, PingTimes.Percentile(times, 0));
    }

    private static Sample Own(int round, double value) =>
        new(Wire.Frames, "whalescale", Quantity.Tcp1, round, value);

    private static Sample Other(int round, double value) => new(Wire.Frames, "nebula", Quantity.Tcp1, round, value);

    private static Results With(params Sample[] samples)
    {
        var results = new Results();
        foreach (Sample sample in samples) results.Add(sample);
        return results;
    }
}
