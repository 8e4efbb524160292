using System.Diagnostics;
using Whalescale.Integration.Lab;
using Xunit.Abstractions;

namespace Whalescale.Integration;

/// <summary>What the tunnel is for.</summary>
public sealed class TunnelTests(ITestOutputHelper output)
{
    [RootFact]
    public void Two_machines_ping_each_other_a_thousand_times_in_both_families_and_lose_nothing()
    {
        using TunnelLab lab = TunnelLab.Start(output);

        using PingSeries overIpv4 = PingFrom(lab.Alpha, lab.OverlayIpv4(lab.Beta).ToString(), 1000);
        using PingSeries overIpv6 = PingFrom(lab.Beta, lab.OverlayIpv6(lab.Alpha).ToString(), 1000);

        AssertNothingLost(overIpv4.Finish(), "ping.ipv4.lost");
        AssertNothingLost(overIpv6.Finish(), "ping.ipv6.lost");
    }

    [RootFact]
    public void A_large_transfer_arrives_byte_for_byte_in_either_direction()
    {
        using TunnelLab lab = TunnelLab.Start(output);

        foreach (AgentProcess receiver in lab.Agents)
        {
            AgentProcess sender = lab.OtherThan(receiver);
            Transfer transfer = Transfer.Run(
                sender.Host.Namespace, receiver.Host.Namespace, lab.OverlayIpv4(receiver), LabSettings.FileMebibytes);

            output.Report($"transfer.to_{receiver.Host.Name}", transfer.MegabitsPerSecond, "Mbit/s");
            Assert.Equal((long)LabSettings.FileMebibytes << 20, transfer.ReceivedBytes);
            Assert.Equal(transfer.SentHash, transfer.ReceivedHash);
        }
    }

    [RootFact]
    public void Rekeying_every_two_seconds_loses_no_ping()
    {
        using TunnelLab lab = TunnelLab.Start(output, extraConfig: """
            [transport]
            rekey_after = "2s"
            """);
        int pings = LabSettings.RekeySeconds * 50;

        using PingSeries forth = PingFrom(lab.Alpha, lab.OverlayIpv4(lab.Beta).ToString(), pings, 20);
        using PingSeries back = PingFrom(lab.Beta, lab.OverlayIpv4(lab.Alpha).ToString(), pings, 20);

        AssertNothingLost(forth.Finish(), "rekey.from_alpha.lost");
        AssertNothingLost(back.Finish(), "rekey.from_beta.lost");
        double? age = Assert.Single(lab.Alpha.ReadStatus()!.Peers).HandshakeAgeS;
        Assert.InRange(age!.Value, 0, 5); // with no rekey it would be as old as the lab
    }

    [RootFact]
    public void The_first_packet_is_through_within_a_second_and_a_half_of_the_start()
    {
        var limit = TimeSpan.FromSeconds(1.5);
        using TunnelLab lab = TunnelLab.Prepare(output);
        lab.Beta.Start();
        lab.Beta.WaitUntilReady(TimeSpan.FromSeconds(15));
        using UdpStream stream = lab.StreamTo(lab.Beta, packetsPerSecond: 500, payloadBytes: 64);

        long start = Stopwatch.GetTimestamp();
        lab.Alpha.Start();
        Wait.Until("a packet is through", TimeSpan.FromSeconds(15), () => stream.Received > 0);

        TimeSpan elapsed = stream.RecoveryAfter(start)!.Value;
        output.Report("start.to_first_packet", elapsed.TotalMilliseconds, "ms");
        Assert.InRange(elapsed, TimeSpan.Zero, limit);
    }

    [RootFact]
    public void A_peer_is_shown_as_direct_by_its_name()
    {
        using TunnelLab lab = TunnelLab.Start(output);

        AgentStatus status = lab.Alpha.ReadStatus()!;

        PeerState peer = Assert.Single(status.Peers);
        Assert.Equal((lab.Beta.Id.ToString(), "beta", "direct"), (peer.Id, peer.Name, peer.State));
        Assert.Equal((lab.Alpha.Id.ToString(), "alpha"), (status.Node.Id, status.Node.Name));
        Assert.Equal(AgentBinary.ListenPort, status.Node.ListenPort);
        Assert.Equal(["10.77.0.1", "fd77::1"], status.Node.Addresses);
    }

    private static PingSeries PingFrom(
        AgentProcess agent, string address, int count, int intervalMilliseconds = 10) =>
        PingSeries.Start(agent.Host.Namespace, address, count, intervalMilliseconds);

    private void AssertNothingLost(PingResult result, string figure)
    {
        output.Report(figure, result.Lost, "packets");
        Assert.True(result.Lost == 0 && result.Sent > 0, result.Text);
    }
}
