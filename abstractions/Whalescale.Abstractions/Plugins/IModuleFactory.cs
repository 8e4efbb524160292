namespace Whalescale.Abstractions;

/// <summary>Makes modules of one kind. What a module or plugin exports.</summary>
/// <remarks>
/// <code>
/// [Export(typeof(IModuleFactory&lt;IPacketScheduler&gt;))]
/// [ExportMetadata("Name", "first-path"), ExportMetadata("ApiLevel", ContractVersion.Current)]
/// public sealed class FirstPathFactory : IModuleFactory&lt;IPacketScheduler&gt; { … }
/// </code>
/// The factory has a public parameterless constructor that does nothing; work begins in <see cref="Create"/>.
/// </remarks>
/// <typeparam name="TModule">One of the contracts: <see cref="IPacketScheduler"/>, <see cref="INatStrategy"/>,
/// <see cref="IPortMapper"/>, <see cref="IDiscoverySource"/>, <see cref="IPathProvider"/>.</typeparam>
public interface IModuleFactory<out TModule>
    where TModule : class
{
    /// <summary>A new module. What it may touch is what the context holds.</summary>
    TModule Create(ModuleContext context);
}

/// <summary>All that a module is given.</summary>
/// <param name="Settings">The module's own table of the configuration, as text.</param>
/// <param name="Log">Writes a line to the agent's log; never call it per packet.</param>
/// <param name="Random">A stream of chance of the module's own.</param>
public sealed record ModuleContext(
    IReadOnlyDictionary<string, string> Settings, Action<ModuleLogLevel, string> Log, RandomSource Random);

/// <summary>Levels of a module's log lines.</summary>
public enum ModuleLogLevel : byte
{
    /// <summary>For whoever looks for a fault.</summary>
    Debug,

    /// <summary>An operator would tell a colleague.</summary>
    Information,

    /// <summary>Worth being woken for.</summary>
    Warning,
}

/// <summary>What an export says of itself; filled from its <c>ExportMetadata</c>.</summary>
public sealed class ModuleMetadata
{
    /// <summary>Name by which configuration picks it: lower case, words joined by hyphens.</summary>
    public string Name { get; set; } = "";

    /// <summary>The <see cref="ContractVersion.Current"/> it was built against.</summary>
    public int ApiLevel { get; set; }
}

/// <summary>Version of the contracts in this assembly.</summary>
public static class ContractVersion
{
    /// <summary>Raised with every change that an existing plugin would not survive.</summary>
    public const int Current = 1;
}
