using Whalescale.Node;
using Whalescale.Simulation;

namespace Whalescale.Tests.Simulation;

/// <summary>Processes that die, machines that come back, clocks that are wrong.</summary>
public sealed class RecoveryTests
{
    private static readonly TimeSpan Year = TimeSpan.FromDays(365.25);

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_restarted_node_that_knows_its_peers_address_is_back_within_two_seconds(bool isAlpha)
    {
        using var pair = new Pair(seed: 3);
        (SimulatedHost crashed, SimulatedHost other) = isAlpha ? (pair.Alpha, pair.Beta) : (pair.Beta, pair.Alpha);
        AssertConnected(pair);

        crashed.Crash();
        pair.World.RunFor(TimeSpan.FromSeconds(3));
        crashed.Start();

        Assert.True(CrossesWithin(pair, crashed, other, TimeSpan.FromSeconds(2)));
        Assert.True(CrossesWithin(pair, other, crashed, TimeSpan.FromSeconds(1)));
        Assert.Empty(pair.World.Violations);
    }

    [Fact]
    public void A_restarted_node_whose_address_only_the_peer_knows_is_back_within_twenty_seconds()
    {
        using var pair = new Pair(seed: 4, betaKnowsAlpha: false);
        AssertConnected(pair);

        pair.Beta.Crash();
        pair.Beta.Start();

        Assert.True(CrossesWithin(pair, pair.Alpha, pair.Beta, TimeSpan.FromSeconds(20)));
        Assert.True(CrossesWithin(pair, pair.Beta, pair.Alpha, TimeSpan.FromSeconds(1)));
        Assert.Empty(pair.World.Violations);
    }

    [Fact]
    public void An_orderly_stop_is_noticed_at_once_and_the_return_within_two_seconds()
    {
        using var pair = new Pair(seed: 5);
        AssertConnected(pair);

        pair.Beta.Stop();
        pair.World.RunFor(TimeSpan.FromMilliseconds(50));
        Assert.Contains(pair.Events, entry => entry.Host == pair.Alpha && entry.Event is NodeEvent.SessionClosed);

        pair.Beta.Start();
        Assert.True(CrossesWithin(pair, pair.Beta, pair.Alpha, TimeSpan.FromSeconds(2)));
        Assert.Empty(pair.World.Violations);
    }

    /// <summary>Only alpha begins handshakes: either its own clock is wrong, or that of the node that judges its
    /// timestamps.</summary>
    [Theory]
    [InlineData(true, -10)]
    [InlineData(true, -1)]
    [InlineData(true, 0.003)]
    [InlineData(true, 10)]
    [InlineData(false, -10)]
    [InlineData(false, -0.003)]
    [InlineData(false, 1)]
    [InlineData(false, 10)]
    public void Nodes_meet_whatever_their_clocks_say_with_at_most_two_round_trips_more(bool isInitiatorWrong, double years)
    {
        TimeSpan usual = TimeToMeet(wrong: null, 0);

        TimeSpan taken = TimeToMeet(isInitiatorWrong ? "alpha" : "beta", years);

        Assert.InRange(taken, usual, usual + TimeSpan.FromMilliseconds(2 * 40));
    }

    [Theory]
    [InlineData(-10)]
    [InlineData(10)]
    public void A_session_survives_a_clock_that_jumps_and_new_keys_are_made_all_the_same(double years)
    {
        using var pair = new Pair(seed: 7, rekeyAfter: TimeSpan.FromSeconds(3));
        AssertConnected(pair);
        foreach (double error in new[] { years, 0, -years, years / 2 })
        {
            pair.Alpha.ClockError = error * Year;
            int sessions = SessionsOf(pair, pair.Beta);
            for (int i = 0; i < 80; i++)
            {
                Assert.True(CrossesWithin(pair, pair.Alpha, pair.Beta, TimeSpan.FromMilliseconds(100)), $"{error} years, {i}");
                Assert.True(CrossesWithin(pair, pair.Beta, pair.Alpha, TimeSpan.FromMilliseconds(100)), $"{error} years, {i}");
                pair.World.RunFor(TimeSpan.FromMilliseconds(80));
            }

            Assert.True(SessionsOf(pair, pair.Beta) > sessions, $"no new keys with a clock {error} years off");
        }

        Assert.Empty(pair.World.Violations);
    }

    /// <summary>The clock of one node was far ahead once, as under CVE-2021-46873; then both restart with right
    /// clocks.</summary>
    [Fact]
    public void A_clock_that_was_far_ahead_once_locks_nobody_out()
    {
        using var pair = new Pair(seed: 8, isStarted: false);
        pair.Alpha.ClockError = 10 * Year;
        pair.Beta.Start();
        pair.Alpha.Start();
        pair.World.RunFor(TimeSpan.FromSeconds(100)); // the timestamp is saved
        AssertConnected(pair);

        pair.Alpha.Crash();
        pair.Alpha.ClockError = TimeSpan.Zero;
        pair.Alpha.Start();

        Assert.True(CrossesWithin(pair, pair.Alpha, pair.Beta, TimeSpan.FromSeconds(2)));
        Assert.Empty(pair.World.Violations);
    }

    [Fact]
    public void Traffic_follows_a_node_that_roams_again_and_again()
    {
        using var pair = new Pair(seed: 9);
        AssertConnected(pair);
        int sessions = SessionsOf(pair, pair.Beta);
        for (uint move = 0; move < 20; move++)
        {
            pair.Alpha.Move(Pair.Endpoint(100 + move), isNodeTold: move % 2 == 0);
            pair.Send(pair.Alpha, pair.Beta);
            Assert.True(CrossesWithin(pair, pair.Beta, pair.Alpha, TimeSpan.FromSeconds(1)), $"move {move}");
            pair.World.RunFor(TimeSpan.FromSeconds(2));
        }

        Assert.Equal(sessions, SessionsOf(pair, pair.Beta));
        Assert.Empty(pair.World.Violations);
    }

    private static TimeSpan TimeToMeet(string? wrong, double years)
    {
        using var pair = new Pair(seed: 6, isStarted: false, betaKnowsAlpha: false);
        foreach (SimulatedHost host in new[] { pair.Alpha, pair.Beta })
            if (host.Name == wrong) host.ClockError = years * Year;
        pair.Beta.Start();
        Instant begun = pair.World.Now;
        pair.Alpha.Start();
        Assert.True(CrossesWithin(pair, pair.Alpha, pair.Beta, TimeSpan.FromSeconds(5)));
        Assert.Empty(pair.World.Violations);
        return pair.World.Now - begun;
    }

    private static int SessionsOf(Pair pair, SimulatedHost host) =>
        pair.Events.Count(entry => entry.Host == host && entry.Event is NodeEvent.SessionEstablished);

    private static void AssertConnected(Pair pair)
    {
        Assert.True(CrossesWithin(pair, pair.Alpha, pair.Beta, TimeSpan.FromSeconds(1)));
        Assert.True(CrossesWithin(pair, pair.Beta, pair.Alpha, TimeSpan.FromSeconds(1)));
    }

    // A packet each 10 ms until one has come out.
    private static bool CrossesWithin(Pair pair, SimulatedHost from, SimulatedHost to, TimeSpan limit)
    {
        Instant end = pair.World.Now + limit;
        var sent = new List<ulong>();
        while (pair.World.Now < end)
        {
            sent.Add(pair.Send(from, to));
            pair.World.RunFor(TimeSpan.FromMilliseconds(10));
            if (sent.Exists(pair.Invariants.HasArrived)) return true;
        }

        return false;
    }
}
