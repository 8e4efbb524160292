namespace Whalescale.Agent.Configuration;

/// <summary>What the loader asks of the rest of the agent, so that it need not know crypto or plugins.</summary>
internal sealed record ConfigurationChecks
{
    /// <summary>What is wrong with a node id as a key ("is no usable key …"), or null; without it any 32 bytes
    /// pass.</summary>
    public Func<NodeId, string?>? CheckNodeId { get; init; }

    /// <summary>Names of the modules of a kind (<see cref="Schema.ModuleKinds"/>); without it any name
    /// passes.</summary>
    public Func<string, IReadOnlyCollection<string>>? ModuleNames { get; init; }

    /// <summary>Whether the rules and defaults of Windows apply.</summary>
    public bool IsWindows { get; init; } = OperatingSystem.IsWindows();
}
