namespace Whalescale.Abstractions;

/// <summary>Chooses paths for packets: a policy over snapshots. It sees no packet bytes, clock or socket.</summary>
/// <remarks>One instance serves one peer, on one thread. One call is amortised over a batch; it must not allocate.
/// The host clamps every answer and replaces a scheduler that throws.</remarks>
public interface IPacketScheduler
{
    /// <summary>Answers for each packet where it goes, in order.</summary>
    /// <param name="packets">The packets; all to one peer.</param>
    /// <param name="paths">Usable paths, at least one; positions may differ from call to call.</param>
    /// <param name="session">State of the session.</param>
    /// <param name="answers">As long as <paramref name="packets"/>; every element is to be set.</param>
    void Assign(
        ReadOnlySpan<PacketView> packets, ReadOnlySpan<PathView> paths, in SessionView session, Span<Assignment> answers);

    /// <summary>Tells what became of packets; for schedulers that learn.</summary>
    void OnFeedback(in FeedbackView feedback);

    /// <summary>Tells that a path changed its state.</summary>
    void OnPathChange(PathId path, PathState before, PathState after);
}

/// <summary>A scheduler's answer for one packet: where, or not yet, or not at all.</summary>
/// <param name="Paths">Positions in the span of paths; several bits mean copies; none with
/// <paramref name="NotBefore"/> set: wait.</param>
/// <param name="NotBefore">Offer the packet again at this instant or when a path becomes free; default: now.</param>
/// <param name="Drop">Drop it for this reason.</param>
public readonly record struct Assignment(PathMask Paths, Instant NotBefore, DropReason Drop)
{
    /// <summary>To the path at this position.</summary>
    public static Assignment To(int position) => new(PathMask.Of(position), default, DropReason.None);

    /// <summary>Not yet.</summary>
    public static Assignment Wait(Instant until) => new(default, until, DropReason.None);
}

/// <summary>A set of positions in the span of paths, one bit each.</summary>
/// <param name="Bits">Bit n: the path at position n.</param>
public readonly record struct PathMask(uint Bits)
{
    /// <summary>Whether no path is in the set.</summary>
    public bool IsEmpty => Bits == 0;

    /// <summary>The set of one.</summary>
    public static PathMask Of(int position) => new(1u << position);

    /// <summary>Whether the path at this position is in the set.</summary>
    public bool Contains(int position) => (Bits >> position & 1) != 0;
}

/// <summary>Why a packet was dropped; each is a counter.</summary>
public enum DropReason : byte
{
    /// <summary>It was not.</summary>
    None,

    /// <summary>The scheduler said so.</summary>
    Policy,

    /// <summary>It waited too long at the entrance.</summary>
    Sojourn,

    /// <summary>Its deadline has passed.</summary>
    Deadline,

    /// <summary>A queue was full.</summary>
    QueueFull,
}
