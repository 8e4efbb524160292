using Whalescale.Paths;
using Whalescale.Tests.Support;
using Whalescale.Types;

namespace Whalescale.Tests.Paths;

public sealed class MtuDiscoveryTests
{
    private const int Base = Limits.MinimumPathMtu;
    private const int Ethernet4 = 1472, Ethernet6 = 1452;

    private readonly PathModel _path = new("mtu");

    [Theory]
    [InlineData(true, Ethernet4)]
    [InlineData(false, Ethernet6)]
    public void An_Ethernet_path_is_found_with_one_probe_and_in_one_round_trip(bool isIPv4, int size)
    {
        _path.Carries = size;
        _path.Begin(1500, isIPv4);
        Assert.Equal(Base, _path.Discovery.Current);

        _path.RunFor(_path.RoundTrip);

        Assert.Equal(size, _path.Discovery.Current);
        Assert.True(_path.Discovery.IsSettled);
        Assert.Equal([size], _path.Probes);
    }

    [Fact]
    public void A_path_of_1280_bytes_is_used_at_its_size_from_the_first_datagram_on()
    {
        _path.Carries = Base;
        _path.Begin(1500, isIPv4: false);

        _path.RunFor(TimeSpan.FromSeconds(20));

        Assert.Equal(Base, _path.Discovery.Current);
        Assert.True(_path.Discovery.IsSettled);
        Assert.Equal(0, _path.Discovery.BlackHoles);
    }

    [Fact]
    public void Whatever_a_path_carries_is_found_to_eight_bytes_and_nothing_larger_is_ever_used()
    {
        RandomSource random = TestRandom.Of("mtu/any");
        for (int i = 0; i < 300; i++)
        {
            int linkMtu = 1_280 + random.NextBelow(9_000), carries = Base + random.NextBelow(8_000);
            var path = new PathModel($"mtu/{i}") { Carries = carries };
            path.Begin(linkMtu, isIPv4: random.NextBelow(2) == 0);

            path.RunFor(TimeSpan.FromSeconds(60));

            int found = path.Discovery.Current, best = Math.Min(carries, path.Ceiling);
            Assert.True(found <= best && best - found <= 8, $"link {linkMtu}, carries {carries}: found {found}");
            Assert.True(path.Discovery.IsSettled);
            Assert.All(path.Probes, size => Assert.InRange(size, Base + 1, path.Ceiling));
        }
    }

    [Fact]
    public void A_link_of_jumbo_frames_is_used_whole()
    {
        _path.Carries = 8_972;
        _path.Begin(9_000, isIPv4: true);

        _path.RunFor(_path.RoundTrip * 2);

        Assert.Equal(8_972, _path.Discovery.Current);
        Assert.Equal([Ethernet4, 8_972], _path.Probes);
    }

    [Fact]
    public void A_link_that_carries_the_base_only_is_not_probed()
    {
        _path.Begin(1_280, isIPv4: false);

        Assert.False(_path.Discovery.TryTakeProbe(out _, out _));
        Assert.True(_path.Discovery.IsSettled);
    }

    [Fact]
    public void While_large_datagrams_flow_a_black_hole_is_left_within_a_second()
    {
        Settled();
        for (int milliseconds = 0; milliseconds < 1_000; milliseconds += 90)
        {
            var path = new PathModel($"mtu/hole/{milliseconds}") { Carries = Ethernet4 };
            path.Begin(1500, isIPv4: true);
            path.RunFor(TimeSpan.FromSeconds(5), dataSize: Ethernet4);
            path.RunFor(TimeSpan.FromMilliseconds(milliseconds), dataSize: Ethernet4);
            Assert.Equal(Ethernet4, path.Discovery.Current);
            path.Carries = Base;
            Instant dropped = path.Now;

            while (path.Discovery.Current > Base) path.RunFor(TimeSpan.FromMilliseconds(10), dataSize: Ethernet4);

            Assert.InRange((path.Now - dropped).TotalMilliseconds, 0, 1_200);
            Assert.Equal(1, path.Discovery.BlackHoles);
            Assert.False(path.Discovery.IsSettled);
        }
    }

    [Fact]
    public void After_a_black_hole_what_the_path_carries_now_is_found_at_once()
    {
        Settled();
        _path.Carries = 1_372;
        _path.RunFor(TimeSpan.FromSeconds(6), dataSize: Ethernet4);

        Assert.InRange(_path.Discovery.Current, 1_364, 1_372);
        Assert.True(_path.Discovery.IsSettled);
        Assert.Equal(1, _path.Discovery.BlackHoles);
    }

