using System.Diagnostics.CodeAnalysis;
using Whalescale.Sessions;

namespace Whalescale.Node;

/// <summary>Receiver index to keys. Data thread only; never enumerated for a decision.</summary>
/// <remarks>Datagrams come in trains, so the last answer is mostly the next one.</remarks>
internal sealed class SessionIndex
{
    private readonly Dictionary<uint, (PeerChannel Peer, SessionKeys Keys)> _entries = [];
    private (PeerChannel? Peer, SessionKeys? Keys) _last;

    internal void Add(PeerChannel peer, SessionKeys keys)
    {
        _entries[keys.Info.LocalIndex] = (peer, keys);
        _last = default;
    }

    internal void Remove(SessionKeys keys)
    {
        _entries.Remove(keys.Info.LocalIndex);
        _last = default;
    }

    internal bool TryFind(
        uint index, [NotNullWhen(true)] out PeerChannel? peer, [NotNullWhen(true)] out SessionKeys? keys)
    {
        (peer, keys) = _last;
        if (keys is not null && keys.Info.LocalIndex == index) return peer is not null;
        if (!_entries.TryGetValue(index, out (PeerChannel Peer, SessionKeys Keys) entry)) return false;
        _last = (peer, keys) = entry;
        return true;
    }
}
