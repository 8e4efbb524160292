namespace Whalescale.Paths;

/// <summary>An address pair as a path uses it: which socket, and the peer's address.</summary>
/// <param name="Socket">Number of the socket.</param>
/// <param name="Remote">The peer's endpoint.</param>
public readonly record struct AddressPair(ushort Socket, Endpoint Remote);

/// <summary>
/// Decides whether a path moves to a new address of the peer.
/// <code>
///   settled ── genuine packet from elsewhere ──► probing: challenge the new address and the old
///   probing ── the old answers ────────────────► settled, stays          (somebody copies packets, or both work)
///           ── the new answers, the old is silent for the grace time ──► settled, moved
///           ── nobody answers ─────────────────► settled, stays
/// </code>
/// A packet proves who wrote it, not where it was sent from: an attacker on the way can copy it and be faster than the
/// original. So an address is used only after it has answered a challenge while the old one did not (RFC 9000,
/// section 9.3), and before that it is sent at most three times the bytes that came from it (section 8).
/// </summary>
/// <remarks>Drive it so: one input, then <see cref="TryTakeChallenge"/> until false, then read
/// <see cref="NextTimeout"/>.
/// Not thread-safe.</remarks>
public sealed class EndpointMigration(RandomSource random)
{
    private const int AmplificationFactor = 3; // specified: RFC 9000, section 8
    private static readonly TimeSpan ShortestGrace = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan LongestGrace = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    private readonly PathValidator _new = new(random);
    private readonly PathValidator _old = new(random);
    private Instant _graceEnds = Instant.Never;
    private Instant _pausedUntil;
    private long _candidateBudgetBytes;

    /// <summary>The address the path uses.</summary>
    public AddressPair Current { get; private set; }

    /// <summary>The address under test; meaningful only while <see cref="IsProbing"/>.</summary>
    public AddressPair Candidate { get; private set; }

    /// <summary>Whether an address is under test.</summary>
    public bool IsProbing { get; private set; }

    /// <summary>When <see cref="HandleTimeout"/> is due.</summary>
    public Instant NextTimeout => IsProbing
        ? Instant.Min(_new.State == ValidationState.Validated ? _graceEnds : _new.NextTimeout, _old.NextTimeout)
        : Instant.Never;

    /// <summary>Sets the address without a test: it comes from a handshake that proved it, or from the
    /// operator.</summary>
    public void Set(AddressPair pair)
    {
        Settle();
        Current = pair;
    }

    /// <summary>Tells of a genuine, fresh packet.</summary>
    /// <param name="from">Where it came from.</param>
    /// <param name="length">Bytes of the datagram.</param>
    /// <param name="smoothedRtt">Of the path; zero if not known.</param>
    /// <param name="now">The instant.</param>
    public void HandlePacket(AddressPair from, int length, TimeSpan smoothedRtt, Instant now)
    {
        if (from == Current) return;
        if (IsProbing)
        {
            if (from == Candidate) _candidateBudgetBytes += (long)AmplificationFactor * length;
            return;
        }

        if (now < _pausedUntil) return;
        (IsProbing, Candidate) = (true, from);
        _candidateBudgetBytes = (long)AmplificationFactor * length;
        _graceEnds = now + Clamp(smoothedRtt * 2);
        _new.Start(now);
        _old.Start(now);
    }

    /// <summary>Tells of a path response.</summary>
    /// <returns>Whether it answers one of these challenges.</returns>
    public bool HandleResponse(ulong data, Instant now, out TimeSpan roundTrip, out bool isFromCurrent)
    {
        isFromCurrent = false;
        roundTrip = default;
        if (!IsProbing) return false;
        if (_new.HandleResponse(data, now, out roundTrip)) return true;
        if (!_old.HandleResponse(data, now, out roundTrip)) return false;
        isFromCurrent = true;
        Settle();
        _pausedUntil = now + Pause;
        return true;
    }

    /// <summary>Repeats challenges, moves, or gives up.</summary>
    /// <returns>Whether the path has moved: <see cref="Current"/> is the new address.</returns>
    public bool HandleTimeout(Instant now)
    {
        if (!IsProbing) return false;
        if (_new.State == ValidationState.Validated && now >= _graceEnds)
        {
            Current = Candidate;
            Settle();
            return true;
        }

        _new.HandleTimeout(now);
        _old.HandleTimeout(now);
        if (_new.State != ValidationState.Failed) return false;
        Settle();
        return false;
    }

    /// <summary>The next challenge to send, and where.</summary>
    /// <param name="length">Bytes of the datagram it will be; counted against what the candidate may be sent.</param>
    /// <param name="data">The challenge's data.</param>
    /// <param name="target">Where it goes.</param>
    public bool TryTakeChallenge(int length, out ulong data, out AddressPair target)
    {
        target = Current;
        if (_old.TryTakeChallenge(out data)) return true;
        target = Candidate;
        if (!_new.TryTakeChallenge(out data)) return false;
        return TrySpend(length);
    }

    /// <summary>Takes the bytes of a datagram to the candidate off its budget.</summary>
    /// <returns>False if it may not be sent.</returns>
    public bool TrySpend(int length)
    {
        if (_candidateBudgetBytes < length) return false;
        _candidateBudgetBytes -= length;
        return true;
    }

    private static TimeSpan Clamp(TimeSpan grace) =>
        grace < ShortestGrace ? ShortestGrace : grace > LongestGrace ? LongestGrace : grace;

    private void Settle()
    {
        IsProbing = false;
        _new.Stop();
        _old.Stop();
    }
}
