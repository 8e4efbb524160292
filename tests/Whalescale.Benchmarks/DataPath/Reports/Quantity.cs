namespace Whalescale.Benchmarks.DataPath.Reports;

/// <summary>Something that is measured.</summary>
/// <param name="Name">Stable, for machines, its unit last.</param>
/// <param name="Title">For people, with the unit.</param>
/// <param name="Decimals">Digits behind the point that mean something.</param>
internal sealed record Quantity(string Name, string Title, int Decimals)
{
    internal static readonly Quantity Tcp1 = new("tcp1_gbps", "TCP, 1 stream, Gbit/s", 2);
    internal static readonly Quantity Tcp4 = new("tcp4_gbps", "TCP, 4 streams, Gbit/s", 2);
    internal static readonly Quantity Tcp1Cpu = new("tcp1_cpu_s_per_gb", "CPU, 1 stream, s/GB (less is better)", 2);
    internal static readonly Quantity Tcp4Cpu = new("tcp4_cpu_s_per_gb", "CPU, 4 streams, s/GB (less is better)", 2);
    internal static readonly Quantity Udp = new("udp_gbps", "UDP, 1200 bytes, loss at most 1 %, Gbit/s", 2);
    internal static readonly Quantity RttMedian = new("rtt_p50_ms", "RTT idle, p50, ms (less is better)", 3);
    internal static readonly Quantity RttTail = new("rtt_p99_ms", "RTT idle, p99, ms (less is better)", 3);

    internal static readonly Quantity Memory =
        new("peak_rss_mib", "Peak RSS under load, MiB (less is better)", 1);

    internal static readonly Quantity Lossless = new("bbr_lossless_gbps", "TCP with BBR, no loss, Gbit/s", 2);
    internal static readonly Quantity Lossy = new("bbr_lossy_gbps", "TCP with BBR, 1 % loss, Gbit/s", 2);
    internal static readonly Quantity Kept = new("bbr_kept_share", "Share kept at 1 % loss", 2);
    internal static readonly Quantity Dropped = new("dropped_share", "Share of datagrams dropped", 4);

    /// <summary>All, in the order of the tables.</summary>
    internal static readonly Quantity[] All =
        [Tcp1, Tcp1Cpu, Tcp4, Tcp4Cpu, Udp, RttMedian, RttTail, Memory, Lossless, Lossy, Kept, Dropped];
}

/// <summary>One measured value.</summary>
/// <param name="Wire">Over which wire.</param>
/// <param name="Contender">By whom.</param>
/// <param name="Quantity">What.</param>
/// <param name="Round">In which round, from 1.</param>
/// <param name="Value">How much.</param>
internal sealed record Sample(Wire Wire, string Contender, Quantity Quantity, int Round, double Value);
