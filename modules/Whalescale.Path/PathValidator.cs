namespace Whalescale.Paths;

/// <summary>What a validation has come to.</summary>
public enum ValidationState
{
    /// <summary>Not begun.</summary>
    Idle,

    /// <summary>Challenged, no answer yet.</summary>
    Validating,

    /// <summary>Answered.</summary>
    Validated,

    /// <summary>All challenges went unanswered.</summary>
    Failed,
}

/// <summary>
/// Proves by challenge and response that the peer is reached at an address (RFC 9000, section 8.2).
/// Drive it so: one input, then take the challenge, then read <see cref="NextTimeout"/>. Not thread-safe.
/// </summary>
/// <remarks>Each attempt has fresh data, so the round-trip time is never ambiguous; all of one validation are
/// remembered, so that a path slower than the first time-out still validates.</remarks>
public sealed class PathValidator(RandomSource random)
{
    private const int AttemptLimit = 3;                                             // chosen: 300 + 600 + 1200 ms ≈ 2 s
    private static readonly TimeSpan FirstTimeout = TimeSpan.FromMilliseconds(300); // chosen: above most mobile RTTs

    private readonly (ulong Data, Instant SentAt)[] _challenges = new (ulong, Instant)[AttemptLimit];
    private int _attempts;
    private bool _challengeDue;

    /// <summary>What it has come to.</summary>
    public ValidationState State { get; private set; }

    /// <summary>When <see cref="HandleTimeout"/> is due.</summary>
    public Instant NextTimeout { get; private set; } = Instant.Never;

    /// <summary>Begins anew.</summary>
    public void Start(Instant now)
    {
        (State, _attempts) = (ValidationState.Validating, 0);
        Challenge(now);
    }

    /// <summary>Gives up without a result.</summary>
    public void Stop() => (State, NextTimeout, _challengeDue) = (ValidationState.Idle, Instant.Never, false);

    /// <summary>Takes the data of a path response. Data that was not asked for changes nothing.</summary>
    /// <returns>Whether it answers one of the challenges; then the time since that one is the round trip.</returns>
    public bool HandleResponse(ulong data, Instant now, out TimeSpan roundTrip)
    {
        roundTrip = default;
        if (State is not ValidationState.Validating) return false;
        for (int i = 0; i < _attempts; i++)
        {
            if (_challenges[i].Data != data) continue;
            roundTrip = now - _challenges[i].SentAt;
            (State, NextTimeout, _challengeDue) = (ValidationState.Validated, Instant.Never, false);
            return true;
        }

        return false;
    }

    /// <summary>Sends the next challenge, or fails.</summary>
    public void HandleTimeout(Instant now)
    {
        if (now < NextTimeout) return;
        if (_attempts < AttemptLimit) Challenge(now);
        else (State, NextTimeout) = (ValidationState.Failed, Instant.Never);
    }

    /// <summary>The challenge to send now, if there is one.</summary>
    public bool TryTakeChallenge(out ulong data)
    {
        data = _attempts > 0 ? _challenges[_attempts - 1].Data : 0;
        if (!_challengeDue) return false;
        _challengeDue = false;
        return true;
    }

    private void Challenge(Instant now)
    {
        _challenges[_attempts] = (random.NextUInt64(), now);
        _challengeDue = true;
        NextTimeout = now + (FirstTimeout * (1 << _attempts++));
    }
}
