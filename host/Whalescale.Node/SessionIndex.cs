using System.Diagnostics.CodeAnalysis;
using Whalescale.Sessions;

namespace Whalescale.Node;

/// <summary>Receiver index to keys. Data thread only; never enumerated for a decision.</summary>
internal sealed class SessionIndex
{
    private readonly Dictionary<uint, (PeerChannel Peer, SessionKeys Keys)> _entries = [];

    internal void Add(PeerChannel peer, SessionKeys keys) => _entries[keys.Info.LocalIndex] = (peer, keys);

    internal void Remove(SessionKeys keys) => _entries.Remove(keys.Info.LocalIndex);

    internal bool TryFind(
        uint index, [NotNullWhen(true)] out PeerChannel? peer, [NotNullWhen(true)] out SessionKeys? keys)
    {
        bool found = _entries.TryGetValue(index, out (PeerChannel Peer, SessionKeys Keys) entry);
        (peer, keys) = entry;
        return found;
    }
}
