using Whalescale.Agent.Api.Documents;
using Whalescale.Agent.Configuration;
using Whalescale.Agent.Configuration.Schema;
using Whalescale.Agent.Configuration.Toml;

namespace Whalescale.Agent.Api;

/// <summary>Reads what a caller says of a peer, by the rules of the configuration file: what is accepted here can be
/// written there. Whether the id is a usable key and the name free is the agent's to say.</summary>
internal static class PeerRequests
{
    private const int MostEndpoints = 16;
    private const int MostRoutes = 256;

    /// <exception cref="AgentRequestException">A field is malformed; all of them are told.</exception>
    public static PeerOptions ToOptions(AddPeerRequest request)
    {
        if (request.Endpoints.Count > MostEndpoints) throw Invalid($"a peer has at most {MostEndpoints} endpoints");
        if (request.Routes.Count > MostRoutes) throw Invalid($"a peer has at most {MostRoutes} routes");
        var mistakes = new List<Mistake>();
        if (!TryRead(Settings.PeerId, Text(request.Id), mistakes, out NodeId id))
            throw new AgentRequestException(Problems.PeerInvalidId, Join(mistakes));

        TryRead(Settings.PeerName, Text(request.Name ?? id.ToShortString()), mistakes, out string? name);
        TryRead(Settings.PeerEndpoints, List(request.Endpoints), mistakes, out IReadOnlyList<string>? endpoints);
        TryRead(Settings.PeerRoutes, List(request.Routes), mistakes, out IReadOnlyList<IpPrefix>? routes);
        if (mistakes.Count > 0) throw Invalid(Join(mistakes));
        return new PeerOptions
        {
            Id = id,
            Name = name!,
            Endpoints = endpoints!,
            IsAnchor = request.Anchor,
            Routes = routes!,
        };
    }

    private static bool TryRead<T>(Setting<T> setting, TomlValue value, List<Mistake> mistakes, out T? result)
        where T : notnull
    {
        var site = new RuleSite(setting, default, new ConfigurationChecks(), mistakes);
        object? read = setting.Read(value, site);
        result = read is T good ? good : default;
        return read is not null;
    }

    private static TomlString Text(string text) => new(text, default);

    private static TomlArray List(IReadOnlyList<string> texts)
    {
        var array = new TomlArray(default);
        foreach (string text in texts) array.Add(Text(text));
        return array;
    }

    private static string Join(List<Mistake> mistakes) =>
        Printable.Escape(string.Join("; ", mistakes.Select(mistake => mistake.Message)));

    private static AgentRequestException Invalid(string detail) => new(Problems.Invalid, detail);
}
