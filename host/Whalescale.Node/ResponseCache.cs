using System.Buffers.Binary;
using Whalescale.Sessions;
using Whalescale.Types;

namespace Whalescale.Node;

/// <summary>
/// Responses of the last five seconds, by the ephemeral key they answer: an initiation that arrives again, over another
/// address or repeated, gets the same bytes and costs no second Diffie-Hellman.
/// </summary>
internal sealed class ResponseCache
{
    private readonly Dictionary<ulong, Entry> _entries = [];
    private readonly Queue<(ulong Key, Instant At)> _order = new();

    internal void Add(ReadOnlySpan<byte> initiation, ReadOnlySpan<byte> response, Instant now)
    {
        Expire(now);
        if (_order.Count >= Limits.CachedResponses) Forget();
        ulong key = KeyOf(initiation);
        _entries[key] = new Entry(InitiationLayout.Ephemeral(initiation).ToArray(), response.ToArray());
        _order.Enqueue((key, now));
    }

    internal bool TryFind(ReadOnlySpan<byte> initiation, Instant now, out ReadOnlySpan<byte> response)
    {
        Expire(now);
        response = default;
        if (!_entries.TryGetValue(KeyOf(initiation), out Entry? entry)) return false;
        if (!InitiationLayout.Ephemeral(initiation).SequenceEqual(entry.Ephemeral)) return false;
        response = entry.Response;
        return true;
    }

    private static ulong KeyOf(ReadOnlySpan<byte> initiation) =>
        BinaryPrimitives.ReadUInt64LittleEndian(InitiationLayout.Ephemeral(initiation));

    private void Expire(Instant now)
    {
        while (_order.TryPeek(out (ulong Key, Instant At) oldest) && now - oldest.At > SessionLimits.ResponseCache)
            Forget();
    }

    private void Forget() => _entries.Remove(_order.Dequeue().Key);

    private sealed record Entry(byte[] Ephemeral, byte[] Response);
}
