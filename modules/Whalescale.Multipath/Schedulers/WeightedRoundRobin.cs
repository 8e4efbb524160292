using System.Composition;

namespace Whalescale.Multipath.Schedulers;

/// <summary>Shares bytes between paths in proportion to their delivery rates. Smooth: never a long run on one
/// path.</summary>
/// <remarks>
/// Each packet gives every path credit in proportion to its rate; the path with most credit takes the packet and pays
/// for it
/// with the sum. Shares are exact to one packet per path. Credit is kept by path id, since positions change. A path
/// whose rate is not known yet counts like the slowest known one. A base line: it knows nothing of delay.
/// </remarks>
public sealed class WeightedRoundRobin : IPacketScheduler
{
    private readonly Int128[] _credit = new Int128[256];

    /// <inheritdoc/>
    public void Assign(
        ReadOnlySpan<PacketView> packets, ReadOnlySpan<PathView> paths, in SessionView session, Span<Assignment> answers)
    {
        PathState best = EarliestDelivery.BestState(paths);
        long fallback = SlowestKnownRate(paths);
        Int128 total = 0;
        foreach (ref readonly PathView path in paths)
            if (path.State == best) total += Weight(path, fallback);

        for (int i = 0; i < packets.Length; i++)
        {
            int chosen = -1;
            for (int j = 0; j < paths.Length; j++)
            {
                if (paths[j].State != best) continue;
                ref Int128 credit = ref _credit[paths[j].Id.Value];
                credit += (Int128)Weight(paths[j], fallback) * packets[i].Length;
                if (chosen < 0 || credit > _credit[paths[chosen].Id.Value]) chosen = j;
            }

            _credit[paths[chosen].Id.Value] -= total * packets[i].Length;
            answers[i] = Assignment.To(chosen);
        }
    }

    /// <inheritdoc/>
    public void OnFeedback(in FeedbackView feedback)
    {
    }

    /// <inheritdoc/>
    public void OnPathChange(PathId path, PathState before, PathState after) => _credit[path.Value] = 0;

    private static long Weight(in PathView path, long fallback) =>
        path.DeliveryBytesPerSecond > 0 ? path.DeliveryBytesPerSecond : fallback;

    private static long SlowestKnownRate(ReadOnlySpan<PathView> paths)
    {
        long slowest = long.MaxValue;
        foreach (ref readonly PathView path in paths)
            if (path.DeliveryBytesPerSecond > 0) slowest = Math.Min(slowest, path.DeliveryBytesPerSecond);
        return slowest == long.MaxValue ? 1 : slowest;
    }
}

/// <summary>Makes <see cref="WeightedRoundRobin"/>.</summary>
[Export(typeof(IModuleFactory<IPacketScheduler>))]
[ExportMetadata("Name", "weighted-round-robin"), ExportMetadata("ApiLevel", ContractVersion.Current)]
public sealed class WeightedRoundRobinFactory : IModuleFactory<IPacketScheduler>
{
    /// <inheritdoc/>
    public IPacketScheduler Create(ModuleContext context) => new WeightedRoundRobin();
}
