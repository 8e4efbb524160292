using Whalescale.Simulation;

namespace Whalescale.Tests.Simulation;

public sealed class PairTests
{
    [Fact]
    public void Two_nodes_meet_and_packets_cross_both_ways()
    {
        using var pair = new Pair(seed: 1);

        ulong there = pair.Send(pair.Alpha, pair.Beta);
        pair.World.RunFor(TimeSpan.FromSeconds(1));
        ulong back = pair.Send(pair.Beta, pair.Alpha);
        pair.World.RunFor(TimeSpan.FromSeconds(1));

        Assert.True(pair.Invariants.HasArrived(there));
        Assert.True(pair.Invariants.HasArrived(back));
        Assert.Empty(pair.World.Violations);
    }

    [Theory, Seeds(20)]
    public void Whatever_happens_no_invariant_breaks_and_healed_nodes_meet_again(ulong seed)
    {
        ScenarioReport report = PairScenario.Run(seed, TimeSpan.FromMinutes(5));

        Assert.True(report.Violations.Count == 0 && report.Converged,
            $"whalescale sim --scenario pair --seed {seed} --hours 0.0834\n{string.Join('\n', report.Violations)}\n"
            + $"converged: {report.Converged}\n{string.Join('\n', report.Recent)}");
        Assert.True(report.PacketsDelivered > report.PacketsSent / 10);
    }

    [Fact]
    public void The_same_seed_gives_the_same_trace()
    {
        TimeSpan duration = TimeSpan.FromMinutes(2);

        ScenarioReport first = PairScenario.Run(7, duration), second = PairScenario.Run(7, duration);

        Assert.Equal(first.TraceHash, second.TraceHash);
        Assert.NotEqual(first.TraceHash, PairScenario.Run(8, duration).TraceHash);
    }
}
