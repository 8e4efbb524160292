using System.Diagnostics;
using System.Text.Json;
using Whalescale.Integration.Lab;
using Xunit.Abstractions;

namespace Whalescale.Integration;

/// <summary>Kernels and routers on a way that carries less than Ethernet.</summary>
public sealed class PathMtuTests(ITestOutputHelper output)
{
    private const int Smallest = 1_280;
    private static readonly TimeSpan SearchLimit = TimeSpan.FromSeconds(15);

    [RootFact]
    public void A_way_of_1280_bytes_carries_pings_streams_and_transfers_from_the_start()
    {
        using TunnelLab lab = TunnelLab.Prepare(output);
        SetMtu(lab, Smallest);
        foreach (AgentProcess agent in lab.Agents) agent.Start();
        lab.WaitUntilConnected();
        using UdpStream stream = lab.StreamTo(lab.Beta, packetsPerSecond: 200, payloadBytes: 1_252);

        Transfer transfer = Transfer.Run(
            lab.Alpha.Host.Namespace, lab.Beta.Host.Namespace, lab.OverlayIpv4(lab.Beta), mebibytes: 16);

        output.Report("transfer.over_1280", transfer.MegabitsPerSecond, "Mbit/s");
        Assert.Equal(transfer.SentHash, transfer.ReceivedHash);
        Wait.Until("the stream arrives", SearchLimit, () => stream.ReceivedWithin(TimeSpan.FromSeconds(1)) > 190);
        Wait.Until("the search ends", SearchLimit, () => PathMtu(lab.Alpha) is > Smallest - 28 - 9 and <= Smallest - 28);
        Wait.Until("the device follows", SearchLimit + SearchLimit, () => DeviceMtu(lab.Alpha) == Smallest);
    }

    [RootFact]
    public void A_stream_and_a_transfer_go_on_when_their_way_shrinks_to_1280_bytes()
    {
        var limit = TimeSpan.FromSeconds(1.5);
        using TunnelLab lab = TunnelLab.Start(output);
        Wait.Until("the size of Ethernet is found", SearchLimit, () => PathMtu(lab.Alpha) == 1_472);
        Wait.Until("the device follows", SearchLimit, () => DeviceMtu(lab.Alpha) == 1_431);
        using UdpStream stream = lab.StreamTo(lab.Beta, packetsPerSecond: 200, payloadBytes: 1_400);
        Wait.Until("the stream arrives", SearchLimit, () => stream.ReceivedWithin(TimeSpan.FromSeconds(1)) > 190);

        long incident = Stopwatch.GetTimestamp();
        SetMtu(lab, Smallest);
        Transfer transfer = Transfer.Run(
            lab.Alpha.Host.Namespace, lab.Beta.Host.Namespace, lab.OverlayIpv4(lab.Beta), mebibytes: 16);
        Wait.Until("the stream arrives", SearchLimit, () => stream.ReceivedWithin(TimeSpan.FromSeconds(1)) > 190);

        TimeSpan silence = stream.LongestSilenceSince(incident);
        output.Report("black_hole.longest_silence", silence.TotalMilliseconds, "ms");
        Assert.InRange(silence, TimeSpan.Zero, limit);
        Assert.Equal(transfer.SentHash, transfer.ReceivedHash);
        Wait.Until("the search ends", SearchLimit, () => PathMtu(lab.Alpha) is > Smallest - 28 - 9 and <= Smallest - 28);
    }

    // Behind the router's device: larger packets are dropped there, in both directions.
    private static void SetMtu(TunnelLab lab, int mtu) =>
        lab.Topology.Router.Configure(
            $"link set {lab.Beta.Host.Uplink.RouterInterface} mtu {mtu}",
            $"link set {lab.Alpha.Host.Uplink.RouterInterface} mtu {mtu}");

    private static int DeviceMtu(AgentProcess agent)
    {
        string links = agent.Host.Namespace.Try(["ip", "-json", "link", "show", "whale0"]).Output;
        return JsonDocument.Parse(links).RootElement[0].GetProperty("mtu").GetInt32();
    }

    private static int PathMtu(AgentProcess agent)
    {
        JsonElement status = JsonDocument.Parse(agent.Cli("status", "--json").Output).RootElement;
        JsonElement paths = status.GetProperty("peers")[0].GetProperty("paths");
        return paths.GetArrayLength() == 0 ? 0 : paths[0].GetProperty("mtu").GetInt32();
    }
}
