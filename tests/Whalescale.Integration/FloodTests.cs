using System.Net;
using Whalescale.Integration.Lab;
using Xunit.Abstractions;

namespace Whalescale.Integration;

/// <summary>Strangers flood the handshake while a tunnel is at work (threat model: handshake flood).</summary>
public sealed class FloodTests(ITestOutputHelper output)
{
    private const int PacketsPerSecond = 20_000;
    private const int HeldMegabitsPerSecond = 500;
    private const int BaselineSeconds = 3;
    private const double LeastRatio = 0.9;
    private const double MostGrowthMebibytes = 32;

    [RootFact]
    public void Initiations_with_a_wrong_mac1_leave_the_tunnel_nine_tenths_of_its_goodput() =>
        Flood("flood.bad_mac1", isMac1Right: false);

    [RootFact]
    public void Initiations_with_a_right_mac1_leave_the_tunnel_nine_tenths_of_its_goodput() =>
        Flood("flood.good_mac1", isMac1Right: true);

    private void Flood(string figure, bool isMac1Right)
    {
        using TunnelLab lab = TunnelLab.Start(output);
        Host strangers = lab.Topology.AddHost("strangers");
        Flooder.Prepare(lab.Topology, strangers);
        var forge = new InitiationForge(lab.Beta.Id, isMac1Right);
        var target = new IPEndPoint(IPAddress.Parse(lab.Beta.Host.Uplink.Ipv4), AgentBinary.ListenPort);

        double quietBefore = HeldFlow(lab, BaselineSeconds);
        double memoryBefore = ResidentMemory.MebibytesOf(lab.Beta.ProcessId);
        var flooder = new Flooder(strangers, target, PacketsPerSecond, InitiationForge.MessageBytes, forge.Write);
        double flooded;
        using (flooder) flooded = HeldFlow(lab, LabSettings.FloodSeconds);
        double growth = ResidentMemory.MebibytesOf(lab.Beta.ProcessId) - memoryBefore;

        // Other work on this machine must not pass for the effect of the flood, so quiet is measured on either side.
        double quiet = Math.Min(quietBefore, HeldFlow(lab, BaselineSeconds));

        output.WriteLine(flooder.ToString());
        output.Report($"{figure}.goodput_quiet", quiet, "Mbit/s");
        output.Report($"{figure}.goodput_flooded", flooded, "Mbit/s");
        output.Report($"{figure}.goodput_ratio", flooded / quiet, "ratio");
        output.Report($"{figure}.memory_growth", growth, "MiB");
        output.Report($"{figure}.answered_bytes_ratio", (double)flooder.AnswerBytes / flooder.SentBytes, "ratio");

        // A flood that did not reach its rate proves nothing.
        Assert.InRange(flooder.Sent, 0.8 * PacketsPerSecond * LabSettings.FloodSeconds, double.MaxValue);
        Assert.True(flooded >= LeastRatio * quiet, $"{flooded:0} of {quiet:0} Mbit/s were left");
        Assert.InRange(growth, double.MinValue, MostGrowthMebibytes);
        Assert.True(flooder.AnswerBytes <= flooder.SentBytes, "the agent amplifies");
        if (!isMac1Right) Assert.Equal(0, flooder.Answers);
    }

    private static double HeldFlow(TunnelLab lab, int seconds) =>
        Iperf.MegabitsPerSecond(
            lab.Beta.Host.Namespace, lab.Alpha.Host.Namespace, lab.OverlayIpv4(lab.Beta).ToString(), seconds,
            HeldMegabitsPerSecond);
}
