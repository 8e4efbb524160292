using Whalescale.Tun.Routing;

namespace Whalescale.Tests.Tun;

public sealed class RouteTableTests
{
    [Fact]
    public void The_longest_prefix_decides()
    {
        RouteTable table = Table(("10.0.0.0/8", 1), ("10.77.0.0/16", 2), ("10.77.3.9/32", 3), ("fd77::/64", 4));

        Assert.Equal(1, table.Lookup(Ip("10.1.2.3")));
        Assert.Equal(2, table.Lookup(Ip("10.77.3.8")));
        Assert.Equal(3, table.Lookup(Ip("10.77.3.9")));
        Assert.Equal(2, table.Lookup(Ip("10.77.3.10")));
        Assert.Equal(1, table.Lookup(Ip("10.78.0.0")));
        Assert.Equal(4, table.Lookup(Ip("fd77::1")));
        Assert.Equal(RouteTable.NoOwner, table.Lookup(Ip("11.0.0.0")));
        Assert.Equal(RouteTable.NoOwner, table.Lookup(Ip("fd77:0:0:1::")));
    }

    [Fact]
    public void The_length_of_the_deciding_prefix_is_counted_in_its_own_family()
    {
        RouteTable table = Table(("10.0.0.0/8", 1), ("::/0", 2));

        table.Lookup(Ip("10.1.1.1"), out int length4);
        table.Lookup(Ip("2001:db8::1"), out int length6);
        table.Lookup(Ip("11.1.1.1"), out int none);

        Assert.Equal((8, 0, -1), (length4, length6, none));
    }

    [Fact]
    public void An_IPv6_default_route_does_not_answer_for_IPv4()
    {
        RouteTable table = Table(("::/0", 7));

        Assert.Equal(RouteTable.NoOwner, table.Lookup(Ip("192.0.2.1")));
        Assert.Equal(RouteTable.NoOwner, table.Lookup(Ip("::ffff:192.0.2.1")));
        Assert.Equal(7, table.Lookup(Ip("::fffe:192.0.2.1")));
    }

    [Fact]
    public void The_last_address_of_each_family_can_be_owned()
    {
        RouteTable table = Table(
            ("255.255.255.255/32", 1), ("128.0.0.0/1", 2), ("ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff/128", 3));

        Assert.Equal(1, table.Lookup(Ip("255.255.255.255")));
        Assert.Equal(2, table.Lookup(Ip("255.255.255.254")));
        Assert.Equal(3, table.Lookup(Ip("ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff")));
        Assert.Equal(RouteTable.NoOwner, table.Lookup(Ip("ffff:ffff:ffff:ffff:ffff:ffff:ffff:fffe")));
    }

    [Fact]
    public void A_prefix_claimed_by_two_owners_is_a_conflict_whatever_its_host_bits()
    {
        bool built = RouteTable.TryBuild(
            [(Prefix("10.77.0.0/16"), 1), (Prefix("10.77.5.5/16"), 2), (Prefix("10.77.0.0/17"), 3)],
            out RouteTable table,
            out IReadOnlyList<RouteConflict> conflicts);

        Assert.False(built);
        Assert.Equal(new RouteConflict(Prefix("10.77.0.0/16"), 1, 2), Assert.Single(conflicts));
        Assert.Equal(0, table.Count);
        Assert.Throws<ArgumentException>(() => Table(("10.0.0.0/8", 1), ("10.0.0.0/8", 2)));
    }

    [Fact]
    public void The_same_owner_may_name_a_prefix_twice()
    {
        bool built = RouteTable.TryBuild(
            [(Prefix("10.77.0.0/16"), 1), (Prefix("10.77.0.0/16"), 1)], out RouteTable table, out _);

        Assert.True(built);
        Assert.Equal(1, table.Count);
        Assert.Equal(1, table.Lookup(Ip("10.77.0.1")));
    }

    [Theory]
    [InlineData(1, 0, 1_000)]
    [InlineData(2, 1, 10_000)]
    [InlineData(3, 12, 600_000)]
    [InlineData(4, 60, 300_000)]
    [InlineData(5, 300, 100_000)]
    [InlineData(6, 5_000, 4_000)]
    public void A_lookup_answers_what_a_linear_scan_answers(int seed, int prefixes, int lookups)
    {
        var model = new RoutingModel(seed);
        List<(IpPrefix Prefix, int Owner)> entries = model.Entries(prefixes);
        var table = new RouteTable(entries);

        for (int i = 0; i < lookups; i++)
        {
            IpAddress address = model.AddressNear(entries);

            int owner = table.Lookup(address, out int length);

            if ((owner, length) != RoutingModel.LinearScan(entries, address))
                Assert.Fail($"{address}: {owner} by /{length}, but {RoutingModel.LinearScan(entries, address)}");
        }
    }

    [Fact]
    public void A_lookup_allocates_nothing()
    {
        RouteTable table = Table(("10.0.0.0/8", 1), ("fd77::/64", 4));
        IpAddress address4 = Ip("10.1.2.3"), address6 = Ip("fd77::1");
        table.Lookup(address4);
        long before = GC.GetAllocatedBytesForCurrentThread();

        for (int i = 0; i < 1000; i++) _ = table.Lookup(address4) + table.Lookup(address6);

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    private static RouteTable Table(params (string Prefix, int Owner)[] entries) =>
        new(entries.Select(entry => (Prefix(entry.Prefix), entry.Owner)));

    private static IpPrefix Prefix(string text) =>
        IpPrefix.TryParse(text, out IpPrefix prefix) ? prefix : throw new ArgumentException(text);

    private static IpAddress Ip(string text) =>
        IpAddress.TryParse(text, out IpAddress address) ? address : throw new ArgumentException(text);
}
