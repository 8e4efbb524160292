using Whalescale.Types;

namespace Whalescale.Sessions;

/// <summary>
/// Keeps a flood of initiations from becoming a flood of Diffie-Hellman operations or of answers.
/// <code>
///   more than 200 initiations/s, or the inbox more than half full  ──►  under load, until 1 s after the last such moment
///   under load: an initiation without a valid mac2 costs one cookie reply at most: 20/s for a source, 2 000/s in all
///   always:     an initiation that goes on to Diffie-Hellman is paid from a budget of its source: 50/s with a
///               valid mac2, and 50/s without
/// </code>
/// A source is an IPv4 address or an IPv6 /64. The table of sources is fixed; two sources that meet in one slot share
/// its budget's fate, and which do is decided by a random key, so nobody can aim at another's slot.
/// </summary>
public sealed class HandshakeRateLimiter(RandomSource random)
{
    private const int InitiationsPerSecond = 200;       // specified: SECURITY, cookies under load
    private static readonly TimeSpan Hysteresis = TimeSpan.FromSeconds(1);
    private static readonly TokenBucket CookiesPerSource = new(20, burst: 10);
    private static readonly TokenBucket CookiesInAll = new(2_000, burst: 200);
    private static readonly TokenBucket HandshakesPerSource = new(50, burst: 20);

    private readonly ulong _key = random.NextUInt64() | 1;
    private readonly Slot[] _slots = new Slot[Limits.WatchedSources];
    private Instant _secondStart;
    private int _thisSecond;
    private Instant _loadedUntil;
    private Instant _cookiesPaidUntil;

    /// <summary>Whether a cookie is asked for at this instant.</summary>
    public bool IsUnderLoad(Instant now) => now < _loadedUntil;

    /// <summary>Counts an initiation whose mac1 is right.</summary>
    public void CountInitiation(Instant now)
    {
        if (now - _secondStart >= TimeSpan.FromSeconds(1)) (_secondStart, _thisSecond) = (now, 0);
        if (++_thisSecond > InitiationsPerSecond) _loadedUntil = now + Hysteresis;
    }

    /// <summary>Tells how full the inbox of handshake messages is.</summary>
    public void ReportBacklog(int waiting, int capacity, Instant now)
    {
        if (waiting * 2 > capacity) _loadedUntil = now + Hysteresis;
    }

    /// <summary>Whether a cookie reply may be sent to this source.</summary>
    public bool MaySendCookie(IpAddress source, Instant now)
    {
        ref Slot slot = ref SlotOf(source);
        Instant paid = _cookiesPaidUntil;
        if (!CookiesInAll.TryTake(ref paid, now)) return false;
        if (!CookiesPerSource.TryTake(ref slot.CookiesPaidUntil, now)) return false;
        _cookiesPaidUntil = paid;
        return true;
    }

    /// <summary>Whether an initiation from this source may go on to Diffie-Hellman.</summary>
    /// <param name="source">Where it came from.</param>
    /// <param name="hasProvedAddress">Whether its mac2 is right. Such initiations have a budget of their own: whoever
    /// forges a peer's address cannot use up what the peer needs.</param>
    /// <param name="now">The instant.</param>
    public bool MayHandshake(IpAddress source, bool hasProvedAddress, Instant now)
    {
        ref Slot slot = ref SlotOf(source);
        return HandshakesPerSource.TryTake(
            ref hasProvedAddress ? ref slot.ProvedPaidUntil : ref slot.HandshakesPaidUntil, now);
    }

    private ref Slot SlotOf(IpAddress source)
    {
        ulong network = source.IsIPv4 ? source.Low : source.High;
        ulong hash = (network ^ _key) * (_key | 0x9E37_79B9_7F4A_7C15);
        hash = (hash ^ (hash >> 29)) * 0xBF58_476D_1CE4_E5B9;
        ref Slot slot = ref _slots[(hash >> 32) % Limits.WatchedSources];
        if (slot.Source != network) slot = new Slot { Source = network };
        return ref slot;
    }

    private struct Slot
    {
        internal ulong Source;
        internal Instant CookiesPaidUntil;
        internal Instant HandshakesPaidUntil;
        internal Instant ProvedPaidUntil;
    }
}
