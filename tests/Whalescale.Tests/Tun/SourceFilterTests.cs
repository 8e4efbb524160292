using Whalescale.Tun.Routing;

namespace Whalescale.Tests.Tun;

public sealed class SourceFilterTests
{
    private const int Alice = 0, Bob = 1;

    private static readonly RouteTable Routes = new(
        [
            (Prefix("10.77.0.2/32"), Alice), (Prefix("192.168.0.0/16"), Alice), (Prefix("fd77::2/128"), Alice),
            (Prefix("10.77.0.3/32"), Bob), (Prefix("172.16.5.0/24"), Bob), (Prefix("fd77::3/128"), Bob),
        ]);

    private static readonly OwnAddresses Own = new(
        [Ip("10.77.0.1"), Ip("fd77::1")], [Prefix("192.168.5.0/24"), Prefix("172.16.0.0/16")]);

    [Theory]
    [InlineData(Alice, "10.77.0.2", "10.77.0.1")]
    [InlineData(Alice, "192.168.9.9", "192.168.5.7")]
    [InlineData(Bob, "10.77.0.3", "172.16.9.9")]
    [InlineData(Bob, "172.16.5.9", "10.77.0.1")]
    [InlineData(Alice, "fd77::2", "fd77::1")]
    public void A_packet_of_its_peer_for_us_is_accepted(int peer, string source, string destination) =>
        Assert.Equal(FilterVerdict.Accepted, Check(peer, source, destination));

    [Theory]
    [InlineData(Alice, "10.77.0.3", "10.77.0.1")]
    [InlineData(Bob, "10.77.0.2", "10.77.0.1")]
    [InlineData(Alice, "8.8.8.8", "10.77.0.1")]
    [InlineData(Bob, "fd77::2", "fd77::1")]
    public void Nobody_speaks_for_another_peer(int peer, string source, string destination) =>
        Assert.Equal(FilterVerdict.SourceNotOfPeer, Check(peer, source, destination));

    [Theory]
    [InlineData("10.77.0.1")]
    [InlineData("192.168.5.7")]
    public void Nobody_speaks_for_us_even_from_inside_its_own_wider_prefix(string source) =>
        Assert.Equal(FilterVerdict.SourceNotOfPeer, Check(Alice, source, "10.77.0.1"));

    [Theory]
    [InlineData("10.77.0.3")]
    [InlineData("172.16.5.9")]
    [InlineData("8.8.8.8")]
    public void What_is_meant_for_others_is_refused(string destination) =>
        Assert.Equal(FilterVerdict.DestinationNotOurs, Check(Alice, "10.77.0.2", destination));

    [Theory]
    [InlineData("0.0.0.0")]
    [InlineData("0.1.2.3")]
    [InlineData("127.0.0.1")]
    [InlineData("169.254.1.1")]
    [InlineData("224.0.0.251")]
    [InlineData("255.255.255.255")]
    [InlineData("::")]
    [InlineData("::1")]
    [InlineData("fe80::1")]
    [InlineData("febf::1")]
    [InlineData("ff02::1")]
    [InlineData("::10.77.0.2")]
    [InlineData("::ffff:10.77.0.2")]
    public void Some_classes_of_address_never_cross_the_overlay(string address)
    {
        bool four = !address.Contains(':');
        var everything = new RouteTable([(Prefix("0.0.0.0/0"), Alice), (Prefix("::/0"), Alice)]);
        string other = four ? "10.77.0.1" : "fd77::1", peer = four ? "10.77.0.2" : "fd77::2";

        Assert.Equal(FilterVerdict.SourceNotAllowedClass, Check(Alice, address, other, everything, Own));
        Assert.Equal(FilterVerdict.DestinationNotAllowedClass, Check(Alice, peer, address, everything, Own));
    }

    [Fact]
    public void Verdicts_are_those_of_a_linear_scan()
    {
        var model = new RoutingModel(77);
        int accepted = 0, refused = 0;
        for (int round = 0; round < 40; round++)
        {
            List<(IpPrefix Prefix, int Owner)> peers = model.Entries(1 + model.Random.Next(40));
            List<(IpPrefix Prefix, int Owner)> behind = model.Entries(model.Random.Next(10));
            List<(IpPrefix Prefix, int Owner)> near = [.. peers, .. behind];
            var routes = new RouteTable(peers);
            var own = new OwnAddresses([], behind.Select(entry => entry.Prefix));

            for (int i = 0; i < 10_000; i++)
            {
                (string source, string destination) = Pair(model, near);
                int peer = model.Random.Next(2) == 0
                    ? Math.Max(0, RoutingModel.LinearScan(peers, Ip(source)).Owner)
                    : model.Random.Next(40);

                FilterVerdict verdict = Check(peer, source, destination, routes, own);

                if (verdict is FilterVerdict.SourceNotAllowedClass or FilterVerdict.DestinationNotAllowedClass)
                    continue;
                Assert.Equal(Expected(peers, behind, peer, Ip(source), Ip(destination)), verdict);
                _ = verdict == FilterVerdict.Accepted ? accepted++ : refused++;
            }
        }

        Assert.True(accepted > 5_000, $"{accepted} accepted");
        Assert.True(refused > 10_000, $"{refused} refused");
    }

    private static FilterVerdict Expected(
        List<(IpPrefix Prefix, int Owner)> peers,
        List<(IpPrefix Prefix, int Owner)> behind,
        int peer,
        IpAddress source,
        IpAddress destination)
    {
        (int owner, int length) = RoutingModel.LinearScan(peers, source);
        bool ours = RoutingModel.LinearScan(behind, source).Length >= length;
        if (owner != peer || ours) return FilterVerdict.SourceNotOfPeer;
        int ownLength = RoutingModel.LinearScan(behind, destination).Length;
        bool forUs = ownLength >= 0 && ownLength >= RoutingModel.LinearScan(peers, destination).Length;
        return forUs ? FilterVerdict.Accepted : FilterVerdict.DestinationNotOurs;
    }

    private static (string Source, string Destination) Pair(
        RoutingModel model, List<(IpPrefix Prefix, int Owner)> near)
    {
        while (true)
        {
            IpAddress source = model.AddressNear(near), destination = model.AddressNear(near);
            if (source.IsIPv4 == destination.IsIPv4) return (source.ToString(), destination.ToString());
        }
    }

    private static FilterVerdict Check(int peer, string source, string destination) =>
        Check(peer, source, destination, Routes, Own);

    private static FilterVerdict Check(
        int peer, string source, string destination, RouteTable routes, OwnAddresses own)
    {
        byte[] bytes = source.Contains(':')
            ? RawPacket.IPv6(source, destination)
            : RawPacket.IPv4(source, destination);
        Assert.True(InnerPacket.TryParse(bytes, out InnerPacket packet));
        return SourceFilter.Check(packet, peer, routes, own);
    }

    private static IpPrefix Prefix(string text) =>
        IpPrefix.TryParse(text, out IpPrefix prefix) ? prefix : throw new ArgumentException(text);

    private static IpAddress Ip(string text) =>
        IpAddress.TryParse(text, out IpAddress address) ? address : throw new ArgumentException(text);
}
