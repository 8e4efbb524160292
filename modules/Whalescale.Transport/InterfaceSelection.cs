using System.IO.Enumeration;

namespace Whalescale.Transport;

/// <summary>Which interfaces are to be underlays.</summary>
/// <param name="Patterns">Names with * as wildcard, or none: every interface that leads outside.</param>
/// <param name="Excluded">Name that is never one: our own TUN device.</param>
internal sealed record InterfaceSelection(IReadOnlyList<string> Patterns, string? Excluded)
{
    /// <summary>Reads the settings <c>interfaces</c> and <c>exclude</c>.</summary>
    internal static InterfaceSelection From(IReadOnlyDictionary<string, string> settings)
    {
        const StringSplitOptions Options = StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries;
        string[] patterns = settings.TryGetValue("interfaces", out string? list) ? list.Split(',', Options) : [];
        string? excluded = settings.TryGetValue("exclude", out string? name) && name.Length > 0 ? name : null;
        return new InterfaceSelection(patterns, excluded);
    }

    /// <summary>Whether this interface is to be an underlay.</summary>
    internal bool Selects(InterfaceSnapshot snapshot)
    {
        string name = snapshot.Underlay.Name;
        if (!snapshot.IsUp || snapshot.Underlay.Addresses.Count == 0 || name == Excluded) return false;
        if (Patterns.Count == 0) return !snapshot.IsLoopback && !snapshot.IsTunnel;

        foreach (string pattern in Patterns)
        {
            if (FileSystemName.MatchesSimpleExpression(pattern, name, ignoreCase: OperatingSystem.IsWindows()))
                return true;
        }

        return false;
    }
}
