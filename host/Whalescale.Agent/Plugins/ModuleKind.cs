namespace Whalescale.Agent.Plugins;

/// <summary>What a module is for; configuration picks one by kind and name.</summary>
internal enum ModuleKind
{
    /// <summary>Chooses paths for packets.</summary>
    Scheduler,

    /// <summary>Gets through NATs: strategies and port mappers alike.</summary>
    Nat,

    /// <summary>Finds addresses of peers.</summary>
    Discovery,

    /// <summary>Finds underlay networks.</summary>
    PathProvider,

    /// <summary>Makes TUN devices.</summary>
    Tun,

    /// <summary>Carries the local API.</summary>
    Connector,
}

/// <summary>Names and contracts of the kinds.</summary>
internal static class ModuleKinds
{
    /// <summary>Each contract that can be exported, with its kind.</summary>
    private static readonly Dictionary<Type, ModuleKind> Contracts = new()
    {
        [typeof(IModuleFactory<IPacketScheduler>)] = ModuleKind.Scheduler,
        [typeof(IModuleFactory<INatStrategy>)] = ModuleKind.Nat,
        [typeof(IModuleFactory<IPortMapper>)] = ModuleKind.Nat,
        [typeof(IModuleFactory<IDiscoverySource>)] = ModuleKind.Discovery,
        [typeof(IModuleFactory<IPathProvider>)] = ModuleKind.PathProvider,
        [typeof(ITunDeviceFactory)] = ModuleKind.Tun,
        [typeof(IConnectorFactory)] = ModuleKind.Connector,
    };

    /// <summary>The kind as people and programs read it.</summary>
    public static string Text(this ModuleKind kind) => kind switch
    {
        ModuleKind.Scheduler => "scheduler",
        ModuleKind.Nat => "nat",
        ModuleKind.Discovery => "discovery",
        ModuleKind.PathProvider => "path-provider",
        ModuleKind.Tun => "tun",
        _ => "connector",
    };

    /// <summary>The kind of a contract.</summary>
    /// <exception cref="ArgumentException">No module exports this type.</exception>
    public static ModuleKind Of(Type contract) => Contracts.TryGetValue(contract, out ModuleKind kind)
        ? kind
        : throw new ArgumentException($"{contract} is no module contract.", nameof(contract));
}
