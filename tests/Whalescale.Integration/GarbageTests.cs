using Whalescale.Integration.Lab;
using Xunit.Abstractions;

namespace Whalescale.Integration;

/// <summary>What carrying packets costs of the collected heap, and of memory.</summary>
public sealed class GarbageTests(ITestOutputHelper output)
{
    private const double MostMebibytes = 90;
    private const int LongestRunSeconds = 30; // a command of the lab ends within a minute

    [RootFact]
    public void Carrying_packets_at_full_speed_collects_no_garbage_and_keeps_memory_small()
    {
        using TunnelLab lab = TunnelLab.Start(output);
        string beta = lab.OverlayIpv4(lab.Beta).ToString();
        Run(lab, beta, seconds: 3);
        foreach (AgentProcess agent in lab.Agents) ResidentMemory.ForgetPeakOf(agent.ProcessId);
        var before = lab.Agents.ToDictionary(agent => agent, Read);

        for (int left = LabSettings.TransferSeconds; left > 0; left -= LongestRunSeconds)
            Run(lab, beta, Math.Min(left, LongestRunSeconds));

        foreach (AgentProcess agent in lab.Agents)
        {
            (double collections, double allocated, double packets) = Read(agent);
            double perPacket = (allocated - before[agent].Allocated) / (packets - before[agent].Packets);
            double mebibytes = ResidentMemory.PeakMebibytesOf(agent.ProcessId);
            output.Report($"bulk.{agent.Host.Name}.collections", collections - before[agent].Collections, "");
            output.Report($"bulk.{agent.Host.Name}.allocated_per_packet", perPacket, "bytes");
            output.Report($"bulk.{agent.Host.Name}.peak_memory", mebibytes, "MiB");
            Assert.Equal(before[agent].Collections, collections);
            Assert.InRange(perPacket, 0, 1); // the local API allocates for each question, packets nothing
            Assert.InRange(mebibytes, 0, MostMebibytes);
        }
    }

    private void Run(TunnelLab lab, string address, int seconds) => output.WriteLine(
        $"{Iperf.MegabitsPerSecond(lab.Beta.Host.Namespace, lab.Alpha.Host.Namespace, address, seconds):0} Mbit/s");

    private static (double Collections, double Allocated, double Packets) Read(AgentProcess agent) =>
    (
        agent.Metric("whalescale_runtime_collections_total{generation=\"0\"}"),
        agent.Metric("whalescale_runtime_allocated_bytes_total"),
        agent.Metric("whalescale_packets_from_tun_total") + agent.Metric("whalescale_packets_to_tun_total"));
}
