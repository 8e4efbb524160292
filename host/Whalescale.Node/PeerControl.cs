using Whalescale.Crypto;
using Whalescale.Sessions;
using Whalescale.Types;

namespace Whalescale.Node;

/// <summary>All that the control half knows of one peer.</summary>
internal sealed class PeerControl(int number, PeerSettings settings, X25519PublicKey key) : IDisposable
{
    private readonly List<Endpoint> _candidates = [];

    internal int Number => number;

    internal PeerSettings Settings { get; set; } = settings;

    internal X25519PublicKey Key => key;

    /// <summary>Where the peer may answer, best first, at most <see cref="Limits.CandidatesPerPeer"/>.</summary>
    internal IReadOnlyList<Endpoint> Candidates => _candidates;

    /// <summary>Handshakes that we began, newest last.</summary>
    internal List<InitiatorHandshake> Pending { get; } = [];

    /// <summary>When the current series of attempts began; never if there is none.</summary>
    internal Instant SeriesStartedAt { get; set; } = Instant.Never;

    /// <summary>When the newest initiation goes out once more, to every address.</summary>
    internal Instant RepeatAt { get; set; } = Instant.Never;

    /// <summary>When the next initiation is made.</summary>
    internal Instant RetryAt { get; set; } = Instant.Never;

    /// <summary>Greatest timestamp of an initiation that was accepted.</summary>
    internal HandshakeTimestamp GreatestTimestamp { get; set; }

    /// <summary>When the last initiation of the peer was accepted.</summary>
    internal Instant LastAcceptedAt { get; set; } = new(long.MinValue / 2);

    /// <summary>When the last one was accepted whose timestamp was in order.</summary>
    internal Instant LastTimelyAt { get; set; } = new(long.MinValue / 2);

    /// <summary>Its cookie for us; valid until <see cref="CookieUntil"/>.</summary>
    internal byte[] Cookie { get; } = new byte[Protocol.MacSize];

    internal Instant CookieUntil { get; set; }

    /// <summary>The suite its capabilities led to; none until it told them.</summary>
    internal CipherSuite KnownSuite { get; set; }

    /// <summary>Address of its path, as far as the data half told; none without a session.</summary>
    internal Paths.AddressPair PathPair { get; set; }

    /// <summary>Keys of the peer's own handshake that it has not used yet.</summary>
    internal (SessionKeysInfo Info, Paths.AddressPair Pair) Awaiting { get; set; }

    /// <summary>Whether a session was made and not lost since.</summary>
    internal bool HasSession { get; set; }

    /// <summary>Soonest deadline of this peer.</summary>
    internal Instant NextTimeout => Instant.Min(RepeatAt, RetryAt);

    internal bool IsConnecting => SeriesStartedAt != Instant.Never;

    /// <summary>Puts an endpoint first among the candidates; the last falls out if there are too many.</summary>
    internal void Prefer(Endpoint endpoint)
    {
        if (endpoint.IsNone) return;
        _candidates.Remove(endpoint);
        _candidates.Insert(0, endpoint);
        Trim();
    }

    /// <summary>Adds an endpoint if it is new.</summary>
    /// <returns>Whether it was.</returns>
    internal bool Offer(Endpoint endpoint)
    {
        if (endpoint.IsNone || _candidates.Contains(endpoint)) return false;
        // A new hint is better than the oldest old one, and worse than what has worked.
        if (_candidates.Count == Limits.CandidatesPerPeer) _candidates.RemoveAt(_candidates.Count - 1);
        _candidates.Add(endpoint);
        return true;
    }

    /// <summary>Ends the attempts.</summary>
    internal void EndSeries() => SeriesStartedAt = RepeatAt = RetryAt = Instant.Never;

    public void Dispose()
    {
        foreach (InitiatorHandshake handshake in Pending) handshake.Dispose();
        Pending.Clear();
    }

    private void Trim()
    {
        if (_candidates.Count > Limits.CandidatesPerPeer) _candidates.RemoveAt(_candidates.Count - 1);
    }
}
