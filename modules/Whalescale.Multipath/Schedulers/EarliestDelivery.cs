using System.Composition;

namespace Whalescale.Multipath.Schedulers;

/// <summary>Sends each packet on the path that is predicted to deliver it first.</summary>
/// <remarks>
/// Delivery = wait for the pacer + serialisation at the path's rate + one-way delay. The fast path is filled until its
/// queue is worth as much as the slow path's extra delay; only then does traffic spill over. MULTIPATH.md, section 6.
/// Times are nanoseconds, rates bytes per second, all integers; a path whose rate is not known yet costs no
/// serialisation.
/// </remarks>
public sealed class EarliestDelivery : IPacketScheduler
{
    private const int PathLimit = 32; // bits of a PathMask

    /// <inheritdoc/>
    public void Assign(
        ReadOnlySpan<PacketView> packets, ReadOnlySpan<PathView> paths, in SessionView session, Span<Assignment> answers)
    {
        Span<long> nextFree = stackalloc long[PathLimit];
        int count = Math.Min(paths.Length, PathLimit);
        for (int i = 0; i < count; i++)
            nextFree[i] = Math.Max(paths[i].NextFree.Nanoseconds, session.Now.Nanoseconds);
        PathState best = BestState(paths);
        for (int i = 0; i < packets.Length; i++)
        {
            int chosen = 0;
            long earliest = long.MaxValue;
            for (int j = 0; j < count; j++)
            {
                if (paths[j].State != best) continue;
                long delivery = nextFree[j] + Serialisation(packets[i], paths[j]) + OneWayDelay(paths[j]);
                if (delivery >= earliest) continue;
                (earliest, chosen) = (delivery, j);
            }

            nextFree[chosen] += Serialisation(packets[i], paths[chosen]);
            answers[i] = Assignment.To(chosen);
        }
    }

    /// <inheritdoc/>
    public void OnFeedback(in FeedbackView feedback)
    {
    }

    /// <inheritdoc/>
    public void OnPathChange(PathId path, PathState before, PathState after)
    {
    }

    internal static PathState BestState(ReadOnlySpan<PathView> paths)
    {
        PathState best = PathState.Down;
        foreach (ref readonly PathView path in paths)
            if (path.State < best) best = path.State;
        return best;
    }

    private static long Serialisation(in PacketView packet, in PathView path) => path.PacingBytesPerSecond > 0
        ? packet.Length * 1_000_000_000L / path.PacingBytesPerSecond
        : 0;

    private static long OneWayDelay(in PathView path) =>
        path.OneWayDelayNanoseconds > 0 ? path.OneWayDelayNanoseconds : path.SmoothedRttNanoseconds / 2;
}

/// <summary>Makes <see cref="EarliestDelivery"/>.</summary>
[Export(typeof(IModuleFactory<IPacketScheduler>))]
[ExportMetadata("Name", "earliest-delivery"), ExportMetadata("ApiLevel", ContractVersion.Current)]
public sealed class EarliestDeliveryFactory : IModuleFactory<IPacketScheduler>
{
    /// <inheritdoc/>
    public IPacketScheduler Create(ModuleContext context) => new EarliestDelivery();
}
