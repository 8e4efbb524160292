using Whalescale.Connectors;

namespace Whalescale.Agent.Plugins;

/// <summary>Whether nobody but root and the agent's own user can change what lies at a path.</summary>
internal static class PluginTrust
{
    /// <exception cref="PluginRefusedException">Somebody else can; or this system cannot tell.</exception>
    public static void RequireDirectory(string directory)
    {
        if (!Path.IsPathFullyQualified(directory))
            throw new PluginRefusedException($"{directory} is not an absolute path");
        if (!OperatingSystem.IsLinux())
            throw new PluginRefusedException("plugins are refused on this system: who may write their files cannot be told");

        UnixFile found = Find(directory);
        RequireOwner(directory, found);
        if (found.IsWritableByOthers) throw Writable(directory);
        for (string? parent = Path.GetDirectoryName(directory); parent is not null; parent = Path.GetDirectoryName(parent))
        {
            UnixFile above = Find(parent);
            RequireOwner(parent, above);
            // In a sticky directory such as /tmp others may add entries, but not replace one of ours.
            if (above.IsWritableByOthers && !above.Mode.HasFlag(UnixFileMode.StickyBit)) throw Writable(parent);
        }
    }

    /// <summary>A regular file, owned like the directories and written by its owner alone.</summary>
    /// <exception cref="PluginRefusedException">It is not.</exception>
    public static void RequireFile(string path)
    {
        UnixFile found = UnixFile.Find(path) ?? throw new PluginRefusedException($"there is no {path}");
        if (found.Kind == UnixFileKind.SymbolicLink) throw new PluginRefusedException($"{path} is a symbolic link");
        if (found.Kind != UnixFileKind.Regular) throw new PluginRefusedException($"{path} is not a regular file");
        RequireOwner(path, found);
        if (found.IsWritableByOthers) throw Writable(path);
    }

    private static UnixFile Find(string directory)
    {
        UnixFile found = UnixFile.Find(directory) ?? throw new PluginRefusedException($"there is no directory {directory}");
        return found.Kind switch
        {
            UnixFileKind.Directory => found,
            UnixFileKind.SymbolicLink => throw new PluginRefusedException($"{directory} is a symbolic link"),
            _ => throw new PluginRefusedException($"{directory} is not a directory"),
        };
    }

    private static void RequireOwner(string path, UnixFile found)
    {
        if (found.UserId != 0 && found.UserId != UnixAccounts.EffectiveUserId)
            throw new PluginRefusedException($"{path} belongs to user {found.UserId}, neither root nor the agent's own");
    }

    private static PluginRefusedException Writable(string path) =>
        new($"{path} can be written by others than its owner; run: chmod go-w {path}");
}
