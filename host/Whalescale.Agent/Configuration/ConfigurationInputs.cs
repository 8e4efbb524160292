using System.Collections;

namespace Whalescale.Agent.Configuration;

/// <summary>A value from the command line.</summary>
/// <param name="Key">"tun.mtu".</param>
/// <param name="Value">The text.</param>
/// <param name="Option">How the operator wrote it: "--mtu".</param>
internal sealed record ConfigurationOverride(string Key, string Value, string Option);

/// <summary>Everything a configuration is made from.</summary>
internal sealed record ConfigurationInputs
{
    /// <summary>The main file; "conf.d" beside it is read too.</summary>
    public required string MainFile { get; init; }

    /// <summary>The environment; only names that begin with WHALESCALE_ are looked at.</summary>
    public IReadOnlyDictionary<string, string> Environment { get; init; } = new Dictionary<string, string>();

    public IReadOnlyList<ConfigurationOverride> Overrides { get; init; } = [];

    /// <summary>Name of the machine, for the default of node.name.</summary>
    public string HostName { get; init; } = System.Environment.MachineName;

    public ConfigurationChecks Checks { get; init; } = new();

    /// <summary>The inputs of this process.</summary>
    public static ConfigurationInputs OfProcess(
        string mainFile, IReadOnlyList<ConfigurationOverride> overrides, ConfigurationChecks checks)
    {
        var environment = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (DictionaryEntry entry in System.Environment.GetEnvironmentVariables())
            environment[(string)entry.Key] = (string?)entry.Value ?? "";
        return new ConfigurationInputs
        {
            MainFile = Path.GetFullPath(mainFile),
            Environment = environment,
            Overrides = overrides,
            Checks = checks,
        };
    }
}
