using Whalescale.Types;

namespace Whalescale.Node;

/// <summary>Challenges sent to measure rather than to decide: pings, and those that keep an idle path alive.</summary>
internal sealed class OutstandingChallenges
{
    private readonly Entry[] _entries = new Entry[Limits.OutstandingPings];
    private int _next;

    /// <summary>Remembers a challenge; the oldest is forgotten if there are too many.</summary>
    /// <param name="data">The challenge's data.</param>
    /// <param name="peer">Number of the peer it went to.</param>
    /// <param name="ping">Number of the ping, or 0.</param>
    /// <param name="now">The instant.</param>
    internal void Add(ulong data, int peer, ulong ping, Instant now)
    {
        _entries[_next] = new Entry(data, peer, ping, now, IsOpen: true);
        _next = (_next + 1) % _entries.Length;
    }

    /// <summary>Finds and forgets the challenge that this data answers.</summary>
    internal bool TryTake(ulong data, int peer, Instant now, out ulong ping, out TimeSpan roundTrip)
    {
        foreach (ref Entry entry in _entries.AsSpan())
        {
            if (!entry.IsOpen || entry.Data != data || entry.Peer != peer) continue;
            (ping, roundTrip) = (entry.Ping, now - entry.SentAt);
            entry = default;
            return true;
        }

        (ping, roundTrip) = (0, default);
        return false;
    }

    private readonly record struct Entry(ulong Data, int Peer, ulong Ping, Instant SentAt, bool IsOpen);
}
