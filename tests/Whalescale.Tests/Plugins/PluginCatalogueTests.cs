using System.Runtime.CompilerServices;
using System.Runtime.Loader;
using Microsoft.Extensions.Logging.Abstractions;
using Whalescale.Agent;
using Whalescale.Agent.Configuration;
using Whalescale.Agent.Plugins;
using Whalescale.Connectors;

namespace Whalescale.Tests.Plugins;

public sealed class PluginCatalogueTests : IDisposable
{
    private readonly PluginDirectory _directory = new();
    private readonly PluginCatalogue _catalogue;

    public PluginCatalogueTests() =>
        _catalogue = new PluginCatalogue(PluginCatalogue.BuiltInAssemblies, _directory.Path, NullLogger.Instance);

    public void Dispose() => _directory.Dispose();

    [Fact]
    public void Built_in_modules_are_found_by_kind_and_name()
    {
        Assert.Contains("unix", _catalogue.Names(ModuleKind.Connector));
        Assert.Contains("manual", _catalogue.Names(ModuleKind.Discovery));
        Assert.Equal(ConnectorMode.Unix, _catalogue.Get<IConnectorFactory>("unix").Mode);
        Assert.Equal(
            new ModuleStatus("connector", "unix", "0.1.0", 1, "built-in", ModuleState.Active, null),
            Assert.Single(_catalogue.Modules, module => module.Kind == "connector"));
    }

