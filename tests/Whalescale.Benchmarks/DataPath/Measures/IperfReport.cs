using System.Text.Json;

namespace Whalescale.Benchmarks.DataPath.Measures;

/// <summary>What iperf3 measured.</summary>
/// <param name="Received">Payload that arrived, without the warm-up, Gbit/s.</param>
/// <param name="Offered">Payload that was sent, without the warm-up, Gbit/s.</param>
/// <param name="BytesInAll">Payload that was sent, with the warm-up.</param>
/// <param name="Loss">Share of the datagrams that did not arrive, 0 to 1; 0 for TCP.</param>
/// <param name="Retransmits">Segments that TCP sent again, without the warm-up.</param>
internal readonly record struct IperfReport(
    double Received, double Offered, long BytesInAll, double Loss, long Retransmits)
{
    /// <summary>Reads the client's JSON.</summary>
    /// <exception cref="BenchException">It tells of a failure, or not what it should.</exception>
    internal static IperfReport Parse(string json)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(json);
            JsonElement root = document.RootElement;
            if (root.TryGetProperty("error", out JsonElement error)) throw new BenchException($"iperf3: {error}");
            JsonElement end = root.GetProperty("end");
            JsonElement received = end.GetProperty("sum_received"), sent = end.GetProperty("sum_sent");
            return new IperfReport(
                received.GetProperty("bits_per_second").GetDouble() / 1e9,
                sent.GetProperty("bits_per_second").GetDouble() / 1e9,
                root.GetProperty("intervals").EnumerateArray()
                    .Sum(interval => interval.GetProperty("sum").GetProperty("bytes").GetInt64()),
                received.TryGetProperty("lost_percent", out JsonElement lost) ? lost.GetDouble() / 100 : 0,
                sent.TryGetProperty("retransmits", out JsonElement again) ? again.GetInt64() : 0);
        }
        catch (Exception wrong) when (wrong is JsonException or KeyNotFoundException or InvalidOperationException)
        {
            throw new BenchException($"iperf3 told something unexpected: {wrong.Message}\n{json}");
        }
    }
}
