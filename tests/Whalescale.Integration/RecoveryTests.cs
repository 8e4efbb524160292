using System.Diagnostics;
using System.Globalization;
using Whalescale.Integration.Lab;
using Xunit.Abstractions;

namespace Whalescale.Integration;

/// <summary>Machines crash and wander while data flows.</summary>
public sealed class RecoveryTests(ITestOutputHelper output)
{
    // About 100 Mbit/s each way: load, without making the test one of throughput.
    private const int PacketsPerSecond = 10_000;
    private const int PayloadBytes = 1200;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(40);

    [RootFact]
    public void After_a_kill_under_load_traffic_is_back_within_twenty_seconds()
    {
        using TunnelLab lab = TunnelLab.Start(output);
        using UdpStream toAlpha = LoadTo(lab, lab.Alpha);
        using UdpStream toBeta = LoadTo(lab, lab.Beta);
        var recoveries = new List<TimeSpan>();

        for (int round = 0; round < LabSettings.KillRounds; round++)
        {
            foreach (AgentProcess victim in lab.Agents)
            {
                victim.Kill();
                long killed = Stopwatch.GetTimestamp();
                victim.Start();
                TimeSpan recovery = RecoveryOf(killed, toAlpha, toBeta);
                recoveries.Add(recovery);
                output.Report($"kill.{victim.Host.Name}.recovery", recovery.TotalMilliseconds, "ms");
            }
        }

        recoveries.Sort();
        output.Report("kill.recovery_median", recoveries[recoveries.Count / 2].TotalMilliseconds, "ms");
        Assert.InRange(recoveries[^1], TimeSpan.Zero, TimeSpan.FromSeconds(20));
    }

    [RootFact]
    public void After_a_change_of_address_under_load_traffic_is_back_within_a_second()
    {
        using TunnelLab lab = TunnelLab.Start(output);
        using UdpStream toAlpha = LoadTo(lab, lab.Alpha);
        using UdpStream toBeta = LoadTo(lab, lab.Beta);

        foreach (int lastByte in new[] { 77, 78 })
        {
            long moved = Stopwatch.GetTimestamp();
            lab.Alpha.Host.MoveTo(lastByte);
            RecoveryOf(moved, toAlpha, toBeta);
            // What is in flight may bridge the moment itself: silence counts until the flow is steady again.
            Wait.Until("the flow is steady", Patience, () => IsSteady(toAlpha) && IsSteady(toBeta));

            string round = lastByte.ToString(CultureInfo.InvariantCulture);
            output.Report($"move.{round}.silence_to_alpha", toAlpha.LongestSilenceSince(moved).TotalMilliseconds, "ms");
            output.Report($"move.{round}.silence_to_beta", toBeta.LongestSilenceSince(moved).TotalMilliseconds, "ms");
            Assert.InRange(toAlpha.LongestSilenceSince(moved), TimeSpan.Zero, TimeSpan.FromSeconds(1));
            Assert.InRange(toBeta.LongestSilenceSince(moved), TimeSpan.Zero, TimeSpan.FromSeconds(1));
        }
    }

    private static UdpStream LoadTo(TunnelLab lab, AgentProcess receiver)
    {
        UdpStream stream = lab.StreamTo(receiver, PacketsPerSecond, PayloadBytes);
        Wait.Until("the load flows", Patience, () => stream.Received > PacketsPerSecond / 10);
        return stream;
    }

    /// <summary>Until packets sent after the incident have arrived in both directions.</summary>
    private static TimeSpan RecoveryOf(long incident, UdpStream first, UdpStream second)
    {
        Wait.Until("traffic flows again both ways", Patience, () =>
            first.RecoveryAfter(incident) is not null && second.RecoveryAfter(incident) is not null);
        TimeSpan one = first.RecoveryAfter(incident)!.Value, other = second.RecoveryAfter(incident)!.Value;
        return one > other ? one : other;
    }

    /// <summary>Whether half of what the last second should have brought arrived.</summary>
    private static bool IsSteady(UdpStream stream) =>
        stream.ReceivedWithin(TimeSpan.FromSeconds(1)) > PacketsPerSecond / 2;
}
