namespace Whalescale.Sessions;

/// <summary>
/// The keys of one peer: previous, current, next.
/// <code>
///   we began:     response opened ─────────────────► current   (the one before becomes previous)
///   peer began:   response sent ──► next ── first packet under it ──► current   (the one before becomes previous)
///   previous:     opens for 10 s more, or until it is 180 s old
///   any:          seals and opens until 180 s old, is erased at 540 s
/// </code>
/// A handshake of the peer never replaces working keys before a packet under the new ones has proved that the peer has
/// them: an old initiation, replayed or forged with our own stolen key, changes nothing.
/// </summary>
/// <remarks>Data thread only.</remarks>
public sealed class KeyRing(NodeId self, NodeId peer) : IDisposable
{
    private Instant _currentSince;

    /// <summary>Keys that seal; null without a session.</summary>
    public SessionKeys? Current { get; private set; }

    /// <summary>Keys before those; they only open.</summary>
    public SessionKeys? Previous { get; private set; }

    /// <summary>Keys of the peer's handshake, not confirmed yet; they only open.</summary>
    public SessionKeys? Next { get; private set; }

    /// <summary>When <see cref="HandleTimeout"/> has something to erase.</summary>
    public Instant NextTimeout
    {
        get
        {
            Instant due = Instant.Never;
            if (Current is not null) due = Instant.Min(due, EraseAt(Current));
            if (Next is not null) due = Instant.Min(due, RejectAt(Next));
            if (Previous is not null) due = Instant.Min(due, PreviousUntil);
            return due;
        }
    }

    private Instant PreviousUntil =>
        Instant.Min(_currentSince + SessionLimits.PreviousKeysGrace, RejectAt(Previous!));

    /// <summary>Whether there are keys that may seal at this instant.</summary>
    public bool CanSeal(Instant now) => Current is not null && Current.CanSeal(now);

    /// <summary>Takes the keys of a finished handshake. Keys that fall out are handed to
    /// <paramref name="retired"/>.</summary>
    public void Install(SessionKeys keys, Instant now, Action<SessionKeys> retired)
    {
        if (keys.Info.IsInitiator)
        {
            Promote(keys, now, retired);
            return;
        }

        if (Next is not null) retired(Next);
        Next = keys;
    }

    /// <summary>Tells that a packet under these keys was opened. The first under <see cref="Next"/> makes it
    /// current.</summary>
    /// <returns>Whether it did.</returns>
    public bool Confirm(SessionKeys keys, Instant now, Action<SessionKeys> retired)
    {
        if (keys != Next) return false;
        Next = null;
        Promote(keys, now, retired);
        return true;
    }

    /// <summary>Erases what is too old.</summary>
    public void HandleTimeout(Instant now, Action<SessionKeys> retired)
    {
        if (Previous is not null && now >= PreviousUntil)
        {
            retired(Previous);
            Previous = null;
        }

        if (Next is not null && now >= RejectAt(Next))
        {
            retired(Next);
            Next = null;
        }

        if (Current is not null && now >= EraseAt(Current))
        {
            retired(Current);
            Current = null;
        }
    }

    /// <summary>Drops everything.</summary>
    public void Clear(Action<SessionKeys> retired)
    {
        foreach (SessionKeys? keys in new[] { Previous, Current, Next })
            if (keys is not null) retired(keys);
        Previous = Current = Next = null;
    }

    /// <inheritdoc/>
    public void Dispose() => Clear(static keys => keys.Dispose());

    private static Instant RejectAt(SessionKeys keys) => keys.Info.EstablishedAt + SessionLimits.RejectAfter;

    private static Instant EraseAt(SessionKeys keys) => keys.Info.EstablishedAt + SessionLimits.EraseAfter;

    private void Promote(SessionKeys keys, Instant now, Action<SessionKeys> retired)
    {
        if (Previous is not null) retired(Previous);
        if (LosesAgainstCurrent(keys, now))
        {
            Previous = keys;
            return;
        }

        Previous = Current;
        Current = keys;
        _currentSince = now;
    }

    // Both began at once, before either knew of the other, and both handshakes ended well: both sides send on the one
    // that the smaller id began, and only listen to the other, instead of each following the other to and fro. A
    // handshake that began after the current keys were made is no such twin: the peer may have lost them in a restart.
    private bool LosesAgainstCurrent(SessionKeys other, Instant now)
    {
        if (Current is null || !Current.CanSeal(now)) return false;
        if (other.Info.StartedAt > Current.Info.EstablishedAt) return false;
        if (Current.Info.IsInitiator == other.Info.IsInitiator) return false;
        return Current.Info.IsInitiator == self < peer;
    }
}
