using Whalescale.Agent.Api.Documents;
using Whalescale.Agent.Configuration;
using Whalescale.Agent.Discovery;

namespace Whalescale.Agent.Api;

/// <summary>Reads what a caller says of a peer. Whether the id is a usable key and the name free is the agent's to say.</summary>
internal static class PeerRequests
{
    private const int LongestName = 63;
    private const int MostEndpoints = 16;
    private const int MostRoutes = 256;

    /// <exception cref="AgentRequestException">A field is malformed.</exception>
    public static PeerOptions ToOptions(AddPeerRequest request)
    {
        if (!NodeId.TryParse(request.Id, out NodeId id))
        {
            throw new AgentRequestException(
                Problems.PeerInvalidId,
                $"a node id has {NodeId.TextLength} characters a-z and 2-7; 'whalescale id' prints it on its own node");
        }

        string name = request.Name ?? id.ToShortString();
        if (!IsName(name))
            throw Invalid($"a name has 1 to {LongestName} letters, digits, dots, hyphens or underscores");
        if (request.Endpoints.Count > MostEndpoints) throw Invalid($"a peer has at most {MostEndpoints} endpoints");
        foreach (string endpoint in request.Endpoints)
        {
            if (!WrittenEndpoint.TryParse(endpoint, out _))
                throw Invalid($"'{Printable.Escape(endpoint)}' is no endpoint; write {WrittenEndpoint.Forms}");
        }

        return new PeerOptions
        {
            Id = id,
            Name = name,
            Endpoints = request.Endpoints,
            IsAnchor = request.Anchor,
            Routes = Routes(request.Routes),
        };
    }

    private static List<IpPrefix> Routes(IReadOnlyList<string> texts)
    {
        if (texts.Count > MostRoutes) throw Invalid($"a peer has at most {MostRoutes} routes");
        var routes = new List<IpPrefix>(texts.Count);
        foreach (string text in texts)
        {
            if (!IpPrefix.TryParse(text, out IpPrefix route))
                throw Invalid($"'{Printable.Escape(text)}' is no network; write 10.77.0.2/32 or fd77::/64");
            if (!route.IsNetwork)
                throw Invalid($"{route} has bits set beyond its length; write {route.Network}");
            routes.Add(route);
        }

        return routes;
    }

    private static bool IsName(string name) =>
        name.Length is > 0 and <= LongestName
        && name.All(character => char.IsAsciiLetterOrDigit(character) || character is '-' or '_' or '.');

    private static AgentRequestException Invalid(string detail) => new(Problems.Invalid, detail);
}
