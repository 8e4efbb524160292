using Whalescale.Node;

namespace Whalescale.Tests.Node;

public sealed class TunMtuTests
{
    private static readonly Instant Start = new(1_000_000_000);
    private readonly TunMtu _mtu = new();

    [Theory]
    [InlineData(1_472, 1_431)]
    [InlineData(1_452, 1_411)]
    [InlineData(1_232, 1_191)]
    [InlineData(9_472, 9_000)]
    public void A_path_carries_a_packet_of_its_payload_less_41_bytes(int path, int packet) =>
        Assert.Equal(packet, TunMtu.OfPath(path));

    [Fact]
    public void It_begins_at_1380_and_rises_at_once()
    {
        Assert.Equal(1_380, _mtu.Current);

        _mtu.HandleLargest(1_411, Start);

        Assert.Equal((1_411, Instant.Never), (_mtu.Current, _mtu.NextTimeout));
    }

    [Fact]
    public void It_falls_after_ten_seconds_and_never_below_1280()
    {
        _mtu.HandleLargest(1_191, Start);
        Assert.Equal((1_380, Start + TimeSpan.FromSeconds(10)), (_mtu.Current, _mtu.NextTimeout));

        _mtu.HandleTimeout(_mtu.NextTimeout);

        Assert.Equal((1_280, Instant.Never), (_mtu.Current, _mtu.NextTimeout));
    }

    [Fact]
    public void A_path_that_loses_its_size_and_finds_it_again_leaves_the_device_alone()
    {
        _mtu.HandleLargest(1_411, Start);
        _mtu.HandleLargest(1_191, Start);
        _mtu.HandleLargest(1_330, Start + TimeSpan.FromSeconds(1));
        _mtu.HandleLargest(1_411, Start + TimeSpan.FromSeconds(9));

        Assert.Equal((1_411, Instant.Never), (_mtu.Current, _mtu.NextTimeout));
    }

    [Fact]
    public void Without_any_session_it_stays_as_it_is()
    {
        _mtu.HandleLargest(1_411, Start);

        _mtu.HandleLargest(0, Start);

        Assert.Equal((1_411, Instant.Never), (_mtu.Current, _mtu.NextTimeout));
    }
}
