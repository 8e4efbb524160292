using System.Globalization;
using System.Text.Json;
using Whalescale.Integration.Lab;

namespace Whalescale.Benchmarks.DataPath.Measures;

/// <summary>Loss on the router: one forwarded packet in a hundred, chosen at random, either direction.</summary>
internal sealed class Dropper(NetworkNamespace router)
{
    private const string Table = "bench";

    /// <summary>Begins to count anew.</summary>
    /// <param name="drops">Whether packets are dropped, or only counted.</param>
    internal void Reset(bool drops)
    {
        string rules = $$"""
            table ip {{Table}}
            delete table ip {{Table}}
            table ip {{Table}} {
              counter forwarded {}
              counter dropped {}
              chain forward {
                type filter hook forward priority 0;
                counter name forwarded
                {{(drops ? "numgen random mod 100 == 0 counter name dropped drop" : "")}}
              }
            }
            """;
        Command.Run(["ip", "netns", "exec", router.Name, "nft", "-f", "-"], rules + "\n");
    }

    /// <summary>What was counted since.</summary>
    /// <exception cref="BenchException">Trains were forwarded in one piece: a drop would be many datagrams.</exception>
    internal DropCount Read()
    {
        JsonElement counters = JsonSerializer.Deserialize<JsonElement>(
            router.Run("nft", "-j", "list", "counters", "table", "ip", Table)).GetProperty("nftables");
        var (packets, bytes) = Counter("forwarded");
        double mean = (double)bytes / Math.Max(1, packets);
        if (mean > 1500)
        {
            throw new BenchException(string.Create(
                CultureInfo.InvariantCulture, $"The router forwards {mean:F0} bytes a packet: not single datagrams."));
        }

        return new DropCount(packets, Counter("dropped").Packets);

        (long Packets, long Bytes) Counter(string name)
        {
            JsonElement found = counters.EnumerateArray()
                .Where(entry => entry.TryGetProperty("counter", out _)).Select(entry => entry.GetProperty("counter"))
                .First(counter => counter.GetProperty("name").GetString() == name);
            return (found.GetProperty("packets").GetInt64(), found.GetProperty("bytes").GetInt64());
        }
    }
}

/// <summary>Datagrams on the router.</summary>
/// <param name="Arrived">Those that were to be forwarded.</param>
/// <param name="Dropped">Those of them that were not.</param>
internal readonly record struct DropCount(long Arrived, long Dropped)
{
    private const long EnoughToTell = 10_000; // the share of so many has a standard deviation of 0.1 %

    internal double Share => (double)Dropped / Math.Max(1, Arrived);

    /// <summary>Whether chance cannot explain the distance from the 1 % that were to be dropped.</summary>
    internal bool IsOff => Arrived >= EnoughToTell && Share is (< 0.005 or > 0.015);
}
