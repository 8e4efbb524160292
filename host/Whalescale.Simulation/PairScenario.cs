namespace Whalescale.Simulation;

/// <summary>Result of a scenario. Holds no wall-clock time: the same seed gives the same bytes.</summary>
/// <param name="Scenario">Its name.</param>
/// <param name="Seed">Its seed.</param>
/// <param name="VirtualSeconds">Virtual time that passed.</param>
/// <param name="Events">Actions run.</param>
/// <param name="PacketsSent">Overlay packets sent.</param>
/// <param name="PacketsDelivered">Overlay packets that came out.</param>
/// <param name="Converged">Whether, healed, both directions carried packets within the bound.</param>
/// <param name="Violations">Broken invariants.</param>
/// <param name="TraceHash">Hash of everything that happened.</param>
/// <param name="Recent">The last things that happened.</param>
public sealed record ScenarioReport(
    string Scenario, ulong Seed, long VirtualSeconds, long Events, int PacketsSent, int PacketsDelivered, bool Converged,
    IReadOnlyList<Violation> Violations, string TraceHash, IReadOnlyCollection<string> Recent);

/// <summary>
/// Two real nodes over one bad link for as long as asked: loss, duplicates, reordering and corruption come and go,
/// hosts crash and return, move to other addresses with and without being told, clocks jump, the link is cut or carries
/// less than it did; traffic both ways all the time. Then everything is healed, and both directions must work within
/// <see cref="HealingBound"/>.
/// </summary>
public static class PairScenario
{
    public const string Name = "pair";

    /// <summary>Longest time from healing to packets both ways: one no-answer interval and two handshake
    /// attempts.</summary>
    public static readonly TimeSpan HealingBound = TimeSpan.FromSeconds(25);

    private static readonly TimeSpan FaultInterval = TimeSpan.FromSeconds(7);
    private static readonly TimeSpan PacketInterval = TimeSpan.FromMilliseconds(50);

    /// <summary>Runs it.</summary>
    /// <param name="seed">All chance follows from it.</param>
    /// <param name="duration">Virtual time of trouble.</param>
    public static ScenarioReport Run(ulong seed, TimeSpan duration)
    {
        using var world = new World(seed);
        var network = new SimulatedNetwork(world);
        RandomSource random = world.Random("scenario");
        byte[] secret = random.NextBelow(2) == 0 ? [] : new byte[32];
        random.Fill(secret);
        TimeSpan rekeyAfter = TimeSpan.FromSeconds(random.NextBelow(3) == 0 ? 5 : 120);
        using var alpha = new SimulatedHost(world, network, "alpha", AddressOf(1, 51900), secret, rekeyAfter);
        using var beta = new SimulatedHost(world, network, "beta", AddressOf(2, 51900), secret, rekeyAfter);
        alpha.Configure(beta, beta.Address);
        beta.Configure(alpha, alpha.Address);
        var invariants = new PairInvariants(world, network, alpha, beta);
        var faults = new PairFaults(world, network, random.Fork("faults"), alpha, beta);
        alpha.Start();
        beta.Start();

        Instant troubleEnds = world.Now + duration;
        Repeat(world, PacketInterval, troubleEnds, () =>
        {
            invariants.Send(alpha, beta, 56 + random.NextBelow(1_300));
            invariants.Send(beta, alpha, 56 + random.NextBelow(1_300));
        });
        Repeat(world, FaultInterval, troubleEnds, faults.Strike);
        world.RunUntil(troubleEnds);
        faults.Heal();
        bool converged = Converges(world, invariants, alpha, beta);
        return new ScenarioReport(
            Name, seed, world.Now.Nanoseconds / 1_000_000_000, world.Events, invariants.SentCount,
            invariants.DeliveredCount, converged, world.Violations.ToArray(), world.TraceHash, world.Recent.ToArray());
    }

    private static bool Converges(World world, PairInvariants invariants, SimulatedHost alpha, SimulatedHost beta)
    {
        Instant bound = world.Now + HealingBound;
        while (world.Now < bound)
        {
            ulong one = invariants.Send(alpha, beta, 100), two = invariants.Send(beta, alpha, 100);
            world.RunFor(TimeSpan.FromMilliseconds(200));
            if (invariants.HasArrived(one) && invariants.HasArrived(two)) return true;
        }

        return false;
    }

    private static void Repeat(World world, TimeSpan interval, Instant end, Action action)
    {
        void Tick()
        {
            action();
            if (world.Now + interval < end) world.After(interval, Tick);
        }

        world.After(interval, Tick);
    }

    private static Endpoint AddressOf(uint host, ushort port) => new(IpAddress.FromIPv4(0xC000_0200 + host), port);
}

/// <summary>The faults of <see cref="PairScenario"/>.</summary>
internal sealed class PairFaults(
    World world, SimulatedNetwork network, RandomSource random, SimulatedHost alpha, SimulatedHost beta)
{
    private uint _addresses = 100;

    /// <summary>Does one bad thing, or ends one.</summary>
    internal void Strike()
    {
        SimulatedHost host = random.NextBelow(2) == 0 ? alpha : beta;
        switch (random.NextBelow(9))
        {
            case 0:
                network.Conditions = BadConditions();
                break;
            case 1:
                network.Conditions = LinkConditions.Good;
                break;
            case 2:
                network.IsCut = true;
                world.After(TimeSpan.FromSeconds(random.NextBelow(40)), () => network.IsCut = false);
                break;
            case 3:
                Restart(host, isOrderly: random.NextBelow(2) == 0);
                break;
            case 4 or 5:
                Move(host, isNodeTold: random.NextBelow(2) == 0);
                break;
            case 6:
                host.ClockError = TimeSpan.FromDays(random.NextBelow(2_000) - 1_000);
                break;
            case 7:
                host.ClockError = TimeSpan.Zero;
                break;
            case 8:
                network.Mtu = 1_280 + random.NextBelow(221);
                break;
        }
    }

    /// <summary>Ends all trouble.</summary>
    internal void Heal()
    {
        network.Conditions = LinkConditions.Good;
        network.IsCut = false;
        network.Mtu = 1_500;
        foreach (SimulatedHost host in new[] { alpha, beta })
            if (!host.IsRunning) host.Start();
    }

    private void Restart(SimulatedHost host, bool isOrderly)
    {
        if (!host.IsRunning) return;
        if (isOrderly) host.Stop();
        else host.Crash();
        world.After(TimeSpan.FromMilliseconds(random.NextBelow(20_000)), () =>
        {
            if (!host.IsRunning) host.Start();
        });
    }

    // Only alpha moves: with both at unknown addresses nobody could find anybody, and that is not a fault.
    private void Move(SimulatedHost host, bool isNodeTold)
    {
        if (host != alpha) return;
        host.Move(new Endpoint(IpAddress.FromIPv4(0xC000_0200 + _addresses++), 51900), isNodeTold);
    }

    private LinkConditions BadConditions() => new(
        TimeSpan.FromMilliseconds(1 + random.NextBelow(150)), TimeSpan.FromMilliseconds(1 + random.NextBelow(100)),
        LossPerMyriad: random.NextBelow(4_000), DuplicatePerMyriad: random.NextBelow(2_000),
        ReorderPerMyriad: random.NextBelow(5_000), CorruptPerMyriad: random.NextBelow(1_000));
}
