using System.Composition;

namespace Whalescale.Plugin.Template;

/// <summary>Sends everything over one path: the best by state, then by preference, then by number.</summary>
/// <remarks>The smallest scheduler that does something. It keeps no state, so feedback means nothing to it.</remarks>
public sealed class FirstPathScheduler : IPacketScheduler
{
    /// <inheritdoc/>
    public void Assign(
        ReadOnlySpan<PacketView> packets,
        ReadOnlySpan<PathView> paths,
        in SessionView session,
        Span<Assignment> answers)
    {
        int best = 0;
        for (int position = 1; position < paths.Length; position++)
        {
            if (IsBetter(paths[position], paths[best])) best = position;
        }

        answers.Fill(Assignment.To(best));
    }

    /// <inheritdoc/>
    public void OnFeedback(in FeedbackView feedback)
    {
    }

    /// <inheritdoc/>
    public void OnPathChange(PathId path, PathState before, PathState after)
    {
    }

    private static bool IsBetter(in PathView one, in PathView other)
    {
        if (one.State != other.State) return one.State < other.State;
        if (one.Preference != other.Preference) return one.Preference < other.Preference;
        return one.Id.Value < other.Id.Value;
    }
}

/// <summary>Makes one scheduler for each peer. This is what the agent finds.</summary>
[Export(typeof(IModuleFactory<IPacketScheduler>))]
[ExportMetadata("Name", "first-path"), ExportMetadata("ApiLevel", ContractVersion.Current)]
public sealed class FirstPathFactory : IModuleFactory<IPacketScheduler>
{
    /// <inheritdoc/>
    public IPacketScheduler Create(ModuleContext context)
    {
        context.Log(ModuleLogLevel.Debug, "first-path: one path for everything");
        return new FirstPathScheduler();
    }
}
