using System.Diagnostics.CodeAnalysis;
using Whalescale.Agent.Configuration.Toml;

namespace Whalescale.Agent.Configuration;

/// <summary>One line of "config show".</summary>
/// <param name="Key">"tun.mtu"; rows are counted from 0: "peer[0].name".</param>
/// <param name="Value">The value, normalised.</param>
/// <param name="Origin">Where it came from.</param>
internal sealed record EffectiveSetting(string Key, TomlValue Value, SettingOrigin Origin);

/// <summary>Where a peer is written.</summary>
internal sealed record PeerOrigin(NodeId Id, string Name, SettingOrigin Origin);

/// <summary>A configuration, or everything that is wrong with it.</summary>
internal sealed record ConfigurationResult
{
    /// <summary>The configuration; null if there is a mistake.</summary>
    public AgentOptions? Options { get; init; }

    /// <summary>All mistakes: by file in the order of reading, then by place.</summary>
    public IReadOnlyList<Mistake> Mistakes { get; init; } = [];

    /// <summary>All values in force, in the order of the schema; with mistakes, those that could be read.</summary>
    public IReadOnlyList<EffectiveSetting> Settings { get; init; } = [];

    /// <summary>The files that were read, in order.</summary>
    public IReadOnlyList<string> Files { get; init; } = [];

    /// <summary>The peers that could be read, with their places.</summary>
    public IReadOnlyList<PeerOrigin> Peers { get; init; } = [];

    /// <summary>There is no main file.</summary>
    public bool IsMainFileMissing { get; init; }

    /// <summary>A file exists and may not be read: exit code 5 rather than 2.</summary>
    public bool IsAccessDenied { get; init; }

    [MemberNotNullWhen(true, nameof(Options))]
    public bool IsValid => Options is not null;
}
