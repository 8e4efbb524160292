using System.Text.Json.Serialization;

namespace Whalescale.Agent.Api.Documents;

/// <summary><c>GET /v1/capabilities</c>: what this agent can do, for clients of another version.</summary>
internal sealed record CapabilitiesDocument
{
    [JsonPropertyOrder(-1)]
    public string Schema { get; init; } = "whalescale.capabilities/1";

    public required string Version { get; init; }

    /// <summary>Level of the plugin contracts.</summary>
    public required int ApiLevel { get; init; }

    /// <summary>"GET /v1/status" and so on.</summary>
    public required IReadOnlyList<string> Routes { get; init; }

    /// <summary>Transports the API is served over now.</summary>
    public required IReadOnlyList<string> Transports { get; init; }

    /// <summary>Names of modules by kind.</summary>
    public required IReadOnlyDictionary<string, IReadOnlyList<string>> Modules { get; init; }
}

/// <summary><c>GET /v1/plugins</c></summary>
internal sealed record PluginsDocument(IReadOnlyList<ModuleDocument> Modules)
{
    [JsonPropertyOrder(-1)]
    public string Schema { get; init; } = "whalescale.plugins/1";
}

/// <summary>A module or plugin.</summary>
internal sealed record ModuleDocument
{
    /// <summary>"scheduler", "nat", "discovery", "path-provider", "tun", "connector", or "plugin" for one not
    /// loaded.</summary>
    public required string Kind { get; init; }

    public required string Name { get; init; }

    public required string Version { get; init; }

    public required int ApiLevel { get; init; }

    /// <summary>"built-in", or the directory of the plugin.</summary>
    public required string Origin { get; init; }

    /// <summary>"discovered", "refused", "loaded", "active", "faulted", "draining", "unloaded" or "leaked".</summary>
    public required string State { get; init; }

    /// <summary>Why, where the state asks for it.</summary>
    public required string? Reason { get; init; }
}

/// <summary>An error as RFC 9457 has it, with a code that programs can rely on.</summary>
internal sealed record ProblemDocument
{
    public const string SchemaName = "whalescale.problem/1";

    [JsonPropertyOrder(-1)]
    public string Schema { get; init; } = SchemaName;

    /// <summary>"urn:whalescale:problem:" and the code.</summary>
    public required string Type { get; init; }

    public required string Title { get; init; }

    /// <summary>HTTP status.</summary>
    public required int Status { get; init; }

    /// <summary>What is wrong here, and the next step.</summary>
    public required string Detail { get; init; }

    /// <summary>Stable: "peer.unknown".</summary>
    public required string Code { get; init; }
}
