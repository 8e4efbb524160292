namespace Whalescale.Agent.Plugins;

/// <summary>A row of the table of modules and plugins.</summary>
/// <param name="Kind">"scheduler" and so on; "plugin" for a plugin none of whose modules is there.</param>
/// <param name="Name">Name by which configuration picks it.</param>
/// <param name="Version">Version of its assembly; empty if none was loaded.</param>
/// <param name="ApiLevel">Level of the contracts it was built against; 0 if not known.</param>
/// <param name="Origin">"built-in", or the directory of the plugin.</param>
/// <param name="State">Where it stands.</param>
/// <param name="Reason">Why, for refused, faulted and leaked.</param>
internal sealed record ModuleStatus(
    string Kind, string Name, string Version, int ApiLevel, string Origin, ModuleState State, string? Reason)
{
    public const string BuiltIn = "built-in";

    public const string PluginKind = "plugin";
}

/// <summary>Where a module or plugin stands.</summary>
internal enum ModuleState
{
    /// <summary>Verified, not loaded.</summary>
    Discovered,

    /// <summary>Not loaded, for a reason.</summary>
    Refused,

    /// <summary>Loaded, not picked by anything.</summary>
    Loaded,

    /// <summary>Picked.</summary>
    Active,

    /// <summary>Threw while in use, and was replaced.</summary>
    Faulted,

    /// <summary>Being unloaded; nothing new is given to it.</summary>
    Draining,

    /// <summary>Its code is gone from memory.</summary>
    Unloaded,

    /// <summary>Unloaded as far as we are concerned, but something still holds its code.</summary>
    Leaked,
}

/// <summary>The states as text.</summary>
internal static class ModuleStates
{
    public static string Text(this ModuleState state) => state switch
    {
        ModuleState.Discovered => "discovered",
        ModuleState.Refused => "refused",
        ModuleState.Loaded => "loaded",
        ModuleState.Active => "active",
        ModuleState.Faulted => "faulted",
        ModuleState.Draining => "draining",
        ModuleState.Unloaded => "unloaded",
        _ => "leaked",
    };
}
