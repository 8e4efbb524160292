using System.Reflection;
using Microsoft.Extensions.Logging;
using Whalescale.Agent.Configuration;
using Whalescale.Connectors;

namespace Whalescale.Agent.Plugins;

/// <summary>Everything that configuration can pick by name: the built-in modules and the plugins, found the same
/// way.</summary>
/// <remarks>
/// A plugin goes Discovered → Loaded → Active → Draining → Unloaded. It ends as Refused where verification or loading
/// fails, as Faulted where it throws in use, and as Leaked where something still holds its code after unloading. None
/// of these stops the agent. Thread-safe.
/// </remarks>
internal sealed class PluginCatalogue
{
    private readonly Lock _gate = new();
    private readonly ILogger _logger;
    private readonly string? _directory;
    private readonly List<ModuleEntry> _entries = [];
    private readonly List<PluginSlot> _plugins = [];

    /// <summary>A catalogue of what these assemblies export.</summary>
    /// <param name="builtIn">Assemblies of this executable.</param>
    /// <param name="directory">Directory of plugin directories; null: no plugins.</param>
    /// <param name="logger">Where lines go.</param>
    public PluginCatalogue(IEnumerable<Assembly> builtIn, string? directory, ILogger logger)
    {
        (_directory, _logger) = (directory, logger);
        foreach (ModuleExport export in ModuleExports.Of(builtIn))
        {
            if (ReasonAgainst(export) is { } reason)
                PluginLog.BuiltInRefused(logger, export.Kind.Text(), export.Name, reason);
            else
                _entries.Add(new ModuleEntry(export, null));
        }
    }

    /// <summary>The assemblies of this executable that export modules.</summary>
    public static IReadOnlyList<Assembly> BuiltInAssemblies { get; } =
    [
        Assembly.Load("Whalescale.Multipath"),
        Assembly.Load("Whalescale.Transport"),
        Assembly.Load("Whalescale.Tun"),
        typeof(UnixConnectorFactory).Assembly,
        typeof(PluginCatalogue).Assembly,
    ];

    /// <summary>One row for each module, and one for each plugin that has no module here.</summary>
    public IReadOnlyList<ModuleStatus> Modules
    {
        get
        {
            lock (_gate)
            {
                return
                [
                    .. _entries.Select(entry => entry.Status),
                    .. _plugins.Where(plugin => _entries.TrueForAll(entry => entry.Plugin != plugin)).Select(Row),
                ];
            }
        }
    }

    /// <summary>Names that configuration may pick for this kind, sorted.</summary>
    public IReadOnlyList<string> Names(ModuleKind kind)
    {
        lock (_gate)
        {
            return
            [
                .. _entries.Where(entry => entry.Export.Kind == kind && entry.State != ModuleState.Faulted)
                    .Select(entry => entry.Export.Name).Order(StringComparer.Ordinal),
            ];
        }
    }

    /// <summary>The module of this contract and name; from now on it counts as active.</summary>
    /// <typeparam name="TContract">The exported type, such as IModuleFactory of IPacketScheduler.</typeparam>
    /// <exception cref="ModuleNotFoundException">There is none; the message lists what there is.</exception>
    public TContract Get<TContract>(string name)
        where TContract : class
    {
        ModuleKind kind = ModuleKinds.Of(typeof(TContract));
        lock (_gate)
        {
            ModuleEntry? found = _entries.Find(entry =>
                entry.Export.Contract == typeof(TContract) && entry.Export.Name == name
                && entry.State is ModuleState.Loaded or ModuleState.Active);
            if (found is null) throw new ModuleNotFoundException(Unknown(kind, name));
            found.State = ModuleState.Active;
            if (found.Plugin is { } plugin) plugin.State = ModuleState.Active;
            return (TContract)found.Export.Factory;
        }
    }

    /// <summary>Every module of a contract with its name; none of them counts as active by this.</summary>
    public IReadOnlyList<KeyValuePair<string, TContract>> All<TContract>()
        where TContract : class
    {
        lock (_gate)
        {
            return
            [
                .. _entries.Where(entry => entry.Export.Contract == typeof(TContract))
                    .Select(entry => KeyValuePair.Create(entry.Export.Name, (TContract)entry.Export.Factory)),
            ];
        }
    }

    /// <summary>"no scheduler is called 'x'; there are …": what the user is told.</summary>
    public string Unknown(ModuleKind kind, string name)
    {
        IReadOnlyList<string> names = Names(kind);
        string known = names.Count == 0 ? "there are none" : $"there are {string.Join(", ", names)}";
        return $"no {kind.Text()} is called '{Printable.Escape(name)}'; {known}";
    }

    /// <summary>Marks a module that threw; it is not given out again.</summary>
    public void Fault(ModuleKind kind, string name, string reason)
    {
        lock (_gate)
        {
            ModuleEntry? entry = _entries.Find(candidate => candidate.Export.Kind == kind && candidate.Export.Name == name);
            if (entry is null) return;
            (entry.State, entry.Reason) = (ModuleState.Faulted, Printable.Escape(reason));
            if (entry.Plugin is { } plugin) (plugin.State, plugin.Reason) = (ModuleState.Faulted, entry.Reason);
        }

        PluginLog.Faulted(_logger, kind.Text(), name, Printable.Escape(reason));
    }

    /// <summary>Loads every plugin that the configuration names; one that is refused does not hinder the
    /// others.</summary>
    public void LoadAll(IEnumerable<PluginLoadOptions> plugins)
    {
        foreach (PluginLoadOptions plugin in plugins) Load(plugin.Name, plugin.Sha256);
    }

