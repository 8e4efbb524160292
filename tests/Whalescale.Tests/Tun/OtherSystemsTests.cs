using System.Runtime.InteropServices;
using Whalescale.Tun.Devices;
using Whalescale.Tun.Interop;

namespace Whalescale.Tests.Tun;

/// <summary>What can be said on Linux of the devices of other systems: layouts, messages, order of
/// configuration.</summary>
public sealed class OtherSystemsTests
{
    [Fact]
    public void Windows_rows_have_the_sizes_of_netioapi_h()
    {
        Assert.Equal(28, Marshal.SizeOf<WindowsNetwork.SocketAddressInet>());
        Assert.Equal(80, Marshal.SizeOf<WindowsNetwork.UnicastAddressRow>());
        Assert.Equal(104, Marshal.SizeOf<WindowsNetwork.ForwardRow>());
        Assert.Equal(168, Marshal.SizeOf<WindowsNetwork.InterfaceRow>());
    }

    [Fact]
    public void A_macOS_route_message_is_header_destination_interface_and_netmask()
    {
        string text = Convert.ToHexString(DarwinMessages.Route(add: true, 7, Prefix("10.88.0.0/16"), 3));

        Assert.Equal(
            "9000050107000000010800000700000000000000030000000000000000000000" + new string('0', 2 * 60)
            + "100200000A5800000000000000000000" + "1412070000000000000000000000000000000000"
            + "10020000FFFF00000000000000000000",
            text);
    }

    [Fact]
    public void macOS_address_requests_have_the_sizes_their_ioctl_numbers_say()
    {
        // Bits 16 to 28 of an ioctl number are the size of its argument.
        static int SizeIn(uint request) => (int)(request >> 16) & 0x1FFF;
        IpAddress four = Prefix("10.77.0.1").Address, six = Prefix("fd77::1").Address;

        Assert.Equal(SizeIn(Darwin.AddAddress4), DarwinMessages.AddAddress("utun3", four).Length);
        Assert.Equal(SizeIn(Darwin.AddAddress6), DarwinMessages.AddAddress("utun3", six).Length);
        Assert.Equal(SizeIn(Darwin.RemoveAddress4), DarwinMessages.RemoveAddress("utun3", four).Length);
        Assert.Equal(SizeIn(Darwin.RemoveAddress6), DarwinMessages.RemoveAddress("utun3", six).Length);
        Assert.Equal(SizeIn(Darwin.SetMtu), DarwinMessages.Interface("utun3", 1400).Length);
    }

    [Theory]
    [InlineData("utun0", 1u)]
    [InlineData("utun12", 13u)]
    [InlineData("whale0", 0u)]
    [InlineData("utun", 0u)]
    public void A_macOS_device_is_asked_for_by_number_plus_one(string name, uint unit) =>
        Assert.Equal(unit, MacTunFactory.UnitOf(name));

    [Fact]
    public void Only_factories_of_this_system_open()
    {
        foreach (ITunDeviceFactory factory in new ITunDeviceFactory[] { new MacTunFactory(), new WindowsTunFactory() })
        {
            if (factory.IsSupported) continue;
            Assert.Throws<PlatformNotSupportedException>(() => factory.Open("whale0", 1400));
        }
    }

    [Fact]
    public void Only_the_difference_is_applied_and_a_refused_route_is_tried_again()
    {
        var applied = new AppliedConfiguration();
        var system = new RecordingSystem { RefusedRoute = Prefix("10.88.0.0/16") };
        (string, IpPrefix)[] connected = [("en0", Prefix("192.168.1.0/24"))];
        var first = new TunConfiguration(
            [Prefix("10.77.0.1/16")], [Prefix("10.88.0.0/16"), Prefix("10.99.0.0/16"), Prefix("192.168.1.0/24")], 1400);

        Assert.Equal(
            ["192.168.1.0/24: en0 is connected to 192.168.1.0/24", "10.88.0.0/16: no"],
            applied.Apply(first, connected, system).Select(entry => $"{entry.Route}: {entry.Reason}"));
        Assert.Equal(["+a 10.77.0.1/16", "+r 10.99.0.0/16", "+r 10.77.0.0/16"], system.TakeActions());

        system.RefusedRoute = default;
        Assert.Single(applied.Apply(first, connected, system));
        Assert.Equal(["+r 10.88.0.0/16"], system.TakeActions());
        Assert.Single(applied.Apply(first, connected, system));
        Assert.Empty(system.TakeActions());

        var second = new TunConfiguration([Prefix("10.77.0.2/16")], [Prefix("10.99.0.0/16")], 1400);
        applied.Apply(second, connected, system);
        Assert.Equal(["-r 10.88.0.0/16", "-a 10.77.0.1/16", "+a 10.77.0.2/16"], system.TakeActions());
    }

    private static IpPrefix Prefix(string text) =>
        IpPrefix.TryParse(text, out IpPrefix prefix) ? prefix : throw new ArgumentException(text);

    private sealed class RecordingSystem : AppliedConfiguration.IActions
    {
        private readonly List<string> _actions = [];

        public IpPrefix RefusedRoute { get; set; }

        public void AddAddress(IpPrefix address) => _actions.Add($"+a {address}");

        public void RemoveAddress(IpPrefix address) => _actions.Add($"-a {address}");

        public void AddRoute(IpPrefix route)
        {
            if (route == RefusedRoute) throw new IOException("no");
            _actions.Add($"+r {route}");
        }

        public void RemoveRoute(IpPrefix route) => _actions.Add($"-r {route}");

        public string[] TakeActions()
        {
            string[] taken = [.. _actions];
            _actions.Clear();
            return taken;
        }
    }
}
