using Whalescale.Node;

namespace Whalescale.Agent.Api;

/// <summary>Finds the peer that a text names: its id, its name in either case, or a unique prefix of its id.</summary>
internal static class PeerQuery
{
    /// <summary>Fewest characters of a prefix.</summary>
    public const int ShortestPrefix = 6;

    /// <summary>The peer.</summary>
    /// <exception cref="AgentRequestException">None or several fit.</exception>
    public static PeerStatus Find(IReadOnlyList<PeerStatus> peers, string text) =>
        Find(peers, text, peer => peer.Id, peer => peer.Name);

    /// <summary>As above, over anything that has an id and a name.</summary>
    public static T Find<T>(IReadOnlyList<T> peers, string text, Func<T, NodeId> idOf, Func<T, string> nameOf)
        where T : class
    {
        // A whole id is nobody else's, whatever others are called; a name was given on purpose and wins over a prefix.
        if (NodeId.TryParse(text, out NodeId id) && peers.FirstOrDefault(peer => idOf(peer) == id) is { } exact) return exact;
        T? named = peers.FirstOrDefault(peer => nameOf(peer).Equals(text, StringComparison.OrdinalIgnoreCase));
        if (named is not null) return named;

        List<T> fitting = text.Length < ShortestPrefix
            ? []
            : [.. peers.Where(peer => idOf(peer).ToString().StartsWith(text, StringComparison.OrdinalIgnoreCase))];
        return fitting.Count switch
        {
            1 => fitting[0],
            0 => throw new AgentRequestException(Problems.PeerUnknown, Unknown(peers, text, nameOf)),
            _ => throw new AgentRequestException(
                Problems.PeerAmbiguous,
                $"'{text}' fits {string.Join(", ", fitting.Select(nameOf))}; give more characters, or the name"),
        };
    }

    private static string Unknown<T>(IReadOnlyList<T> peers, string text, Func<T, string> nameOf)
    {
        const int Shown = 10;
        string known = peers.Count == 0
            ? "there are no peers; add one with: whalescale peers add ID --name NAME"
            : $"known are {string.Join(", ", peers.Take(Shown).Select(nameOf))}{(peers.Count > Shown ? ", …" : "")}";
        return $"no peer is called '{text}'; {known}";
    }
}