    /// <summary>Verifies a plugin without running any of its code.</summary>
    /// <returns>Its row: discovered, or refused with the reason.</returns>
    public ModuleStatus Verify(string name, string sha256) => Admit(name, sha256, load: false);

    /// <summary>Verifies a plugin and loads it.</summary>
    /// <param name="name">Name of the plugin and its directory.</param>
    /// <param name="sha256">Hash of its plugin.toml, in hex.</param>
    /// <returns>Its row: loaded, or refused with the reason.</returns>
    public ModuleStatus Load(string name, string sha256) => Admit(name, sha256, load: true);

    /// <summary>Takes a plugin's modules out of the catalogue and its code out of memory.</summary>
    /// <remarks>Whoever got a module from <see cref="Get"/> has let go of it and of all it made, or the plugin
    /// leaks.</remarks>
    /// <returns>Its row: unloaded or leaked; null if no such plugin is loaded.</returns>
    public ModuleStatus? Unload(string name)
    {
        PluginSlot? plugin;
        lock (_gate)
        {
            plugin = _plugins.Find(candidate => candidate.Name == name);
            if (plugin is not { State: ModuleState.Loaded or ModuleState.Active or ModuleState.Faulted }) return null;
            plugin.State = ModuleState.Draining;
            _entries.RemoveAll(entry => entry.Plugin == plugin);
        }

        bool left = plugin.Unload();
        lock (_gate)
        {
            plugin.State = left ? ModuleState.Unloaded : ModuleState.Leaked;
            plugin.Reason = left ? null : "something still holds its code";
        }

        if (left) PluginLog.Unloaded(_logger, name);
        else PluginLog.Leaked(_logger, name);
        return Row(plugin);
    }

    private ModuleStatus Admit(string name, string sha256, bool load)
    {
        var plugin = new PluginSlot(Printable.Escape(name), Path.Combine(_directory ?? "", Printable.Escape(name)));
        lock (_gate)
        {
            try
            {
                if (_plugins.Exists(known => known.Name == name && IsPresent(known)))
                    throw new PluginRefusedException("a plugin of this name is loaded already");
                if (_directory is null)
                    throw new PluginRefusedException("the configuration names no [plugins] directory");
                PluginPackage package = PluginPackage.Read(_directory, name, sha256);
                plugin.ApiLevel = package.Manifest.ApiLevel;
                if (load) Enter(plugin, package);
            }
            catch (PluginRefusedException refusal)
            {
                (plugin.State, plugin.Reason) = (ModuleState.Refused, refusal.Message);
                PluginLog.Refused(_logger, plugin.Name, refusal.Message);
            }

            _plugins.RemoveAll(known => known.Name == plugin.Name && !IsPresent(known));
            _plugins.Add(plugin);
            return Row(plugin);
        }
    }

    private void Enter(PluginSlot plugin, PluginPackage package)
    {
        IReadOnlyList<ModuleExport> exports = plugin.Load(package);
        foreach (ModuleExport export in exports)
        {
            string? reason = ReasonAgainst(export);
            if (reason is null && exports.Any(other => other != export && IsSame(other, export)))
                reason = $"it exports {export.Kind.Text()} '{export.Name}' twice";
            if (reason is null) continue;
            plugin.Unload();
            throw new PluginRefusedException(reason);
        }

        _entries.AddRange(exports.Select(export => new ModuleEntry(export, plugin)));
        plugin.State = ModuleState.Loaded;
        string modules = string.Join(", ", exports.Select(export => $"{export.Kind.Text()} {export.Name}"));
        PluginLog.Loaded(_logger, plugin.Name, modules);
    }

    /// <returns>Why the export cannot be taken, or null.</returns>
    private string? ReasonAgainst(ModuleExport export)
    {
        if (!PluginManifest.IsName(export.Name))
            return $"'{Printable.Escape(export.Name)}' is no module name: lower-case letters, digits and hyphens";
        if (export.ApiLevel != ContractVersion.Current)
            return $"{export.Name} was built for API level {export.ApiLevel}, this agent has {ContractVersion.Current}";
        ModuleEntry? same = _entries.Find(entry => IsSame(entry.Export, export));
        return same is null
            ? null
            : $"there is a {export.Kind.Text()} '{export.Name}' already, {same.Status.Origin}; rename one of them";
    }

    private static bool IsSame(ModuleExport one, ModuleExport other) => one.Kind == other.Kind && one.Name == other.Name;

    private static bool IsPresent(PluginSlot plugin) =>
        plugin.State is ModuleState.Loaded or ModuleState.Active or ModuleState.Faulted or ModuleState.Draining;

    private static ModuleStatus Row(PluginSlot plugin) => new(
        ModuleStatus.PluginKind, plugin.Name, "", plugin.ApiLevel, plugin.Origin, plugin.State, plugin.Reason);

    /// <summary>A module in the catalogue.</summary>
    private sealed class ModuleEntry(ModuleExport export, PluginSlot? plugin)
    {
        public ModuleExport Export => export;

        public PluginSlot? Plugin => plugin;

        public ModuleState State { get; set; } = ModuleState.Loaded;

        public string? Reason { get; set; }

        public ModuleStatus Status => new(
            export.Kind.Text(), export.Name, export.Version, export.ApiLevel, plugin?.Origin ?? ModuleStatus.BuiltIn,
            State, Reason);
    }
}
