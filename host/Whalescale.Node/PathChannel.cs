using Whalescale.Paths;
using Whalescale.Types;

namespace Whalescale.Node;

/// <summary>One path to a peer, as the data half uses it.</summary>
/// <remarks>Data thread only.</remarks>
public sealed class PathChannel(PathId id, RandomSource random)
{
    /// <summary>Number of the path.</summary>
    public PathId Id => id;

    /// <summary>Where it leads, and whether it is about to move.</summary>
    public EndpointMigration Migration { get; } = new(random);

    /// <summary>Own address that the peer last sent to, so that answers leave from it; none: the kernel chooses.</summary>
    public Endpoint Local { get; private set; }

    /// <summary>Round-trip time.</summary>
    public RttEstimator Rtt { get; } = new();

    /// <summary>When a genuine packet last came in on it.</summary>
    public Instant LastHeard { get; set; }

    /// <summary>Own address as the peer sees it; none until it told.</summary>
    public Endpoint Observed { get; set; }

    public long TransmittedBytes { get; set; }

    public long ReceivedBytes { get; set; }

    /// <summary>Whether it leads anywhere yet.</summary>
    public bool IsSet => !Migration.Current.Remote.IsNone;

    /// <summary>Largest UDP payload.</summary>
    public static int Mtu => Limits.InitialPathMtu;

    /// <summary>Leads it here; the round-trip time of elsewhere is forgotten.</summary>
    public void Set(AddressPair pair, Endpoint local)
    {
        if (pair != Migration.Current) Rtt.Reset();
        Migration.Set(pair);
        Local = local;
    }

    /// <summary>Remembers the own address a genuine packet was sent to.</summary>
    public void NoteLocal(AddressPair from, Endpoint local)
    {
        if (from == Migration.Current) Local = local;
    }

    /// <summary>Lets the kernel choose the own address: the one in use may be gone.</summary>
    public void ForgetLocal() => Local = default;

    /// <summary>The path as schedulers see it.</summary>
    public PathView View(Instant now) => new()
    {
        Id = id,
        State = PathState.Active,
        Mtu = (ushort)Mtu,
        NextFree = now,
        SmoothedRttNanoseconds = Rtt.Smoothed.Ticks * 100,
        RttVarianceNanoseconds = Rtt.Variance.Ticks * 100,
        MinimumRttNanoseconds = Rtt.Minimum.Ticks * 100,
        LastHeard = LastHeard,
    };
}
