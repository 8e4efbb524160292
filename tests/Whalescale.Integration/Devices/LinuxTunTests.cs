using System.Buffers.Binary;
using System.Globalization;
using System.Text.Json;
using Whalescale.Integration.Lab;
using Whalescale.Transport;
using Whalescale.Tun.Devices;

namespace Whalescale.Integration.Devices;

public sealed class LinuxTunTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    [RootFact]
    public void A_configured_device_has_its_addresses_routes_and_MTU_and_nothing_else()
    {
        using var network = new NetworkNamespace("host");
        using ITunDevice tun = Open(network);

        Assert.Empty(tun.Configure(Configuration(["10.77.0.1/16", "fd77::1/64"], ["10.88.0.0/16", "fd88::/48"], 1400)));

        Assert.Equal(1400, tun.Mtu);
        JsonElement link = network.IpJson("link", "show", "dev", "whale0")[0];
        Assert.Equal(1400, link.GetProperty("mtu").GetInt32());
        Assert.Contains("UP", link.GetProperty("flags").EnumerateArray().Select(flag => flag.GetString()));
        Assert.Equal(["10.77.0.1/16", "fd77::1/64"], Addresses(network));
        Assert.Equal(["10.77.0.0/16", "10.88.0.0/16", "fd77::/64", "fd88::/48"], Routes(network));
        JsonElement route = network.IpJson("-4", "route", "show", "10.88.0.0/16")[0];
        Assert.Equal("static", route.GetProperty("protocol").GetString());
        Assert.Equal("link", route.GetProperty("scope").GetString());
    }

    [RootFact]
    public void The_same_configuration_again_changes_nothing_and_another_changes_the_difference()
    {
        using var network = new NetworkNamespace("host");
        using ITunDevice tun = Open(network);
        TunConfiguration first = Configuration(["10.77.0.1/16", "fd77::1/64"], ["10.88.0.0/16", "fd88::/48"], 1400);
        tun.Configure(first);
        using RunningProcess monitor = network.Start(["ip", "monitor", "link", "address", "route"]);
        WaitUntilMonitored(monitor);

        // What the monitor tells comes in order: between the two devices stands what happened between them.
        network.Configure("link add marker1 type veth peer name end1");
        Assert.Empty(tun.Configure(first));
        network.Configure("link add marker2 type veth peer name end2");
        Assert.DoesNotContain("whale0", HeardBetween(monitor, "marker1", "marker2"), StringComparison.Ordinal);

        tun.Configure(Configuration(["10.77.0.2/24", "fd77::1/64"], ["10.99.0.0/16", "fd88::/48"], 1300));

        Assert.Equal(["10.77.0.2/24", "fd77::1/64"], Addresses(network));
        Assert.Equal(["10.77.0.0/24", "10.99.0.0/16", "fd77::/64", "fd88::/48"], Routes(network));
        Assert.Equal(1300, network.IpJson("link", "show", "dev", "whale0")[0].GetProperty("mtu").GetInt32());
    }

    [RootFact]
    public void What_another_interface_is_connected_to_is_never_taken_from_it()
    {
        using var network = new NetworkNamespace("host");
        network.Configure("link add lan0 type veth peer name lan1");
        network.Configure("address add 192.168.1.7/24 dev lan0");
        network.Configure("address add fd01::7/64 dev lan0");
        network.Configure("link set lan0 up");
        network.Configure("route add 172.16.0.0/12 dev lan0");
        using ITunDevice tun = Open(network);

        IReadOnlyList<RefusedRoute> refused = tun.Configure(Configuration(
            ["10.77.0.1/16", "192.168.1.77/25"],
            [
                "192.168.1.0/24", "192.168.1.128/25", "192.168.0.0/16", "fd01::/64", "fd01::/48", "127.0.0.0/8",
                "172.16.0.0/12", "0.0.0.0/0", "::/0", "10.99.1.1/16",
            ],
            1400));

        Assert.Equal(
            [
                "0.0.0.0/0: exit routing is not offered",
                "127.0.0.0/8: lo is connected to 127.0.0.0/8",
                "172.16.0.0/12: lan0 has a route to 172.16.0.0/12",
                "192.168.1.0/24: lan0 is connected to 192.168.1.0/24",
                "192.168.1.0/25: lan0 is connected to 192.168.1.0/24",
                "192.168.1.128/25: lan0 is connected to 192.168.1.0/24",
                "::/0: exit routing is not offered",
                "fd01::/64: lan0 is connected to fd01::/64",
            ],
            refused.Select(entry => $"{entry.Route}: {entry.Reason}").Order(StringComparer.Ordinal));
        Assert.Equal(["10.77.0.0/16", "10.99.0.0/16", "192.168.0.0/16", "fd01::/48"], Routes(network));
    }

    [RootFact]
    public void Everything_is_gone_after_disposal()
    {
        using var network = new NetworkNamespace("host");
        ITunDevice tun = Open(network);
        tun.Configure(Configuration(["10.77.0.1/16"], ["10.88.0.0/16"], 1400));

        tun.Dispose();

        JsonElement[] links = [.. network.IpJson("link", "show").EnumerateArray()];
        Assert.Equal("lo", Assert.Single(links).GetProperty("ifname").GetString());
        Assert.Empty(Routes(network, device: null));
    }

    [RootFact]
    public void A_ping_goes_out_through_the_device_and_its_answer_comes_back()
    {
        using var network = new NetworkNamespace("host");
        using ITunDevice tun = Open(network);
        tun.Configure(Configuration(["10.77.0.1/16", "fd77::1/64"], [], 1400));

        Assert.Equal(0, PingWhileAnswering(network, tun, "10.77.3.4"));
        Assert.Equal(0, PingWhileAnswering(network, tun, "fd77::5"));
    }

    [RootFact]
    public void A_checksum_that_the_kernel_left_undone_is_told_and_may_be_left_to_it()
    {
        using var network = new NetworkNamespace("host");
        using ITunDevice tun = Open(network);
        tun.Configure(Configuration(["10.77.0.1/16"], [], 1400));
        using IDatagramSocket socket = network.Inside(() => UdpSockets.Open(null, 0, 0, portable: false));
        var remote = new Endpoint(Ip("10.77.3.4"), 9);
        using var datagrams = new DatagramBatch(1, 64);
        datagrams.Reserve(5).Fill(7);
        datagrams.Add(5, remote, default, 0);
        using var packets = new PacketBatch(4, 1500);

        Assert.Equal(1, socket.Send(datagrams, 0, 1).Sent);
        ReadOne(tun, packets);

        Assert.Equal(new PacketOffload(OffloadTraits.ChecksumPending, 0, 20, 6), packets.OffloadOf(0));
        Span<byte> packet = packets[0];
        SwapIPv4(packet);
        SwapPorts(packet[20..]);
        WritePseudoSum(packet);
        nint address = packets.AddressOf(0);
        int length = packet.Length;
        packets.Clear();
        packets.Refer(address, length, new PacketOffload(OffloadTraits.ChecksumPending, 0, 20, 6));
        Assert.Equal(0, tun.Write(packets));

        using var received = new DatagramBatch(4, 64);
        using IWaiter waiter = Waiters.Create();
        waiter.Watch(socket.ReadyHandle);
        Assert.Equal(WaitResult.Ready, waiter.Wait(Patience));
        Assert.Equal(1, socket.Receive(received, 0));
        Assert.Equal(remote, received.Info(0).Remote);
        Assert.Equal(new byte[] { 7, 7, 7, 7, 7 }, received[0].ToArray());
    }

    [RootFact]
    public void Trains_are_read_and_written_as_one_packet_until_offloads_are_switched_off()
    {
        const int Count = 10, Size = 1000;
        using var network = new NetworkNamespace("host");
        using ITunDevice tun = Open(network);
        tun.Configure(Configuration(["10.77.0.1/16"], [], 1400));
        using IDatagramSocket socket = network.Inside(() => UdpSockets.Open(null, 0, 0, portable: false));
        var remote = new Endpoint(Ip("10.77.3.4"), 9);
        using var train = new DatagramBatch(Count, Size);
        for (int i = 0; i < Count; i++)
        {
            train.Reserve(Size).Fill((byte)i);
            train.Add(Size, remote, default, 0);
        }

        using var packets = new PacketBatch(2 * Count, tun.LargestRead);
        Assert.Equal(TunOffloads.All, tun.Offloads);
        Assert.Equal(Count, socket.Send(train, 0, Count).Sent);
        ReadOne(tun, packets);
        Assert.Equal(1, packets.Count);
        var expected = new PacketOffload(OffloadTraits.ChecksumPending | OffloadTraits.UdpSegments, Size, 20, 6);
        Assert.Equal((28 + (Count * Size), expected), (packets[0].Length, packets.OffloadOf(0)));

        packets.Clear();
        Assert.Equal(TunOffloads.None, tun.UseOffloads(TunOffloads.None));
        Assert.Equal(Count, socket.Send(train, 0, Count).Sent);
        ReadOne(tun, packets);
        Assert.Equal(Count, packets.Count);
        for (int i = 0; i < Count; i++)
        {
            Assert.Equal((28 + Size, default), (packets[i].Length, packets.OffloadOf(i)));
            // A checksum does not see that ends change places, so these are answers with finished checksums.
            SwapIPv4(packets[i]);
            SwapPorts(packets[i][20..]);
        }

        Assert.Equal(TunOffloads.All, tun.UseOffloads(TunOffloads.All));
        Assert.Equal(0, tun.Write(packets));
        using var received = new DatagramBatch(2 * Count, 2048);
        using IWaiter waiter = Waiters.Create();
        waiter.Watch(socket.ReadyHandle);
        while (received.Count < Count && waiter.Wait(Patience) == WaitResult.Ready) socket.Receive(received, 0);
        Assert.Equal(Count, received.Count);
        for (int i = 0; i < Count; i++) Assert.Equal(train[i].ToArray(), received[i].ToArray());
    }

    [RootFact]
    public void Packets_written_before_the_device_is_up_or_that_are_no_packets_are_dropped()
    {
        using var network = new NetworkNamespace("host");
        using ITunDevice tun = Open(network);
        using var packets = new PacketBatch(4, 1500);
        new byte[] { 0x45, 0, 0, 20 }.CopyTo(packets.NextSlot());
        packets.Append(28);

        Assert.Equal(1, tun.Write(packets));
        tun.Configure(Configuration(["10.77.0.1/16"], [], 1400));
        packets.Clear();
        packets.Append(28, new PacketOffload(OffloadTraits.ChecksumPending, 0, 60_000, 6));
        Assert.Equal(1, tun.Write(packets));
        packets.Clear();
        Assert.Equal(0, tun.Read(packets));
    }

    [RootFact]
    public void A_device_in_use_is_named()
    {
        using var network = new NetworkNamespace("host");
        using ITunDevice tun = Open(network);

        IOException failure = Assert.Throws<IOException>(() => Open(network));

        Assert.Equal("The device whale0 is in use by another process.", failure.Message);
    }

    [RootFact]
    public void A_device_that_was_deleted_is_told_by_reading()
    {
        using var network = new NetworkNamespace("host");
        using ITunDevice tun = Open(network);
        using var packets = new PacketBatch(4, 1500);

        network.Configure("link del whale0");

        Assert.Throws<IOException>(() => tun.Read(packets));
        Assert.Throws<IOException>(() => tun.Configure(Configuration(["10.77.0.1/16"], [], 1400)));
    }

    private static ITunDevice Open(NetworkNamespace network) =>
        network.Inside(() => new LinuxTunFactory().Open("whale0", 1420));

    private static TunConfiguration Configuration(string[] addresses, string[] routes, int mtu) =>
        new([.. addresses.Select(Prefix)], [.. routes.Select(Prefix)], mtu);

    private static string[] Addresses(NetworkNamespace network) =>
    [
        .. network.IpJson("address", "show", "dev", "whale0")[0].GetProperty("addr_info").EnumerateArray()
            .Select(entry => $"{entry.GetProperty("local")}/{entry.GetProperty("prefixlen")}")
            .Order(StringComparer.Ordinal),
    ];

    private static string[] Routes(NetworkNamespace network, string? device = "whale0") =>
    [
        .. new[] { "-4", "-6" }
            .SelectMany(family => network.IpJson(family, "route", "show", "table", "main").EnumerateArray())
            .Where(route => device is null || route.GetProperty("dev").GetString() == device)
            .Select(route => route.GetProperty("dst").GetString()!)
            .Where(destination => destination != "::1").Order(StringComparer.Ordinal),
    ];

    private static int PingWhileAnswering(NetworkNamespace network, ITunDevice tun, string target)
    {
        using var packets = new PacketBatch(8, 1500);
        using RunningProcess ping = network.Start(["ping", "-c", "2", "-i", "0.2", "-W", "5", "-s", "1300", target]);
        for (int answered = 0; answered < 2;)
        {
            packets.Clear();
            ReadOne(tun, packets);
            for (int i = 0; i < packets.Count; i++) answered += TryAnswerEcho(packets[i]) ? 1 : 0;
            Assert.Equal(0, tun.Write(packets));
        }

        Assert.True(ping.WaitForExit(Patience));
        return ping.ExitCode;
    }

    private static void ReadOne(ITunDevice tun, PacketBatch packets)
    {
        using IWaiter waiter = Waiters.Create();
        waiter.Watch(tun.ReadyHandle);
        Assert.Equal(WaitResult.Ready, waiter.Wait(Patience));
        Assert.True(tun.Read(packets) > 0);
    }

    /// <summary>Makes an echo reply of an echo request, in place.</summary>
    private static bool TryAnswerEcho(Span<byte> packet)
    {
        bool six = packet[0] >> 4 == 6;
        Span<byte> icmp = packet[(six ? 40 : 20)..];
        if (icmp[0] != (six ? 128 : 8)) return false;
        icmp[0] = (byte)(six ? 129 : 0);
        // The type changes by one step of the checksum's upper byte, eight of them for IPv4; addresses only change
        // places.
        uint sum = (uint)(ushort)~BinaryPrimitives.ReadUInt16BigEndian(icmp[2..]) + (six ? 0x0100u : 0xF7FFu);
        BinaryPrimitives.WriteUInt16BigEndian(icmp[2..], (ushort)~((sum & 0xFFFF) + (sum >> 16)));
        if (six) Swap(packet.Slice(8, 16), packet.Slice(24, 16));
        else SwapIPv4(packet);
        return true;
    }

    private static void SwapIPv4(Span<byte> packet) => Swap(packet.Slice(12, 4), packet.Slice(16, 4));

    private static void SwapPorts(Span<byte> udp) => Swap(udp[..2], udp.Slice(2, 2));

    private static void Swap(Span<byte> one, Span<byte> two)
    {
        byte[] kept = one.ToArray();
        two.CopyTo(one);
        kept.CopyTo(two);
    }

    /// <summary>Leaves in the UDP checksum field the sum of addresses, protocol and length, folded and not
    /// inverted.</summary>
    private static void WritePseudoSum(Span<byte> packet)
    {
        uint sum = 17 + (uint)(packet.Length - 20);
        for (int i = 12; i < 20; i += 2) sum += BinaryPrimitives.ReadUInt16BigEndian(packet[i..]);
        while (sum >> 16 != 0) sum = (sum & 0xFFFF) + (sum >> 16);
        BinaryPrimitives.WriteUInt16BigEndian(packet[26..], (ushort)sum);
    }

    private static string HeardBetween(RunningProcess monitor, string first, string second)
    {
        Wait.Until($"the monitor tells of {second}", Patience, () =>
            monitor.Output.Contains(second, StringComparison.Ordinal));
        string heard = monitor.Output;
        int start = heard.LastIndexOf(first, StringComparison.Ordinal);
        return heard[start..heard.IndexOf(second, StringComparison.Ordinal)];
    }

    private static void WaitUntilMonitored(RunningProcess monitor)
    {
        // The monitor subscribes to the kernel's groups before it reads: a subscribed netlink socket shows in /proc.
        string file = $"/proc/{monitor.Id}/net/netlink";
        string port = monitor.Id.ToString(CultureInfo.InvariantCulture);
        Wait.Until("`ip monitor` has subscribed", Patience, () => File.ReadLines(file).Skip(1).Any(line =>
            line.Split(' ', StringSplitOptions.RemoveEmptyEntries) is [_, "0", var owner, var groups, ..]
            && owner == port && groups != "00000000"));
    }

    private static IpPrefix Prefix(string text) =>
        IpPrefix.TryParse(text, out IpPrefix prefix) ? prefix : throw new ArgumentException(text);

    private static IpAddress Ip(string text) =>
        IpAddress.TryParse(text, out IpAddress address) ? address : throw new ArgumentException(text);
}
