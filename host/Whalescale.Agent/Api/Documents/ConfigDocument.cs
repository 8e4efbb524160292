using System.Text.Json.Serialization;
using Whalescale.Agent.Configuration;

namespace Whalescale.Agent.Api.Documents;

/// <summary><c>GET /v1/config</c>: the configuration in force, with the names of the file.</summary>
/// <remarks>No secrets: files are named, not shown.</remarks>
internal sealed record ConfigDocument
{
    [JsonPropertyOrder(-1)]
    public string Schema { get; init; } = "whalescale.effective-config/1";

    public required NodeTable Node { get; init; }

    public required NetworkTable Network { get; init; }

    public required TunTable Tun { get; init; }

    public required TransportTable Transport { get; init; }

    [JsonPropertyName("path")]
    public required IReadOnlyList<PathTable> PathRules { get; init; }

    public required MultipathTable Multipath { get; init; }

    public required DiscoveryTable Discovery { get; init; }

    public required NatTable Nat { get; init; }

    [JsonPropertyName("peer")]
    public required IReadOnlyList<PeerTable> Peers { get; init; }

    public required ApiTable Api { get; init; }

    public required RelayTable Relay { get; init; }

    public required PluginsTable Plugins { get; init; }

    public static ConfigDocument From(AgentOptions options) => new()
    {
        Node = new NodeTable(
            options.Node.Name,
            options.Node.StateDirectory,
            Texts(options.Node.Addresses),
            Texts(options.Node.Routes),
            options.Node.Endpoints,
            options.Node.IsAnchor),
        Network = new NetworkTable(options.Network.Name, options.Network.SecretFile),
        Tun = new TunTable(options.Tun.Name, options.Tun.Mtu, options.Tun.Offload),
        Transport = new TransportTable(
            options.Transport.ListenPort, options.Transport.Interfaces, options.Transport.Offload,
            options.Transport.RekeyAfter.TotalSeconds),
        PathRules =
        [
            .. options.PathRules.Select(rule => new PathTable(
                rule.InterfacePattern,
                rule.Tier switch
                {
                    PathTier.Primary => "primary",
                    PathTier.Secondary => "secondary",
                    PathTier.Backup => "backup",
                    _ => "off",
                },
                rule.IsMetered,
                rule.MaxRate.ToString())),
        ],
        Multipath = new MultipathTable(options.Multipath.Scheduler, options.Multipath.Reorder),
        Discovery = new DiscoveryTable(options.DiscoverySources),
        Nat = new NatTable(options.NatMethods),
        Peers =
        [
            .. options.Peers.Select(peer => new PeerTable(
                peer.Id.ToString(), peer.Name, peer.Endpoints, peer.IsAnchor, Texts(peer.Routes))),
        ],
        Api = new ApiTable(options.Api.UnixPath, options.Api.PipeName),
        Relay = new RelayTable(options.Relay.MaxRatePerPair.ToString(), options.Relay.MaxRate.ToString()),
        Plugins = new PluginsTable(
            options.Plugins.Directory,
            [.. options.Plugins.Load.Select(plugin => new PluginLoadTable(plugin.Name, plugin.Sha256))]),
    };

    private static List<string> Texts(IReadOnlyList<IpPrefix> prefixes) =>
        [.. prefixes.Select(prefix => prefix.ToString())];
}

/// <summary>Tables of <see cref="ConfigDocument"/>, one for one as in the file.</summary>
internal sealed record NodeTable(
    string Name, string StateDir, IReadOnlyList<string> Address, IReadOnlyList<string> Routes,
    IReadOnlyList<string> Endpoints, bool Anchor);

internal sealed record NetworkTable(string Name, string? SecretFile);

internal sealed record TunTable(string Name, int Mtu, bool Offload);

internal sealed record TransportTable(
    int ListenPort, IReadOnlyList<string> Interfaces, bool Offload, double RekeyAfterS);

internal sealed record PathTable(string Interface, string Tier, bool Metered, string MaxRate);

internal sealed record MultipathTable(string Scheduler, bool Reorder);

internal sealed record DiscoveryTable(IReadOnlyList<string> Sources);

internal sealed record NatTable(IReadOnlyList<string> Methods);

internal sealed record PeerTable(
    string Id, string Name, IReadOnlyList<string> Endpoints, bool Anchor, IReadOnlyList<string> Routes);

internal sealed record ApiTable(string? Unix, string? Pipe);

internal sealed record RelayTable(string MaxRatePerPair, string MaxRate);

internal sealed record PluginsTable(string? Directory, IReadOnlyList<PluginLoadTable> Load);

internal sealed record PluginLoadTable(string Name, string Sha256);
