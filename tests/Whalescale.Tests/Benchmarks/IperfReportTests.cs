using Whalescale.Benchmarks.DataPath;
using Whalescale.Benchmarks.DataPath.Measures;

namespace Whalescale.Tests.Benchmarks;

/// <summary>On what iperf3 3.12 prints, shortened.</summary>
public sealed class IperfReportTests
{
    private const string Tcp = """
        {
          "intervals": [
            { "sum": { "bytes": 3165388800, "omitted": true } },
            { "sum": { "bytes": 2473328640, "omitted": false } }
          ],
          "end": {
            "sum_sent": { "bytes": 2473328640, "bits_per_second": 19776918652.9, "retransmits": 3 },
            "sum_received": { "bytes": 2476343296, "bits_per_second": 19783603264.3 }
          }
        }
        """;

    private const string Udp = """
        {
          "intervals": [ { "sum": { "bytes": 241090800, "omitted": false } } ],
          "end": {
            "sum": { "bits_per_second": 1928705184.2, "lost_percent": 3.29 },
            "sum_sent": { "bits_per_second": 1928705184.2, "lost_percent": 0 },
            "sum_received": { "bits_per_second": 1864756970.7, "lost_packets": 6619, "lost_percent": 3.29 }
          }
        }
        """;

    [Fact]
    public void The_rate_is_the_receivers_and_the_bytes_are_those_of_the_warm_up_too()
    {
        IperfReport report = IperfReport.Parse(Tcp);

        Assert.Equal(19.7836, report.Received, 0.0001);
        Assert.Equal(3165388800L + 2473328640L, report.BytesInAll);
        Assert.Equal(3, report.Retransmits);
        Assert.Equal(0, report.Loss);
    }

    [Fact]
    public void Loss_is_what_the_receiver_missed()
    {
        IperfReport report = IperfReport.Parse(Udp);

        Assert.Equal(0.0329, report.Loss, 0.00001);
        Assert.Equal(1.8648, report.Received, 0.0001);
        Assert.Equal(1.9287, report.Offered, 0.0001);
    }

    [Fact]
    public void A_failure_is_told_in_the_words_of_iperf()
    {
        const string Json = """{ "intervals": [], "end": {}, "error": "unable to connect to server" }""";

        var failure = Assert.Throws<BenchException>(() => IperfReport.Parse(Json));

        Assert.Contains("unable to connect to server", failure.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("{}")]
    [InlineData("[]")]
    [InlineData("""{ "intervals": [], "end": { "sum_sent": {} } }""")]
    public void Anything_else_is_a_failure_and_never_a_figure(string json) =>
        Assert.Throws<BenchException>(() => IperfReport.Parse(json));
}
