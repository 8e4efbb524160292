using System.Composition;
using System.Composition.Hosting;
using System.Reflection;

namespace Whalescale.Agent.Plugins;

/// <summary>A factory that an assembly exports, and what it says of itself.</summary>
/// <param name="Contract">The exported type.</param>
/// <param name="Factory">The factory; it has done nothing yet.</param>
/// <param name="Name">Its name.</param>
/// <param name="ApiLevel">Level of the contracts it was built against.</param>
internal sealed record ModuleExport(Type Contract, object Factory, string Name, int ApiLevel)
{
    public ModuleKind Kind => ModuleKinds.Of(Contract);

    /// <summary>Version of the assembly it comes from.</summary>
    public string Version
    {
        get
        {
            Assembly assembly = Factory.GetType().Assembly;
            return AgentVersion.Short(
                assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion
                ?? assembly.GetName().Version?.ToString(3));
        }
    }
}

/// <summary>Finds what assemblies export. Composition serves for this alone; nothing is injected into
/// anything.</summary>
internal sealed class ModuleExports
{
    [ImportMany]
    public IEnumerable<Lazy<IModuleFactory<IPacketScheduler>, ModuleMetadata>> Schedulers { get; set; } = [];

    [ImportMany]
    public IEnumerable<Lazy<IModuleFactory<INatStrategy>, ModuleMetadata>> NatStrategies { get; set; } = [];

    [ImportMany]
    public IEnumerable<Lazy<IModuleFactory<IPortMapper>, ModuleMetadata>> PortMappers { get; set; } = [];

    [ImportMany]
    public IEnumerable<Lazy<IModuleFactory<IDiscoverySource>, ModuleMetadata>> DiscoverySources { get; set; } = [];

    [ImportMany]
    public IEnumerable<Lazy<IModuleFactory<IPathProvider>, ModuleMetadata>> PathProviders { get; set; } = [];

    [ImportMany]
    public IEnumerable<Lazy<ITunDeviceFactory, ModuleMetadata>> TunDevices { get; set; } = [];

    [ImportMany]
    public IEnumerable<Lazy<IConnectorFactory, ModuleMetadata>> Connectors { get; set; } = [];

    /// <summary>Every export of the assemblies, with its factory made, ordered by kind and name.</summary>
    /// <exception cref="CompositionFailedException">An export is not of the type it claims.</exception>
    public static IReadOnlyList<ModuleExport> Of(IEnumerable<Assembly> assemblies)
    {
        using CompositionHost container = new ContainerConfiguration().WithAssemblies(assemblies).CreateContainer();
        var found = new ModuleExports();
        container.SatisfyImports(found);
        return
        [
            .. found.All().OrderBy(export => export.Kind).ThenBy(export => export.Name, StringComparer.Ordinal),
        ];
    }

    private IEnumerable<ModuleExport> All() =>
    [
        .. Read(Schedulers), .. Read(NatStrategies), .. Read(PortMappers), .. Read(DiscoverySources),
        .. Read(PathProviders), .. Read(TunDevices), .. Read(Connectors),
    ];

    private static IEnumerable<ModuleExport> Read<T>(IEnumerable<Lazy<T, ModuleMetadata>> exports)
        where T : class =>
        exports.Select(export => new ModuleExport(typeof(T), export.Value, export.Metadata.Name, export.Metadata.ApiLevel));
}
