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
        var bulk = new Thread(() => failure = Record.Exception(() =>
        {
            AssertIdentical(lab, lab.Beta, lab.OverlayIpv4(lab.Beta));
            AssertIdentical(lab, lab.Alpha, lab.OverlayIpv6(lab.Alpha));
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

        bulk.Join();
        Assert.Null(failure);
        foreach (string size in (string[])["0", "1", "17", "511", "1372", "1403", "3000", "9000"])
            AssertAnswered(alpha, ["-s", size, lab.OverlayIpv4(lab.Beta).ToString()]);
        AssertAnswered(alpha, ["-R", lab.OverlayIpv4(lab.Beta).ToString()]); // an IPv4 option: the route is recorded
        AssertAnswered(beta, ["-s", "3000", lab.OverlayIpv6(lab.Alpha).ToString()]);
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
            raw.SendTo(RawDatagram.Make(HostBehind.Address, to, (ushort)i, payloadBytes: 1000, isDamaged: i % 2 == 1), to);

        // The kernel looks at a checksum when the datagram is asked for, and goes on to the next if it is wrong.
        var buffer = new byte[2000];
        receiver.ReceiveTimeout = 2000;
        for (int good = 0; good < Each; good++)
        {
            int length = receiver.Receive(buffer);
            Assert.True(RawDatagram.IsIntact(buffer.AsSpan(0, length), (ushort)(2 * good)));
        }

        receiver.ReceiveTimeout = 200;
        Assert.Throws<SocketException>(() => receiver.Receive(buffer));
        Assert.Equal(Each, ChecksumErrors.Of(alpha).Udp);
    }

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

    private static void AssertAnswered(NetworkNamespace from, string[] arguments)
    {
        CommandResult result = from.Try(["ping", "-n", "-q", "-c", "20", "-i", "0.01", "-W", "2", .. arguments]);
        Assert.True(result.ExitCode == 0 && result.Output.Contains(" 0% packet loss", StringComparison.Ordinal),
            result.ToString());
    }

    private static void AssertUndamaged(params NetworkNamespace[] hosts)
    {
        foreach (NetworkNamespace host in hosts) Assert.Equal(default, ChecksumErrors.Of(host));
    }
}
