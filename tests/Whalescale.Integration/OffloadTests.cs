using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using Whalescale.Integration.Lab;
using Xunit.Abstractions;

namespace Whalescale.Integration;

/// <summary>That packets are split, merged and left unfinished on the way changes none of them.</summary>
public sealed class OffloadTests(ITestOutputHelper output)
{
    private const int TransferMebibytes = 32;

    [RootTheory]
    [InlineData("tun", "alpha")]
    [InlineData("tun", "beta")]
    [InlineData("transport", "alpha")]
    [InlineData("transport", "beta")]
    public void Offloads_may_be_off_on_one_side_only(string table, string host)
    {
        using TunnelLab lab = TunnelLab.Prepare(output);
        AgentProcess plain = lab.Agents.Single(agent => agent.Host.Name == host);
        plain.WriteConfig("21-plain.toml", $"""
            [{table}]
            offload = false
            """);
        foreach (AgentProcess agent in lab.Agents) agent.Start();
        lab.WaitUntilConnected();

        string[] all = ["checksum", "tcp", "udp"];
        foreach (AgentProcess agent in lab.Agents)
            Assert.Equal(agent == plain && table == "tun" ? [] : all, OffloadsOf(agent));
        foreach (AgentProcess receiver in lab.Agents)
        {
            AssertIdentical(lab, receiver, lab.OverlayIpv4(receiver));
            AssertIdentical(lab, receiver, lab.OverlayIpv6(receiver));
        }

        AssertUndamaged(lab.Alpha.Host.Namespace, lab.Beta.Host.Namespace);
    }

    [RootFact]
    public void Traffic_of_all_kinds_and_sizes_at_once_arrives_undamaged()
    {
        using TunnelLab lab = TunnelLab.Start(output);
        NetworkNamespace alpha = lab.Alpha.Host.Namespace, beta = lab.Beta.Host.Namespace;
        Exception? failure = null;
        using var isDone = new ManualResetEventSlim();
        var bulk = new Thread(() => failure = Record.Exception(() =>
        {
            do
            {
                AssertIdentical(lab, lab.Beta, lab.OverlayIpv4(lab.Beta));
                AssertIdentical(lab, lab.Alpha, lab.OverlayIpv6(lab.Alpha));
            }
            while (!isDone.IsSet);
        }));
        bulk.Start();

        foreach (AgentProcess receiver in lab.Agents)
        {
            foreach (IPAddress address in (IPAddress[])[lab.OverlayIpv4(receiver), lab.OverlayIpv6(receiver)])
            {
                NetworkNamespace from = lab.OtherThan(receiver).Host.Namespace;
                DatagramExchange sizes = DatagramExchange.OfSizes(from, receiver.Host.Namespace, address);
                DatagramExchange trains = DatagramExchange.OfTrains(from, receiver.Host.Namespace, address);
                Assert.Equal((0, 0), (sizes.Damaged, trains.Damaged));
                Assert.InRange(sizes.Received, sizes.Sent * 9 / 10, sizes.Sent);
                Assert.InRange(trains.Received, trains.Sent * 9 / 10, trains.Sent);
            }
        }

        EchoCounters underLoad = PingInAllSizes(alpha, lab.OverlayIpv4(lab.Beta), lab.OverlayIpv6(lab.Beta));
        isDone.Set();
        bulk.Join();
        Assert.Null(failure);
        EchoCounters quiet = PingInAllSizes(alpha, lab.OverlayIpv4(lab.Beta), lab.OverlayIpv6(lab.Beta));
        Assert.InRange(underLoad.Replies, underLoad.Requests * 9 / 10, underLoad.Requests);
        Assert.Equal(quiet.Requests, quiet.Replies);
        AssertUndamaged(alpha, beta);
    }