    [Fact]
    public void An_outage_is_not_taken_for_a_small_MTU()
    {
        Settled();
        _path.IsCut = true;
        _path.RunFor(TimeSpan.FromSeconds(30), dataSize: Ethernet4);
        _path.IsCut = false;
        _path.RunFor(TimeSpan.FromSeconds(5), dataSize: Ethernet4);

        Assert.Equal(Ethernet4, _path.Discovery.Current);
        Assert.Equal(0, _path.Discovery.BlackHoles);
    }

    [Fact]
    public void A_search_that_fell_into_an_outage_goes_on_half_a_minute_later()
    {
        _path.Carries = Ethernet4;
        _path.IsCut = true;
        _path.Begin(1500, isIPv4: true);
        _path.RunFor(TimeSpan.FromSeconds(10), dataSize: 600);
        Assert.Equal(Base, _path.Discovery.Current);
        Assert.False(_path.Discovery.IsSettled);

        _path.IsCut = false;
        _path.RunFor(TimeSpan.FromSeconds(30), dataSize: 1_200);

        Assert.Equal(Ethernet4, _path.Discovery.Current);
    }

    [Fact]
    public void One_or_two_lost_probes_change_nothing()
    {
        Settled();
        for (int losses = 1; losses <= 2; losses++)
        {
            _path.LoseProbes = losses;
            _path.RunFor(TimeSpan.FromSeconds(3), dataSize: Ethernet4);
            Assert.Equal(0, _path.LoseProbes);
        }

        Assert.Equal(Ethernet4, _path.Discovery.Current);
        Assert.Equal(0, _path.Discovery.BlackHoles);
    }

    [Fact]
    public void A_path_that_carries_more_again_is_found_out_within_ten_minutes_of_use()
    {
        _path.Carries = Base;
        _path.Begin(1500, isIPv4: true);
        _path.RunFor(TimeSpan.FromSeconds(20), dataSize: Base);
        _path.Carries = Ethernet4;

        _path.RunFor(TimeSpan.FromSeconds(570), dataSize: Base);
        Assert.Equal(Base, _path.Discovery.Current);
        _path.RunFor(TimeSpan.FromSeconds(30), dataSize: Base);

        Assert.Equal(Ethernet4, _path.Discovery.Current);
    }

    [Fact]
    public void An_idle_path_is_not_probed_and_a_path_of_small_packets_is_not_confirmed()
    {
        Settled();
        _path.Probes.Clear();
        _path.RunFor(TimeSpan.FromSeconds(3_000));
        Assert.Empty(_path.Probes);
        Assert.Equal(Instant.Never, _path.Discovery.NextTimeout);

        _path.RunFor(TimeSpan.FromSeconds(5), dataSize: 300);
        Assert.Empty(_path.Probes);
    }

    [Fact]
    public void The_first_large_datagram_after_a_pause_has_the_size_confirmed_at_once()
    {
        Settled();
        _path.RunFor(TimeSpan.FromSeconds(60));
        _path.Probes.Clear();

        _path.RunFor(TimeSpan.FromMilliseconds(10), dataSize: Ethernet4);

        Assert.Equal([Ethernet4], _path.Probes);
    }

    [Fact]
    public void While_large_datagrams_flow_one_probe_goes_out_in_three_quarters_of_a_second()
    {
        Settled();
        _path.Probes.Clear();

        _path.RunFor(TimeSpan.FromSeconds(15), dataSize: Ethernet4);

        Assert.InRange(_path.Probes.Count, 18, 21);
        Assert.All(_path.Probes, size => Assert.Equal(Ethernet4, size));
    }

    [Fact]
    public void What_the_socket_refuses_is_confirmed_at_once()
    {
        Settled();
        _path.Carries = 1_300;

        _path.Discovery.Confirm(_path.Now);
        _path.RunFor(TimeSpan.FromMilliseconds(350));

        Assert.Equal(1, _path.Discovery.BlackHoles);
    }

    [Fact]
    public void Data_that_was_not_asked_for_changes_nothing()
    {
        _path.Carries = Ethernet4;
        _path.Begin(1500, isIPv4: true);
        Assert.True(_path.Discovery.TryTakeProbe(out _, out ulong data));
        Instant due = _path.Discovery.NextTimeout;

        Assert.False(_path.Discovery.HandleResponse(data ^ 1, _path.Now, out _));

        Assert.Equal((Base, due), (_path.Discovery.Current, _path.Discovery.NextTimeout));
        Assert.True(_path.Discovery.HandleResponse(data, _path.Now, out _));
        Assert.False(_path.Discovery.HandleResponse(data, _path.Now, out _));
    }

