using System.Composition.Hosting;
using System.Reflection;
using System.Runtime.CompilerServices;

namespace Whalescale.Agent.Plugins;

/// <summary>A plugin that the configuration names: its code if it is loaded, and where it stands. Guarded by the
/// catalogue.</summary>
internal sealed class PluginSlot(string name, string origin)
{
    /// <summary>Collections that are tried before a plugin counts as leaked; a second one catches finalizers'
    /// leavings.</summary>
    private const int CollectionsBeforeLeak = 10;

    private PluginLoadContext? _context;

    public string Name => name;

    public string Origin => origin;

    public ModuleState State { get; set; } = ModuleState.Discovered;

    public string? Reason { get; set; }

    public int ApiLevel { get; set; }

    /// <summary>Loads the code and returns what it exports.</summary>
    /// <exception cref="PluginRefusedException">It cannot be loaded, or exports nothing usable.</exception>
    public IReadOnlyList<ModuleExport> Load(PluginPackage package)
    {
        var context = new PluginLoadContext(name, package.Files);
        try
        {
            Assembly entry = context.LoadFile(package.Manifest.Entry);
            IReadOnlyList<ModuleExport> exports = ModuleExports.Of([entry]);
            if (exports.Count == 0)
                throw new PluginRefusedException($"{package.Manifest.Entry} exports no module of a known contract");
            _context = context;
            return exports;
        }
        catch (PluginRefusedException)
        {
            context.Unload();
            throw;
        }
        catch (CompositionFailedException failure)
        {
            context.Unload();
            throw new PluginRefusedException($"its exports do not fit the contracts: {Flat(failure.Message)}", failure);
        }
#pragma warning disable CA1031 // Foreign code and foreign metadata throw what they like; none of it may stop the agent.
        catch (Exception failure)
#pragma warning restore CA1031
        {
            context.Unload();
            throw new PluginRefusedException($"it cannot be loaded: {Flat(failure.GetBaseException().Message)}", failure);
        }
    }

    /// <summary>Lets the code go and watches whether it leaves.</summary>
    /// <returns>Whether it left.</returns>
    public bool Unload()
    {
        if (Release() is not { } watched) return true;
        for (int round = 0; watched.IsAlive && round < CollectionsBeforeLeak; round++)
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
        }

        return !watched.IsAlive;
    }

    /// <summary>Apart, so that no register or stack slot of the caller keeps the context alive.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private WeakReference? Release()
    {
        if (_context is not { } context) return null;
        var watched = new WeakReference(context, trackResurrection: true);
        context.Unload();
        _context = null;
        return watched;
    }

    private static string Flat(string message) => Printable.Escape(message.ReplaceLineEndings(" "));
}