    [RootFact]
    public void Packets_that_go_on_behind_the_peer_have_checksums_that_their_receiver_finds_right()
    {
        using TunnelLab lab = TunnelLab.Prepare(output);
        using var gamma = new HostBehind(lab);
        foreach (AgentProcess agent in lab.Agents) agent.Start();
        lab.WaitUntilConnected();
        NetworkNamespace alpha = lab.Alpha.Host.Namespace;

        Transfer forth = Transfer.Run(alpha, gamma.Namespace, IPAddress.Parse(HostBehind.Address), TransferMebibytes);
        Transfer back = Transfer.Run(gamma.Namespace, alpha, lab.OverlayIpv4(lab.Alpha), TransferMebibytes);
        DatagramExchange trains =
            DatagramExchange.OfTrains(alpha, gamma.Namespace, IPAddress.Parse(HostBehind.Address));

        Assert.Equal(forth.SentHash, forth.ReceivedHash);
        Assert.Equal(back.SentHash, back.ReceivedHash);
        Assert.Equal((trains.Sent, 0), (trains.Received, trains.Damaged));
        AssertUndamaged(alpha, gamma.Namespace);
    }

    [RootFact]
    public void A_finished_checksum_that_is_wrong_is_still_wrong_when_it_arrives()
    {
        const int Each = 200;
        using TunnelLab lab = TunnelLab.Prepare(output);
        using var gamma = new HostBehind(lab);
        foreach (AgentProcess agent in lab.Agents) agent.Start();
        lab.WaitUntilConnected();
        NetworkNamespace alpha = lab.Alpha.Host.Namespace;
        IPAddress target = lab.OverlayIpv4(lab.Alpha);
        using Socket receiver = alpha.Inside(() => new Socket(AddressFamily.InterNetwork, SocketType.Dgram, 0));
        receiver.ReceiveBufferSize = 4 << 20;
        receiver.Bind(new IPEndPoint(target, 0));
        using Socket raw = gamma.Namespace.Inside(() =>
            new Socket(AddressFamily.InterNetwork, SocketType.Raw, ProtocolType.Raw));
        raw.SetSocketOption(SocketOptionLevel.IP, SocketOptionName.HeaderIncluded, true);

        // One flow, every second datagram damaged on its way to beta: merging would find a train of equal sizes.
        var to = new IPEndPoint(target, ((IPEndPoint)receiver.LocalEndPoint!).Port);
        for (int i = 0; i < 2 * Each; i++)
        {
            bool isDamaged = i % 2 == 1;
            raw.SendTo(RawPacket.MakeDatagram(HostBehind.Address, to, (ushort)i, payloadBytes: 1000, isDamaged), to);
        }

        // The kernel looks at a checksum when the datagram is asked for, and goes on to the next if it is wrong.
        var buffer = new byte[2000];
        receiver.ReceiveTimeout = 2000;
        for (int good = 0; good < Each; good++)
        {
            int length = receiver.Receive(buffer);
            Assert.True(RawPacket.IsIntact(buffer.AsSpan(0, length), (ushort)(2 * good)));
        }

        receiver.ReceiveTimeout = 200;
        Assert.Throws<SocketException>(() => receiver.Receive(buffer));
        Assert.Equal(Each, ChecksumErrors.Of(alpha).Udp);
    }

    [RootFact]
    public void Finished_packets_arrive_bit_for_bit_though_they_are_merged_on_the_way()
    {
        const int PayloadBytes = 900;
        using TunnelLab lab = TunnelLab.Prepare(output);
        using var gamma = new HostBehind(lab);
        foreach (AgentProcess agent in lab.Agents) agent.Start();
        lab.WaitUntilConnected();
        NetworkNamespace alpha = lab.Alpha.Host.Namespace;
        string source = lab.OverlayIpv4(lab.Alpha).ToString();
        var to = new IPEndPoint(IPAddress.Parse(HostBehind.Address), 9);
        using var capture = new PacketCapture(gamma.Namespace, source);
        using Socket raw = alpha.Inside(() => new Socket(AddressFamily.InterNetwork, SocketType.Raw, ProtocolType.Raw));
        raw.SetSocketOption(SocketOptionLevel.IP, SocketOptionName.HeaderIncluded, true);
        List<byte[]> sent = [], segments = [], datagrams = [];
        for (ushort i = 0; i < 160; i++)
        {
            // Two trains that could merge but for every twentieth packet, which is damaged, and pushes in between.
            bool isDamaged = i % 20 == 19;
            datagrams.Add(RawPacket.MakeDatagram(source, to, i, PayloadBytes, isDamaged));
            segments.Add(RawPacket.MakeSegment(source, to, i, PayloadBytes, isPushed: i % 16 == 15, isDamaged));
        }

        // While the agent stands still they queue up, so that it finds them together.
        double before = lab.Beta.Metric("whalescale_packets_to_tun_total");
        long takenBefore = TakenBy(lab.Beta);
        for (int first = 0; first < datagrams.Count; first += 40)
        {
            List<byte[]> round = [.. datagrams.Slice(first, 40), .. segments.Slice(first, 40)];
            sent.AddRange(round.Select(RawPacket.AfterOneHop));
            lab.Alpha.Pause();
            foreach (byte[] packet in round) raw.SendTo(packet, to);
            lab.Alpha.Resume();
            capture.WaitFor(sent.Count);
        }

        double packets = lab.Beta.Metric("whalescale_packets_to_tun_total") - before;
        long writes = TakenBy(lab.Beta) - takenBefore;
        output.Report("finished.packets_per_write", packets / writes, "packets");
        Assert.InRange(writes, 1, packets / 2);
        Assert.Equal(Ordered(sent), Ordered(capture.Packets));
    }