    [Fact]
    public void What_was_proved_of_one_address_is_not_believed_of_the_next()
    {
        _path.Carries = Ethernet4;
        _path.Begin(1500, isIPv4: true);
        Assert.True(_path.Discovery.TryTakeProbe(out _, out ulong ofBefore));

        _path.Begin(1500, isIPv4: true);

        Assert.False(_path.Discovery.HandleResponse(ofBefore, _path.Now, out _));
        Assert.Equal(Base, _path.Discovery.Current);
        _path.Discovery.Stop();
        Assert.Equal(Instant.Never, _path.Discovery.NextTimeout);
        Assert.False(_path.Discovery.TryTakeProbe(out _, out _));
    }

    [Fact]
    public void Random_loss_of_a_tenth_leaves_the_size_in_use_nearly_always()
    {
        Settled();
        _path.LossPerMyriad = 1_000;

        _path.RunFor(TimeSpan.FromSeconds(300), dataSize: Ethernet4);

        // Three probes in a row: 0.001 of about 400 rounds, two witnesses answered included less.
        Assert.InRange(_path.Discovery.BlackHoles, 0, 2);
    }

    private void Settled()
    {
        _path.Carries = Ethernet4;
        _path.Begin(1500, isIPv4: true);
        _path.RunFor(TimeSpan.FromSeconds(2));
        Assert.Equal(Ethernet4, _path.Discovery.Current);
    }

    /// <summary>A peer that answers, over a path that carries so much and no more.</summary>
    private sealed class PathModel
    {
        private readonly RttEstimator _rtt = new();
        private readonly RandomSource _random;
        private readonly Queue<(Instant At, ulong Data)> _answers = new();

        internal PathModel(string name)
        {
            _random = TestRandom.Of(name);
            Discovery = new MtuDiscovery(_random.Fork("discovery"), _rtt);
        }

        internal MtuDiscovery Discovery { get; }

        internal Instant Now { get; private set; } = new(1_000_000_000);

        internal TimeSpan RoundTrip { get; } = TimeSpan.FromMilliseconds(40);

        internal int Carries { get; set; } = Ethernet6;

        internal bool IsCut { get; set; }

        internal int LoseProbes { get; set; }

        internal int LossPerMyriad { get; set; }

        internal int Ceiling { get; private set; }

        /// <summary>Sizes of the padded probes sent.</summary>
        internal List<int> Probes { get; } = [];

        internal void Begin(int linkMtu, bool isIPv4)
        {
            Ceiling = Math.Min(linkMtu - (isIPv4 ? 28 : 48), Limits.DatagramBytes);
            Discovery.Begin(linkMtu, isIPv4, Now);
        }

        internal void RunFor(TimeSpan duration, int dataSize = 0)
        {
            Instant end = Now + duration;
            Instant data = dataSize == 0 ? Instant.Never : Now;
            while (true)
            {
                Send();
                Instant answer = _answers.TryPeek(out (Instant At, ulong Data) next) ? next.At : Instant.Never;
                Instant due = Instant.Min(Instant.Min(answer, data), Discovery.NextTimeout);
                if (due > end) break;
                Now = Instant.Max(Now, due);
                if (answer <= due) Answer();
                else if (data <= due) (_, data) = (SendData(dataSize), Now + TimeSpan.FromMilliseconds(5));
                else Discovery.HandleTimeout(Now);
                Assert.True(Discovery.NextTimeout > Now || _answers.Count > 0 || dataSize > 0, "a deadline lies ahead");
            }

            Now = end;
        }

        private int SendData(int size)
        {
            Discovery.HandleSent(size, Now);
            return size;
        }

        private void Answer()
        {
            if (Discovery.HandleResponse(_answers.Dequeue().Data, Now, out TimeSpan roundTrip)) _rtt.Add(roundTrip);
        }

        private void Send()
        {
            while (Discovery.TryTakeProbe(out int size, out ulong data))
            {
                if (size != 0) Probes.Add(size);
                if (IsCut || size > Carries || _random.NextBelow(10_000) < LossPerMyriad) continue;
                if (size != 0 && LoseProbes > 0) LoseProbes--;
                else _answers.Enqueue((Now + RoundTrip, data));
            }
        }
    }
}
