using System.Globalization;
using Whalescale.Benchmarks.DataPath.Contenders;
using Whalescale.Integration.Lab;

namespace Whalescale.Benchmarks.DataPath.Measures;

/// <summary>Runs iperf3 from alpha to beta, through a contender.</summary>
/// <param name="stop">Ends what runs.</param>
internal sealed class Iperf(CancellationToken stop)
{
    /// <summary>Payload of a UDP datagram: an overlay packet of 1228 bytes, within the MTU of every contender.</summary>
    internal const int UdpPayloadBytes = 1200;

    // TCP finds its rate in the first second; it does not count.
    private const int WarmUpSeconds = 1;

    // Twice this is the buffer, and the kernel grants no more to a program that asks politely.
    private static readonly string UdpBufferBytes = File.ReadAllText("/proc/sys/net/core/rmem_max").Trim();
    private static readonly TimeSpan ListenLimit = TimeSpan.FromSeconds(5), Slack = TimeSpan.FromSeconds(15);

    /// <summary>TCP as fast as it goes.</summary>
    /// <param name="tunnel">The contender.</param>
    /// <param name="streams">Connections at the same time.</param>
    /// <param name="seconds">Duration after the warm-up.</param>
    /// <param name="congestionControl">"cubic", "bbr": the kernel's default differs between systems.</param>
    internal IperfReport Tcp(Tunnel tunnel, int streams, int seconds, string congestionControl) => Run(
        tunnel, seconds + WarmUpSeconds, "-t", Text(seconds), "-O", Text(WarmUpSeconds), "-P", Text(streams), "-C",
        congestionControl);

    /// <summary>One second of UDP at a rate.</summary>
    /// <param name="tunnel">The contender.</param>
    /// <param name="rate">Payload, Gbit/s.</param>
    /// <remarks>Datagrams leave every 0.1 ms: at iperf3's own 1 ms a burst would overrun the receiver's buffer.</remarks>
    internal IperfReport Udp(Tunnel tunnel, double rate) => Run(
        tunnel, 1, "-t", "1", "-u", "-b", Text((long)(rate * 1e9)), "-l", Text(UdpPayloadBytes), "-w", UdpBufferBytes,
        "--pacing-timer", "100");

    private IperfReport Run(Tunnel tunnel, int seconds, params IEnumerable<string> arguments)
    {
        stop.ThrowIfCancellationRequested();
        using RunningProcess server = tunnel.Testbed.Beta.Start(["iperf3", "-s", "-1", "--forceflush"]);
        Wait.Until("iperf3 listens", ListenLimit, () =>
            server.Output.Contains("listening", StringComparison.Ordinal));
        using RunningProcess client =
            tunnel.Testbed.Alpha.Start(["iperf3", "-J", "-c", tunnel.BetaAddress, .. arguments]);
        client.Await(TimeSpan.FromSeconds(seconds) + Slack, stop);
        return IperfReport.Parse(client.Output);
    }

    private static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);
}

/// <summary>Waits for programs that may be interrupted.</summary>
internal static class Interruptible
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(100);

    /// <summary>Waits until a program has ended.</summary>
    /// <exception cref="BenchException">It has not within the limit.</exception>
    /// <exception cref="OperationCanceledException">Somebody wants an end.</exception>
    internal static void Await(this RunningProcess program, TimeSpan limit, CancellationToken stop)
    {
        for (TimeSpan waited = TimeSpan.Zero; !program.WaitForExit(Pause); waited += Pause)
        {
            stop.ThrowIfCancellationRequested();
            if (waited > limit) throw new BenchException($"`{program.Text}` did not end.\n{program.Everything}");
        }

        stop.ThrowIfCancellationRequested();
    }
}
