using System.Globalization;
using Whalescale.Benchmarks.DataPath.Contenders;
using Whalescale.Integration.Lab;

namespace Whalescale.Benchmarks.DataPath.Measures;

/// <summary>Round-trip times of the kernel's ping, every 2 ms, through a contender that has nothing else to do.</summary>
internal static class RttProbe
{
    private const string IntervalSeconds = "0.002";
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    /// <summary>Pings.</summary>
    /// <returns>The answered ones, in milliseconds, sorted.</returns>
    /// <exception cref="BenchException">More than one in a hundred is not answered.</exception>
    internal static double[] Run(Tunnel tunnel, int count, CancellationToken stop)
    {
        stop.ThrowIfCancellationRequested();
        string file = Path.GetTempFileName();
        try
        {
            // Into a file: reading along would cost processor time during the measurement.
            string command = string.Create(
                CultureInfo.InvariantCulture,
                $"exec ping -n -i {IntervalSeconds} -c {count} -W 1 {tunnel.BetaAddress} > {file}");
            using RunningProcess ping = tunnel.Testbed.Alpha.Start(["sh", "-c", command]);
            ping.Await(Limit, stop);
            double[] milliseconds = PingTimes.Parse(File.ReadAllText(file));
            return milliseconds.Length >= 0.99 * count
                ? milliseconds
                : throw new BenchException($"{count - milliseconds.Length} of {count} pings were not answered.");
        }
        finally
        {
            File.Delete(file);
        }
    }
}
