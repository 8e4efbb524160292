using Whalescale.Tun.Devices;

namespace Whalescale.Tests.Tun;

public sealed class RoutePolicyTests
{
    private static readonly (string, IpPrefix)[] Connected =
        [("lo", Prefix("127.0.0.0/8")), ("eth0", Prefix("192.168.1.0/24")), ("eth0", Prefix("fd01::/64"))];

    [Theory]
    [InlineData("192.168.1.0/24", "eth0 is connected to 192.168.1.0/24")]
    [InlineData("192.168.1.128/25", "eth0 is connected to 192.168.1.0/24")]
    [InlineData("192.168.1.7/32", "eth0 is connected to 192.168.1.0/24")]
    [InlineData("fd01::/64", "eth0 is connected to fd01::/64")]
    [InlineData("127.0.0.0/8", "lo is connected to 127.0.0.0/8")]
    [InlineData("0.0.0.0/0", "exit routing is not offered")]
    [InlineData("::/0", "exit routing is not offered")]
    [InlineData("192.168.0.0/16", null)]
    [InlineData("192.168.2.0/24", null)]
    [InlineData("fd01::/48", null)]
    [InlineData("10.77.0.0/16", null)]
    public void Only_what_takes_a_connected_network_away_is_objected_to(string route, string? objection) =>
        Assert.Equal(objection, RoutePolicy.Objection(Prefix(route), Connected));

    [Fact]
    public void The_networks_of_the_addresses_are_wanted_too_each_once()
    {
        var configuration = new TunConfiguration(
            [Prefix("10.77.0.1/16"), Prefix("10.99.0.1/32"), Prefix("fd77::1/64")],
            [Prefix("10.88.0.7/16"), Prefix("10.77.0.0/16")],
            1400);

        Assert.Equal(
            ["10.88.0.0/16", "10.77.0.0/16", "fd77::/64"],
            RoutePolicy.Wanted(configuration).Select(route => route.ToString()));
    }

    [Theory]
    [InlineData("")]
    [InlineData("a-name-of-16-byt")]
    [InlineData("a/b")]
    [InlineData("a b")]
    [InlineData("..")]
    public void A_name_no_interface_can_have_is_refused_before_the_kernel_is_asked(string name) =>
        Assert.Throws<ArgumentException>(() => new LinuxTunFactory().Open(name, 1400));

    [Theory]
    [InlineData(1279)]
    [InlineData(65536)]
    public void An_MTU_no_overlay_packet_can_have_is_refused(int mtu) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => new LinuxTunFactory().Open("whale0", mtu));

    private static IpPrefix Prefix(string text) =>
        IpPrefix.TryParse(text, out IpPrefix prefix) ? prefix : throw new ArgumentException(text);
}
