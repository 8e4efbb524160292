using System.Diagnostics;
using System.Text.Json;
using Whalescale.Integration.Lab;
using Whalescale.Node;
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

        Task<Transfer> transferring = Task.Run(() => Transfer.Run(
            lab.Alpha.Host.Namespace, lab.Beta.Host.Namespace, lab.OverlayIpv4(lab.Beta), mebibytes: 512));
        Wait.Until("the transfer is under way", SearchLimit, () => BytesInto(lab.Beta) > 32 << 20);

        long incident = Stopwatch.GetTimestamp();
        SetMtu(lab, Smallest);
        Assert.False(transferring.IsCompleted);
        Transfer transfer = transferring.GetAwaiter().GetResult();
        Wait.Until("the stream arrives", SearchLimit, () => stream.ReceivedWithin(TimeSpan.FromSeconds(1)) > 190);

        TimeSpan silence = stream.LongestSilenceSince(incident);
        output.Report("black_hole.longest_silence", silence.TotalMilliseconds, "ms");
        Assert.InRange(silence, TimeSpan.Zero, limit);
        Assert.Equal(transfer.SentHash, transfer.ReceivedHash);
        Wait.Until("the search ends", SearchLimit, () => PathMtu(lab.Alpha) is > Smallest - 28 - 9 and <= Smallest - 28);
    }

    [RootFact]
    public void Who_sends_more_than_his_path_carries_and_forbids_fragments_is_told_what_it_carries()
    {
        const string Payload = "1352"; // 1380 bytes over IPv4, 1400 over IPv6: of the device's size, but not the path's
        using TunnelLab lab = TunnelLab.Prepare(output, extraConfig: """
            [tun]
            mtu = 1400
            """);
        SetMtu(lab, Smallest);
        foreach (AgentProcess agent in lab.Agents) agent.Start();
        lab.WaitUntilConnected();
        NetworkNamespace alpha = lab.Alpha.Host.Namespace;
        string ipv4 = lab.OverlayIpv4(lab.Beta).ToString(), ipv6 = lab.OverlayIpv6(lab.Beta).ToString();
        Wait.Until("the search ends", SearchLimit, () => Ping(ipv4, "do", Payload).ExitCode != 0);

        CommandResult told = Ping(ipv4, "do", Payload), told6 = Ping(ipv6, "do", Payload);
        int largest = TunMtu.OfPath(PathMtu(lab.Alpha));

        // The kernel has remembered the first answer, and refuses by itself what follows.
        Assert.Contains($"mtu={largest}", told.Output + told.Errors, StringComparison.Ordinal);
        Assert.Contains($"mtu={Smallest}", told6.Output + told6.Errors, StringComparison.Ordinal);
        foreach (string address in (string[])[ipv4, ipv6])
        {
            Assert.Equal(0, Ping(address, "do", "1160").ExitCode);
            Assert.Equal(0, Ping(address, "want", Payload).ExitCode);
        }

        CommandResult Ping(string address, string discovery, string payload) =>
            alpha.Try(["ping", "-n", "-c", "3", "-i", "0.1", "-W", "1", "-M", discovery, "-s", payload, address]);
    }

    // Behind the router's device: larger packets are dropped there, in both directions.
    private static void SetMtu(TunnelLab lab, int mtu) =>
        lab.Topology.Router.Configure(
            $"link set {lab.Beta.Host.Uplink.RouterInterface} mtu {mtu}",
            $"link set {lab.Alpha.Host.Uplink.RouterInterface} mtu {mtu}");

    private static long BytesInto(AgentProcess agent) =>
        agent.Host.Namespace.IpJson("-s", "link", "show", "dev", "whale0")[0]
            .GetProperty("stats64").GetProperty("rx").GetProperty("bytes").GetInt64();

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
