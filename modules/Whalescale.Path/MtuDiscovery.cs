using Whalescale.Types;

namespace Whalescale.Paths;

/// <summary>
/// Finds the largest UDP payload that a path carries, and notices when it carries less (DPLPMTUD, RFC 8899).
/// <code>
///   Begin ─► base ── search: ─► settled ── after ten minutes, if the path is used ──► search again
///                      ▲           │
///                      └── large datagrams flow, probes of the size in use are lost, small ones are not:
///                          a black hole; back to the base at once
/// </code>
/// A probe is a path challenge padded to the size. What is answered is proved, so a size is used only after it has got
/// through. A lost probe says nothing alone: from the second attempt on a small challenge, the witness, goes right
/// behind the large one, and a size counts as too large only if witnesses are answered where it is not. So neither an
/// outage nor a suspended peer looks like a small MTU.
/// </summary>
/// <remarks>Drive it so: one input, then <see cref="TryTakeProbe"/> until false, then read <see cref="Current"/> and
/// <see cref="NextTimeout"/>. Not thread-safe. About 400 bytes.</remarks>
/// <param name="random">Its stream of chance.</param>
/// <param name="rtt">Round-trip time of the path; read, never written.</param>
public sealed class MtuDiscovery(RandomSource random, RttEstimator rtt)
{
    private const int EthernetMtu = 1_500;
    private const int HeadersIPv4 = 28, HeadersIPv6 = 48;           // IP and UDP
    private const int Precision = 8;                                // chosen: less is not worth a probe
    private const int LossesOfTooLarge = 3;                         // specified: MAX_PROBES, RFC 8899, section 5.1.2
    private const int AnsweredWitnesses = 2;                        // every loss but the first has a witness
    private const int AttemptLimit = 6;                             // chosen: then nothing at all gets through
    private static readonly TimeSpan Raise = TimeSpan.FromSeconds(600); // specified: PMTU_RAISE_TIMER, section 5.1.1
    private static readonly TimeSpan RetryAfterOutage = TimeSpan.FromSeconds(30);

    // Chosen: with three losses of 100 ms each a black hole lasts about a second at most, for one datagram in 750 ms.
    private static readonly TimeSpan ConfirmInterval = TimeSpan.FromMilliseconds(750);
    private static readonly TimeSpan ShortestWait = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan WaitWithoutSample = TimeSpan.FromMilliseconds(300);

    private readonly Challenge[] _probes = new Challenge[AttemptLimit];
    private readonly Challenge[] _witnesses = new Challenge[AttemptLimit];
    private int _ceiling = Limits.MinimumPathMtu;
    private int _likely = Limits.MinimumPathMtu;
    private int _tooLarge = Limits.MinimumPathMtu + 1; // smallest size that is taken not to get through
    private int _size;                                 // under probe; 0: none
    private int _attempts;
    private int _answeredWitnesses;
    private bool _probeDue;
    private bool _witnessDue;
    private bool _isSearching;
    private bool _isSearchPutOff;
    private Instant _deadline = Instant.Never;
    private Instant _confirmAt = Instant.Never;
    private Instant _confirmedAt;
    private Instant _searchAt = Instant.Never;
    private bool _wasUsed;

    /// <summary>Largest UDP payload that is known to get through, in bytes; <see cref="Limits.MinimumPathMtu"/> until
    /// more has been proved.</summary>
    public int Current { get; private set; } = Limits.MinimumPathMtu;

    /// <summary>Whether a search has come to its end since <see cref="Begin"/> and since the last black hole; until
    /// then <see cref="Current"/> is likely to grow soon, and nobody should be told of it.</summary>
    public bool IsSettled { get; private set; }

    /// <summary>Whether a size is under probe.</summary>
    public bool IsProbing => _size != 0;

    /// <summary>Times the path was found to carry less than it did.</summary>
    public long BlackHoles { get; private set; }

    /// <summary>When <see cref="HandleTimeout"/> is due.</summary>
    public Instant NextTimeout => _size != 0 ? _deadline : Instant.Min(_confirmAt, _searchAt);

    /// <summary>Forgets what was found and searches: the path leads elsewhere, or has just been proved.</summary>
    /// <param name="linkMtu">MTU of the own interface, in bytes of IP; 0 if not known.</param>
    /// <param name="isIPv4">Whether the datagrams are IPv4.</param>
    /// <param name="now">The instant.</param>
    public void Begin(int linkMtu, bool isIPv4, Instant now)
    {
        int headers = isIPv4 ? HeadersIPv4 : HeadersIPv6;
        int link = (linkMtu == 0 ? EthernetMtu : linkMtu) - headers;
        _ceiling = Math.Clamp(link, Limits.MinimumPathMtu, Limits.DatagramBytes);
        _likely = Math.Min(_ceiling, EthernetMtu - headers);
        _tooLarge = _ceiling + 1;
        (Current, IsSettled, _size) = (Limits.MinimumPathMtu, false, 0);
        (_confirmAt, _confirmedAt) = (Instant.Never, now);
        Search(now);
    }

    /// <summary>Forgets what was found and sends nothing: the path's address has to prove itself first.</summary>
    public void Stop()
    {
        (Current, IsSettled, _size) = (Limits.MinimumPathMtu, false, 0);
        (_isSearching, _isSearchPutOff) = (false, false);
        _confirmAt = _searchAt = Instant.Never;
    }

    /// <summary>Notes a datagram of data. While such that need more than the base flow, the size in use is
    /// confirmed.</summary>
    /// <param name="size">UDP payload in bytes; of several, the largest.</param>
    /// <param name="now">The instant.</param>
    public void HandleSent(int size, Instant now)
    {
        if (size <= Current / 2) return;
        if (_isSearchPutOff) (_isSearchPutOff, _searchAt) = (false, now);
        _wasUsed = true;
        if (size > Limits.MinimumPathMtu && _confirmAt == Instant.Never && Current > Limits.MinimumPathMtu)
            _confirmAt = Instant.Max(now, _confirmedAt + ConfirmInterval);
    }

