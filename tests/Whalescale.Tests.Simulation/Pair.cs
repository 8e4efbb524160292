using Whalescale.Node;
using Whalescale.Simulation;

namespace Whalescale.Tests.Simulation;

/// <summary>Two running hosts that know each other, on a good link.</summary>
internal sealed class Pair : IDisposable
{
    internal Pair(ulong seed, TimeSpan? rekeyAfter = null, bool isStarted = true, bool betaKnowsAlpha = true)
    {
        World = new World(seed);
        Network = new SimulatedNetwork(World);
        Alpha = new SimulatedHost(World, Network, "alpha", Endpoint(1), rekeyAfter: rekeyAfter);
        Beta = new SimulatedHost(World, Network, "beta", Endpoint(2), rekeyAfter: rekeyAfter);
        Alpha.Configure(Beta, Beta.Address);
        Beta.Configure(Alpha, betaKnowsAlpha ? Alpha.Address : null);
        Invariants = new PairInvariants(World, Network, Alpha, Beta);
        foreach (SimulatedHost host in new[] { Alpha, Beta })
            host.Happened += (from, what) => Events.Add((from, what));
        if (!isStarted) return;
        Alpha.Start();
        Beta.Start();
        World.RunFor(TimeSpan.FromSeconds(1));
    }

    internal World World { get; }

    internal SimulatedNetwork Network { get; }

    internal SimulatedHost Alpha { get; }

    internal SimulatedHost Beta { get; }

    internal PairInvariants Invariants { get; }

    internal List<(SimulatedHost Host, NodeEvent Event)> Events { get; } = [];

    public void Dispose()
    {
        Alpha.Dispose();
        Beta.Dispose();
        World.Dispose();
    }

    internal static Endpoint Endpoint(uint host) => new(IpAddress.FromIPv4(0xC000_0200 + host), 51900);

    internal ulong Send(SimulatedHost from, SimulatedHost to) => Invariants.Send(from, to, 200);
}