    [Fact]
    public void An_unknown_name_is_answered_with_the_known_ones()
    {
        ModuleNotFoundException missing = Assert.Throws<ModuleNotFoundException>(
            () => _catalogue.Get<IModuleFactory<IDiscoverySource>>("manaul"));
        Assert.StartsWith("no discovery is called 'manaul'; there are ", missing.Message, StringComparison.Ordinal);
        Assert.Contains("manual", missing.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_plugin_that_is_built_apart_is_loaded_found_used_and_leaves_no_trace()
    {
        string sha256 = _directory.Install("first-path", PluginDirectory.TemplateBytes);
        ModuleStatus loaded = _catalogue.Load("first-path", sha256);
        Assert.Equal((ModuleState.Loaded, null), (loaded.State, loaded.Reason));

        (WeakReference factory, WeakReference context) = UseFirstPath();
        Assert.Equal(
            (ModuleState.Active, _directory.Home("first-path")),
            _catalogue.Modules.Where(module => module.Name == "first-path")
                .Select(module => (module.State, module.Origin)).Single());

        ModuleStatus unloaded = _catalogue.Unload("first-path")!;
        Assert.Equal((ModuleState.Unloaded, null), (unloaded.State, unloaded.Reason));
        Assert.False(factory.IsAlive);
        Assert.False(context.IsAlive);
        Assert.DoesNotContain("first-path", _catalogue.Names(ModuleKind.Scheduler));
    }

    [Fact]
    public void A_plugin_can_come_back_after_it_was_unloaded()
    {
        string sha256 = _directory.Install("first-path", PluginDirectory.TemplateBytes);
        _catalogue.Load("first-path", sha256);
        _catalogue.Unload("first-path");
        Assert.Equal(ModuleState.Loaded, _catalogue.Load("first-path", sha256).State);
        Assert.Single(_catalogue.Modules, module => module.Name == "first-path");
        Assert.Equal(ModuleState.Unloaded, _catalogue.Unload("first-path")!.State);
    }

    [Fact]
    public void A_plugin_that_somebody_holds_on_to_is_reported_as_leaked()
    {
        _catalogue.Load("first-path", _directory.Install("first-path", PluginDirectory.TemplateBytes));
        var held = _catalogue.Get<IModuleFactory<IPacketScheduler>>("first-path");
        ModuleStatus leaked = _catalogue.Unload("first-path")!;
        Assert.Equal(ModuleState.Leaked, leaked.State);
        Assert.NotNull(leaked.Reason);
        GC.KeepAlive(held);
    }

    [Fact]
    public void A_plugin_shares_the_contracts_even_if_it_brings_a_copy_of_them()
    {
        byte[] contracts = File.ReadAllBytes(typeof(IPacketScheduler).Assembly.Location);
        byte[] template = PluginDirectory.TemplateBytes;
        string manifest = $"""
            name = "first-path"
            entry = "plugin.dll"
            api_level = 1
            [files]
            "plugin.dll" = "{PluginDirectory.Hash(template)}"
            "Whalescale.Abstractions.dll" = "{PluginDirectory.Hash(contracts)}"
            """;
        string sha256 = _directory.Install(
            "first-path", manifest, ("plugin.dll", template), ("Whalescale.Abstractions.dll", contracts));
        Assert.Equal(ModuleState.Loaded, _catalogue.Load("first-path", sha256).State);
        Assert.NotNull(_catalogue.Get<IModuleFactory<IPacketScheduler>>("first-path"));
    }

    [Fact]
    public void A_faulted_module_is_not_given_out_again()
    {
        _catalogue.Load("first-path", _directory.Install("first-path", PluginDirectory.TemplateBytes));
        _catalogue.Get<IModuleFactory<IPacketScheduler>>("first-path");
        _catalogue.Fault(ModuleKind.Scheduler, "first-path", "threw\u001b[31m");
        Assert.Throws<ModuleNotFoundException>(() => _catalogue.Get<IModuleFactory<IPacketScheduler>>("first-path"));
        ModuleStatus row = Assert.Single(_catalogue.Modules, module => module.Name == "first-path");
        Assert.Equal((ModuleState.Faulted, "threw\\u001b[31m"), (row.State, row.Reason));
    }

    [Fact]
    public void Verification_runs_no_code_of_the_plugin()
    {
        string sha256 = _directory.Install("forged", ForgedPlugin.Make(throws: true));
        ModuleStatus row = _catalogue.Verify("forged", sha256);
        Assert.Equal((ModuleState.Discovered, null), (row.State, row.Reason));
        Assert.DoesNotContain("forged", _catalogue.Names(ModuleKind.Scheduler));
        Refused(_catalogue.Load("forged", sha256), "the constructor threw");
    }

    [Fact]
    public void One_refused_plugin_does_not_hinder_the_others()
    {
        string sha256 = _directory.Install("first-path", PluginDirectory.TemplateBytes);
        _catalogue.LoadAll(
        [
            new PluginLoadOptions("missing", sha256),
            new PluginLoadOptions("first-path", sha256),
        ]);
        Assert.Contains("first-path", _catalogue.Names(ModuleKind.Scheduler));
        ModuleStatus row = Assert.Single(_catalogue.Modules, module => module.Name == "missing");
        Assert.Equal(("plugin", ModuleState.Refused), (row.Kind, row.State));
    }

    [Fact]
    public void A_module_name_that_is_taken_is_refused()
    {
        _catalogue.Load("one", _directory.Install("one", ForgedPlugin.Make("same-name")));
        ModuleStatus second = _catalogue.Load("two", _directory.Install("two", ForgedPlugin.Make("same-name")));
        Refused(second, "there is a scheduler 'same-name' already");
        Refused(_catalogue.Load("one", new string('0', 64)), "loaded already");
        Assert.Equal(ModuleState.Loaded, Assert.Single(_catalogue.Modules, module => module.Name == "same-name").State);
    }

    [Fact]
    public void What_does_not_fit_the_contracts_is_refused()
    {
        Refused(Load("bad-type", ForgedPlugin.Make(implements: false)), "");
        Refused(Load("no-export", ForgedPlugin.Make(isExported: false)), "exports no module");
        Refused(Load("old-export", ForgedPlugin.Make(apiLevel: 99)), "API level 99, this agent has 1");
        Refused(Load("bad-name", ForgedPlugin.Make("Bad Name")), "no module name");
        Refused(Load("throwing", ForgedPlugin.Make(throws: true)), "the constructor threw");
        Refused(Load("no-assembly", "MZ and nothing more"u8.ToArray()), "cannot be loaded");
        Refused(Load("nosy", ForgedPlugin.Make(mention: typeof(UnixConnectorFactory))), "Whalescale.Connectors");
    }

    [Fact]
    public void A_plugin_without_a_directory_in_the_configuration_is_refused()
    {
        var catalogue = new PluginCatalogue([], null, NullLogger.Instance);
        Refused(catalogue.Load("first-path", new string('0', 64)), "[plugins] directory");
    }

    private ModuleStatus Load(string name, byte[] assembly) => _catalogue.Load(name, _directory.Install(name, assembly));

    private static void Refused(ModuleStatus row, string because)
    {
        Assert.Equal(ModuleState.Refused, row.State);
        Assert.Contains(because, row.Reason, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', row.Reason!);
    }

    /// <summary>Apart, so that nothing of the plugin stays in the caller's frame.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private (WeakReference Factory, WeakReference Context) UseFirstPath()
    {
        var factory = _catalogue.Get<IModuleFactory<IPacketScheduler>>("first-path");
        AssemblyLoadContext context = AssemblyLoadContext.GetLoadContext(factory.GetType().Assembly)!;
        Assert.NotSame(AssemblyLoadContext.Default, context);
        Assert.True(context.IsCollectible);

        IPacketScheduler scheduler = factory.Create(
            new ModuleContext(new Dictionary<string, string>(), (_, _) => { }, new OperatingSystemRandom()));
        PathView[] paths =
        [
            new() { Id = new PathId(1), State = PathState.Suspect },
            new() { Id = new PathId(2), State = PathState.Active, Preference = 1 },
            new() { Id = new PathId(3), State = PathState.Active },
        ];
        var answers = new Assignment[2];
        scheduler.Assign(new PacketView[2], paths, default, answers);
        Assert.Equal([Assignment.To(2), Assignment.To(2)], answers);
        return (new WeakReference(factory), new WeakReference(context));
    }
}
