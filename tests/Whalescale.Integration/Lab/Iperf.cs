using System.Globalization;
using System.Text.Json;

namespace Whalescale.Integration.Lab;

/// <summary>TCP throughput as iperf3 sees it.</summary>
internal static class Iperf
{
    // TCP finds its rate in the first second; it does not count.
    private const string WarmUpSeconds = "1";

    private static readonly TimeSpan ServerLimit = TimeSpan.FromSeconds(5);

    /// <summary>Runs one TCP stream and returns what arrived.</summary>
    /// <param name="server">Where the data goes.</param>
    /// <param name="client">Where it comes from.</param>
    /// <param name="address">Address of the server, as the client reaches it.</param>
    /// <param name="seconds">Duration.</param>
    /// <param name="megabitsPerSecond">What the sender keeps to; 0: as fast as it goes.</param>
    /// <returns>Goodput at the receiver in Mbit/s.</returns>
    public static double MegabitsPerSecond(
        NetworkNamespace server, NetworkNamespace client, string address, int seconds, int megabitsPerSecond = 0)
    {
        using RunningProcess listener = server.Start(["iperf3", "-s", "-1", "--forceflush"]);
        Wait.Until("iperf3 listens", ServerLimit, () =>
            listener.Output.Contains("listening", StringComparison.Ordinal));
        CommandResult result = client.Try(
        [
            "iperf3", "-J", "-c", address, "-t", seconds.ToString(CultureInfo.InvariantCulture),
            "-O", WarmUpSeconds, "-b", $"{megabitsPerSecond}M",
        ]);
        return result.ExitCode == 0 ? Parse(result.Output) : throw new InvalidOperationException(result.ToString());
    }

    /// <summary>Reads the receiver's rate out of iperf3's JSON.</summary>
    public static double Parse(string json)
    {
        using JsonDocument document = JsonDocument.Parse(json);
        JsonElement end = document.RootElement.GetProperty("end");
        return end.GetProperty("sum_received").GetProperty("bits_per_second").GetDouble() / 1e6;
    }
}