    /// <summary>Confirms the size in use at once: the socket refused a datagram as too big, or our network has
    /// changed.</summary>
    public void Confirm(Instant now)
    {
        if (Current > Limits.MinimumPathMtu) _confirmAt = now;
    }

    /// <summary>Takes the data of a path response. Data that was not asked for changes nothing.</summary>
    /// <returns>Whether it answers a probe or its witness; then the time since that one is the round trip.</returns>
    public bool HandleResponse(ulong data, Instant now, out TimeSpan roundTrip)
    {
        roundTrip = default;
        if (_size == 0) return false;
        if (TryTake(_witnesses, data, out Instant sentAt))
        {
            _answeredWitnesses++;
        }
        else if (TryTake(_probes, data, out sentAt))
        {
            Current = Math.Max(Current, _size);
            (_size, _confirmAt, _confirmedAt) = (0, Instant.Never, now);
            Continue(now);
        }
        else
        {
            return false;
        }

        roundTrip = now - sentAt;
        return true;
    }

    /// <summary>Repeats a probe, gives a size up, or begins the next round.</summary>
    public void HandleTimeout(Instant now)
    {
        if (now < NextTimeout) return;
        if (_size == 0)
        {
            if (_confirmAt <= now) Probe(Current, now);
            else if (_wasUsed) Search(now);
            else (_isSearchPutOff, _searchAt) = (true, Instant.Never);
            return;
        }

        if (_attempts >= LossesOfTooLarge && _answeredWitnesses >= AnsweredWitnesses) GiveSizeUp(now);
        else if (_attempts < AttemptLimit) Attempt(now);
        else EndInOutage(now);
    }

    /// <summary>The next challenge to send.</summary>
    /// <param name="size">UDP payload it is to fill; 0: no more than it needs.</param>
    /// <param name="data">The challenge's data.</param>
    public bool TryTakeProbe(out int size, out ulong data)
    {
        (size, data) = (0, 0);
        if (_size == 0 || !(_probeDue || _witnessDue)) return false;
        if (_probeDue) (size, data) = (_size, _probes[_attempts - 1].Data);
        else data = _witnesses[_attempts - 1].Data;
        if (_probeDue) _probeDue = false;
        else _witnessDue = false;
        return true;
    }

    // The likeliest first, then what the own link would carry, then halves.
    private int NextCandidate()
    {
        if (_tooLarge - Current <= Precision && _ceiling >= _tooLarge) return 0;
        if (Current >= _ceiling) return 0;
        if (Current < _likely && _likely < _tooLarge) return _likely;
        return _ceiling < _tooLarge ? _ceiling : Current + ((_tooLarge - Current) / 2);
    }

    private void Search(Instant now)
    {
        // After ten minutes what was too large may fit; after a black hole it has just been found not to.
        if (IsSettled) _tooLarge = _ceiling + 1;
        (_isSearching, _isSearchPutOff, _searchAt) = (true, false, Instant.Never);
        Continue(now);
    }

    private void Continue(Instant now)
    {
        if (_confirmAt <= now)
        {
            Probe(Current, now);
            return;
        }

        if (!_isSearching) return;
        int candidate = NextCandidate();
        if (candidate != 0)
        {
            Probe(candidate, now);
            return;
        }

        (IsSettled, _isSearching, _wasUsed) = (true, false, false);
        _searchAt = now + Raise;
    }

    private void Probe(int size, Instant now)
    {
        (_size, _attempts, _answeredWitnesses) = (size, 0, 0);
        Attempt(now);
    }

    private void Attempt(Instant now)
    {
        _probes[_attempts] = new Challenge(random.NextUInt64(), now, IsOpen: true);
        _witnesses[_attempts] = new Challenge(random.NextUInt64(), now, IsOpen: _attempts > 0);
        (_probeDue, _witnessDue) = (true, _attempts > 0);
        _attempts++;
        _deadline = now + Wait();
    }

    private void GiveSizeUp(Instant now)
    {
        bool isBlackHole = _size == Current;
        (_tooLarge, _size) = (_size, 0);
        if (isBlackHole)
        {
            BlackHoles++;
            (Current, IsSettled, _confirmAt, _confirmedAt) = (Limits.MinimumPathMtu, false, Instant.Never, now);
            (_isSearching, _isSearchPutOff, _searchAt) = (true, false, Instant.Never);
        }

        Continue(now);
    }

    private void EndInOutage(Instant now)
    {
        (_size, _confirmAt, _confirmedAt) = (0, Instant.Never, now);
        if (!_isSearching) return;
        (_isSearching, _wasUsed) = (false, false);
        _searchAt = now + RetryAfterOutage;
    }

    private TimeSpan Wait()
    {
        if (!rtt.HasSample) return WaitWithoutSample;
        TimeSpan wait = rtt.Smoothed + (rtt.Variance * 4);
        return wait < ShortestWait ? ShortestWait : wait > LongestWait ? LongestWait : wait;
    }

    private bool TryTake(Challenge[] challenges, ulong data, out Instant sentAt)
    {
        for (int i = 0; i < _attempts; i++)
        {
            ref Challenge challenge = ref challenges[i];
            if (!challenge.IsOpen || challenge.Data != data) continue;
            (sentAt, challenge) = (challenge.SentAt, default);
            return true;
        }

        sentAt = default;
        return false;
    }

    private readonly record struct Challenge(ulong Data, Instant SentAt, bool IsOpen);
}
