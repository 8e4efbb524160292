using System.Composition;
using System.Reflection;
using System.Runtime.Loader;

namespace Whalescale.Agent.Plugins;

/// <summary>Holds the code of one plugin apart from everything else, so that it can be let go. No sandbox: a plugin is
/// full-trust code.</summary>
/// <remarks>
/// What the contract speaks of is resolved to the default context first, even if the plugin brings a copy: each
/// contract type has one identity. Everything else comes from the verified bytes of the plugin, never from a file.
/// Of this executable a plugin sees Whalescale.Abstractions alone.
/// </remarks>
internal sealed class PluginLoadContext(string name, IReadOnlyDictionary<string, byte[]> files)
    : AssemblyLoadContext($"plugin {name}", isCollectible: true)
{
    /// <summary>The contract, its attributes, and what they are made of.</summary>
    private static readonly HashSet<string> Shared = FindShared();

    /// <summary>Loads the assembly from the file of this name.</summary>
    /// <exception cref="PluginRefusedException">It refers to a part of this executable that is no contract.</exception>
    public Assembly LoadFile(string file)
    {
        using var bytes = new MemoryStream(files[file], writable: false);
        Assembly assembly = LoadFromStream(bytes);
        foreach (AssemblyName reference in assembly.GetReferencedAssemblies())
        {
            if (IsForbidden(reference.Name!))
                throw new PluginRefusedException($"{file} refers to {reference.Name}; a plugin sees {ContractName} alone");
        }

        return assembly;
    }

    protected override Assembly? Load(AssemblyName assemblyName)
    {
        string simple = assemblyName.Name!;
        if (Shared.Contains(simple)) return null;
        if (IsForbidden(simple)) throw new FileNotFoundException($"A plugin sees {ContractName} alone, not {simple}.");
        return files.ContainsKey(simple + ".dll") ? LoadFile(simple + ".dll") : null;
    }

    private static string ContractName => typeof(IPacketScheduler).Assembly.GetName().Name!;

    private bool IsForbidden(string simple) =>
        simple.StartsWith("whalescale", StringComparison.OrdinalIgnoreCase)
        && simple != ContractName
        && !files.ContainsKey(simple + ".dll");

    private static HashSet<string> FindShared()
    {
        Assembly[] roots = [typeof(IPacketScheduler).Assembly, typeof(ExportAttribute).Assembly];
        return
        [
            .. roots.Select(root => root.GetName().Name!),
            .. roots.SelectMany(root => root.GetReferencedAssemblies()).Select(reference => reference.Name!),
        ];
    }
}
