using Whalescale.Paths;
using Whalescale.Tests.Support;

namespace Whalescale.Tests.Paths;

public sealed class EndpointMigrationTests
{
    private const int ChallengeSize = 48;
    private static readonly AddressPair Home = Pair(1);
    private static readonly AddressPair Away = Pair(2);
    private static readonly AddressPair Elsewhere = Pair(3);
    private static readonly TimeSpan Rtt = TimeSpan.FromMilliseconds(20);

    private readonly EndpointMigration _migration = new(TestRandom.Of("migration"));
    private Instant _now = new(1_000_000_000);

    public EndpointMigrationTests() => _migration.Set(Home);

    [Fact]
    public void A_packet_from_the_known_address_starts_nothing()
    {
        _migration.HandlePacket(Home, 100, Rtt, _now);

        Assert.False(_migration.IsProbing);
        Assert.Equal(Instant.Never, _migration.NextTimeout);
    }

    [Fact]
    public void A_packet_from_elsewhere_challenges_both_addresses_and_moves_nothing()
    {
        _migration.HandlePacket(Away, 100, Rtt, _now);

        Dictionary<AddressPair, ulong> challenges = TakeChallenges();
        Assert.Equal([Home, Away], challenges.Keys.Order(PairOrder));
        Assert.Equal(Home, _migration.Current);
    }

    [Fact]
    public void The_path_moves_when_the_new_address_answers_and_the_old_stays_silent()
    {
        _migration.HandlePacket(Away, 100, Rtt, _now);
        ulong data = TakeChallenges()[Away];

        Assert.True(_migration.HandleResponse(data, _now + Rtt, out TimeSpan roundTrip, out _));
        Assert.Equal(Rtt, roundTrip);
        Assert.Equal(Home, _migration.Current);
        _now = _migration.NextTimeout;

        Assert.True(_migration.HandleTimeout(_now));
        Assert.Equal(Away, _migration.Current);
        Assert.InRange(_now - new Instant(1_000_000_000), TimeSpan.FromMilliseconds(50), TimeSpan.FromMilliseconds(250));
    }

    [Fact]
    public void The_path_stays_when_both_addresses_answer()
    {
        _migration.HandlePacket(Away, 100, Rtt, _now);
        Dictionary<AddressPair, ulong> challenges = TakeChallenges();

        _migration.HandleResponse(challenges[Away], _now + Rtt, out _, out _);
        _migration.HandleResponse(challenges[Home], _now + Rtt, out _, out bool isFromCurrent);

        Assert.True(isFromCurrent);
        Assert.False(_migration.IsProbing);
        Assert.False(_migration.HandleTimeout(_now + TimeSpan.FromSeconds(10)));
        Assert.Equal(Home, _migration.Current);
    }

    [Fact]
    public void The_path_stays_when_nobody_answers_and_the_attempts_end()
    {
        _migration.HandlePacket(Away, 10_000, Rtt, _now);
        int rounds = 0;
        while (_migration.NextTimeout != Instant.Never && rounds++ < 20)
        {
            TakeChallenges();
            _now = Instant.Max(_now, _migration.NextTimeout);
            Assert.False(_migration.HandleTimeout(_now));
        }

        Assert.False(_migration.IsProbing);
        Assert.Equal(Home, _migration.Current);
        Assert.True(rounds < 20);
    }

    [Fact]
    public void An_answer_that_was_not_asked_for_changes_nothing()
    {
        _migration.HandlePacket(Away, 100, Rtt, _now);
        ulong data = TakeChallenges()[Away];
        Instant due = _migration.NextTimeout;

        Assert.False(_migration.HandleResponse(data ^ 1, _now, out _, out _));

        Assert.Equal(due, _migration.NextTimeout);
        Assert.True(_migration.IsProbing);
    }

    [Fact]
    public void The_new_address_is_sent_at_most_three_times_what_came_from_it()
    {
        _migration.HandlePacket(Away, ChallengeSize, Rtt, _now);
        TakeChallenges();

        int more = 0;
        while (_migration.TrySpend(ChallengeSize)) more++;

        Assert.Equal(2, more);
    }

    [Fact]
    public void A_third_address_does_not_disturb_the_test_of_the_second()
    {
        _migration.HandlePacket(Away, 100, Rtt, _now);
        _migration.HandlePacket(Elsewhere, 100, Rtt, _now);

        Assert.Equal(Away, _migration.Candidate);
        Assert.DoesNotContain(Elsewhere, TakeChallenges().Keys);
    }

    [Fact]
    public void After_the_old_address_has_answered_another_test_waits_a_second()
    {
        _migration.HandlePacket(Away, 100, Rtt, _now);
        _migration.HandleResponse(TakeChallenges()[Home], _now, out _, out _);

        _migration.HandlePacket(Away, 100, Rtt, _now + TimeSpan.FromMilliseconds(999));
        Assert.False(_migration.IsProbing);
        _migration.HandlePacket(Away, 100, Rtt, _now + TimeSpan.FromSeconds(1));
        Assert.True(_migration.IsProbing);
    }

    private static Comparer<AddressPair> PairOrder { get; } =
        Comparer<AddressPair>.Create((a, b) => a.Remote.Port.CompareTo(b.Remote.Port));

    private static AddressPair Pair(ushort port) => new(1, new Endpoint(IpAddress.FromIPv4(0x0A000001), port));

    private Dictionary<AddressPair, ulong> TakeChallenges()
    {
        var taken = new Dictionary<AddressPair, ulong>();
        while (_migration.TryTakeChallenge(ChallengeSize, out ulong data, out AddressPair target)) taken[target] = data;
        return taken;
    }
}
