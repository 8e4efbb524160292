using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Whalescale.Integration.Lab;

namespace Whalescale.Integration;

/// <summary>The lab itself: an instrument that is wrong makes every figure wrong.</summary>
public sealed class LabTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(5);

    [RootFact]
    public void Hosts_reach_each_other_through_the_router_in_both_families()
    {
        using var topology = new Topology();
        Host alpha = topology.AddHost("alpha");
        Host beta = topology.AddHost("beta");

        Assert.True(PingSeries.IsAnswered(alpha.Namespace, beta.Uplink.Ipv4));
        Assert.True(PingSeries.IsAnswered(beta.Namespace, alpha.Uplink.Ipv6));
        Assert.False(PingSeries.IsAnswered(alpha.Namespace, "10.77.0.2"));
    }

    [RootFact]
    public void Namespaces_are_gone_when_their_topology_is()
    {
        string name;
        using (var topology = new Topology())
        {
            name = topology.AddHost("alpha").Namespace.Name;
            Assert.Contains(name, Command.Run(["ip", "netns", "list"]), StringComparison.Ordinal);
        }

        Assert.DoesNotContain(name, Command.Run(["ip", "netns", "list"]), StringComparison.Ordinal);
    }

    [RootFact]
    public void A_host_that_moved_has_its_new_address_alone_and_still_reaches_the_other()
    {
        using var topology = new Topology();
        Host alpha = topology.AddHost("alpha");
        Host beta = topology.AddHost("beta");

        alpha.MoveTo(77);

        Assert.False(PingSeries.IsAnswered(beta.Namespace, "10.1.0.2"));
        Assert.True(PingSeries.IsAnswered(beta.Namespace, "10.1.0.77"));
        Assert.True(PingSeries.IsAnswered(alpha.Namespace, beta.Uplink.Ipv6));
    }

    [RootFact]
    public void A_socket_opened_inside_a_namespace_stays_there()
    {
        using var inside = new NetworkNamespace("inside");
        inside.Configure("address add 192.0.2.1/32 dev lo");
        var endpoint = new IPEndPoint(IPAddress.Parse("192.0.2.1"), 0);
        using Socket there = inside.Inside(NewSocket);
        using Socket here = NewSocket();

        there.Bind(endpoint);

        Assert.Throws<SocketException>(() => here.Bind(endpoint));
    }

    [RootFact]
    public void A_flood_keeps_its_rate_comes_from_many_addresses_and_counts_what_comes_back()
    {
        const int PacketsPerSecond = 20_000;
        const int Payload = 100;
        using var topology = new Topology();
        Host target = topology.AddHost("target");
        Host strangers = topology.AddHost("strangers");
        Flooder.Prepare(topology, strangers);
        var sources = new HashSet<SocketAddress>();
        var endpoint = new IPEndPoint(IPAddress.Parse(target.Uplink.Ipv4), 7000);
        using Socket victim = target.Namespace.Inside(NewSocket);
        victim.Bind(endpoint);
        victim.ReceiveBufferSize = 1 << 20;
        victim.ReceiveTimeout = 1000;
        var buffer = new byte[2048];
        var source = new SocketAddress(AddressFamily.InterNetwork);

        using var flooder = new Flooder(strangers, endpoint, PacketsPerSecond, Payload, bytes => bytes.Fill(7));
        var clock = Stopwatch.StartNew();
        int received = 0;
        for (; received < PacketsPerSecond; received++)
        {
            Assert.Equal(Payload, victim.ReceiveFrom(buffer, SocketFlags.None, source));
            if (sources.Count < 5000) sources.Add(Copy(source));
            if (received < 10) victim.SendTo(buffer.AsSpan(0, 50), SocketFlags.None, source);
        }

        Assert.InRange(clock.Elapsed.TotalSeconds, 0.8, 2.0);
        Assert.Equal(5000, sources.Count);
        Wait.Until("the answers are counted", Limit, () => flooder.Answers == 10);
        Assert.Equal(10 * (50 + 28), flooder.AnswerBytes);
    }

    [RootFact]
    public void A_stream_tells_how_long_an_outage_lasted()
    {
        using var topology = new Topology();
        Host alpha = topology.AddHost("alpha");
        Host beta = topology.AddHost("beta");
        using var stream = new UdpStream(
            alpha.Namespace, beta.Namespace, IPAddress.Parse(beta.Uplink.Ipv4), packetsPerSecond: 1000,
            payloadBytes: 64);
        Wait.Until("it flows", Limit, () => stream.Received > 100);

        topology.Router.Configure("link set beta0 down");
        long incident = Stopwatch.GetTimestamp();
        var silence = TimeSpan.FromMilliseconds(300);
        Wait.Until("it is silent", Limit, () => stream.LongestSilenceSince(incident) > silence);
        long restored = Stopwatch.GetTimestamp();
        topology.Router.Configure("link set beta0 up");
        Wait.Until("it flows again", Limit, () => stream.RecoveryAfter(restored) is not null);

        Assert.InRange(stream.LongestSilenceSince(incident), silence, Limit);
        Assert.InRange(stream.RecoveryAfter(incident)!.Value, silence, Limit);
    }

    [RootFact]
    public void A_transfer_and_iperf_agree_that_a_plain_link_carries_data()
    {
        using var topology = new Topology();
        Host alpha = topology.AddHost("alpha");
        Host beta = topology.AddHost("beta");

        Transfer transfer = Transfer.Run(
            alpha.Namespace, beta.Namespace, IPAddress.Parse(beta.Uplink.Ipv6), mebibytes: 4);
        double held = Iperf.MegabitsPerSecond(
            beta.Namespace, alpha.Namespace, beta.Uplink.Ipv4, seconds: 1, megabitsPerSecond: 100);

        Assert.Equal(transfer.SentHash, transfer.ReceivedHash);
        Assert.Equal(4 << 20, transfer.ReceivedBytes);
        Assert.InRange(held, 80, 120);
    }

    [RootFact]
    public void The_processor_meter_sees_a_busy_process_and_an_idle_one()
    {
        using RunningProcess busy = RunningProcess.Start(["sh", "-c", "while :; do :; done"]);
        using RunningProcess idle = RunningProcess.Start(["sleep", "60"]);
        var busyMeter = new CpuMeter(busy.Id);
        var idleMeter = new CpuMeter(idle.Id);

        Wait.Until("half a second is over", Limit, () => busyMeter.Elapsed > TimeSpan.FromMilliseconds(500));

        Assert.InRange(busyMeter.Percent, 20, 110);
        Assert.InRange(idleMeter.Percent, 0, 1);
        Assert.InRange(ResidentMemory.MebibytesOf(idle.Id), 0.1, 50);
    }

    [Fact]
    public void A_ping_series_is_read_with_its_losses_and_its_longest_gap()
    {
        const string Text = """
            PING 10.77.0.2 (10.77.0.2) 56(84) bytes of data.
            [1700000000.100000] 64 bytes from 10.77.0.2: icmp_seq=1 ttl=64 time=0.750 ms
            [1700000000.110000] 64 bytes from 10.77.0.2: icmp_seq=2 ttl=64 time=0.486 ms
            [1700000000.360000] 64 bytes from 10.77.0.2: icmp_seq=27 ttl=64 time=0.486 ms
            [1700000000.370000] From 10.1.0.1 icmp_seq=28 Destination Net Unreachable

            --- 10.77.0.2 ping statistics ---
            28 packets transmitted, 3 received, +1 errors, 89.2857% packet loss, time 270ms
            """;

        PingResult result = PingSeries.Parse(Text);

        Assert.Equal((28, 3, 25), (result.Sent, result.Received, result.Lost));
        Assert.Equal(250, result.LongestGap.TotalMilliseconds, tolerance: 0.01);
    }

    [Fact]
    public void The_forgers_hash_matches_RFC_7693_and_the_reference_keyed_vectors()
    {
        // RFC 7693 appendix B; BLAKE2 reference test vectors blake2s-kat.txt, key 00 … 1f, in empty, then 00 … 3f.
        byte[] key = [.. Enumerable.Range(0, 32).Select(value => (byte)value)];
        byte[] block = [.. Enumerable.Range(0, 64).Select(value => (byte)value)];

        Assert.Equal("508C5E8C327C14E2E1A72BA34EEB452F37458B209ED63A294D999B4C86675982", Digest([], "abc"u8));
        Assert.Equal("48A8997DA407876B3D79C0D92325AD3B89CBB754D86AB71AEE047AD345FD2C49", Digest(key, []));
        Assert.Equal("8975B0577FD35566D750B362B0897A26C399136DF07BABABBDE6203FF2954ED4", Digest(key, block));
    }

    [Fact]
    public void Forged_initiations_have_the_right_form_and_no_two_are_alike()
    {
        var forge = new InitiationForge(new NodeId(Encoding.ASCII.GetBytes(new string('n', 32))), isMac1Right: true);
        var first = new byte[InitiationForge.MessageBytes];
        var second = new byte[InitiationForge.MessageBytes];

        forge.Write(first);
        forge.Write(second);

        Assert.Equal([1, 1, 1, 0], first[..4]);
        Assert.Equal(new byte[16], first[168..]);
        Assert.NotEqual(first[8..40], second[8..40]);
        Assert.NotEqual(first[152..168], second[152..168]);
    }

    private static string Digest(ReadOnlySpan<byte> key, ReadOnlySpan<byte> message)
    {
        Span<byte> digest = stackalloc byte[32];
        Blake2s.Hash(key, message, digest);
        return Convert.ToHexString(digest);
    }

    private static Socket NewSocket() => new(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);

    private static SocketAddress Copy(SocketAddress source)
    {
        var copy = new SocketAddress(source.Family, source.Size);
        source.Buffer.Span[..source.Size].CopyTo(copy.Buffer.Span);
        return copy;
    }
}