    /// <summary>Flows may pass each other.</summary>
    private static string[] Ordered(IEnumerable<byte[]> packets) =>
        [.. packets.OrderBy(packet => packet[9]).Select(Convert.ToHexString)];

    /// <summary>Packets that the kernel took from the agent: one for each write.</summary>
    private static long TakenBy(AgentProcess agent) =>
        agent.Host.Namespace.IpJson("-s", "link", "show", "dev", "whale0")[0]
            .GetProperty("stats64").GetProperty("rx").GetProperty("packets").GetInt64();

    private static string[] OffloadsOf(AgentProcess agent)
    {
        JsonElement tun = JsonDocument.Parse(agent.Cli("status", "--json").Output).RootElement.GetProperty("tun");
        return [.. tun.GetProperty("offloads").EnumerateArray().Select(each => each.GetString()!)];
    }

    private static void AssertIdentical(TunnelLab lab, AgentProcess receiver, IPAddress address)
    {
        Transfer transfer = Transfer.Run(
            lab.OtherThan(receiver).Host.Namespace, receiver.Host.Namespace, address, TransferMebibytes);
        Assert.Equal(((long)TransferMebibytes << 20, transfer.SentHash), (transfer.ReceivedBytes, transfer.ReceivedHash));
    }

    /// <summary>Pings with none to many fragments, of odd and even sizes, some with an IPv4 option.</summary>
    private static EchoCounters PingInAllSizes(NetworkNamespace from, IPAddress ipv4, IPAddress ipv6)
    {
        const int Each = 20;
        string[] sizes = ["0", "1", "17", "511", "1372", "1403", "3000", "9000"];
        string[][] series =
        [
            .. sizes.Select(size => (string[])["-s", size, ipv4.ToString()]),
            .. sizes.Select(size => (string[])["-s", size, ipv6.ToString()]),
            ["-R", ipv4.ToString()], ["-R", "-s", "1333", ipv4.ToString()], // the route is recorded: 40 bytes of options
        ];
        EchoCounters before = EchoCounters.Of(from);
        foreach (string[] arguments in series)
        {
            CommandResult result = from.Try(["ping", "-n", "-c", $"{Each}", "-i", "0.005", .. arguments]);
            Assert.DoesNotContain("wrong data", result.Output, StringComparison.Ordinal);
            Assert.DoesNotContain("BAD CHECKSUM", result.Output, StringComparison.Ordinal);
        }

        // The last answers may come after `ping` has left.
        long start = Stopwatch.GetTimestamp();
        EchoCounters pings;
        do pings = EchoCounters.Of(from) - before;
        while (pings.Replies < pings.Requests && Stopwatch.GetElapsedTime(start) < TimeSpan.FromSeconds(2));
        Assert.Equal(series.Length * Each, pings.Requests);
        return pings;
    }

    private static void AssertUndamaged(params NetworkNamespace[] hosts)
    {
        foreach (NetworkNamespace host in hosts) Assert.Equal(default, ChecksumErrors.Of(host));
    }
}
