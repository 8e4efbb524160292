using System.Diagnostics.CodeAnalysis;

namespace Whalescale.Agent.Configuration.Toml;

/// <summary>One key and its value.</summary>
internal sealed record TomlEntry(string Key, TomlPosition KeyPosition, TomlValue Value);

/// <summary>What has defined a table so far; decides what may still be added to it (TOML 1.0.0, "Table").</summary>
internal enum TomlTableOrigin
{
    /// <summary>A deeper header named it in passing: a header may still define it, once.</summary>
    Implicit,

    /// <summary>A header: keys come only from the lines under it.</summary>
    Header,

    /// <summary>Dotted keys: more dotted keys of the same section may add, headers only tables below it.</summary>
    Dotted,

    /// <summary>Braces: complete, nothing may be added.</summary>
    Inline,
}

/// <summary>Keys and values in the order of the text.</summary>
internal sealed record TomlTable(TomlPosition Position) : TomlValue(Position)
{
    // Most tables hold a handful of keys, and a hostile text can make half a million of them: the index comes late.
    private const int IndexFrom = 9;

    private readonly List<TomlEntry> _entries = new(0);
    private Dictionary<string, TomlEntry>? _index;

    public IReadOnlyList<TomlEntry> Entries => _entries;

    public override string KindName => "a table";

    internal TomlTableOrigin Origin { get; set; }

    /// <summary>Finds a key; keys are told apart by case.</summary>
    public bool TryGet(string key, [NotNullWhen(true)] out TomlEntry? entry)
    {
        if (_index is not null) return _index.TryGetValue(key, out entry);
        entry = _entries.Find(candidate => candidate.Key == key);
        return entry is not null;
    }

    internal void Add(TomlEntry entry)
    {
        _entries.Add(entry);
        if (_index is not null) _index.Add(entry.Key, entry);
        else if (_entries.Count == IndexFrom) _index = _entries.ToDictionary(each => each.Key, StringComparer.Ordinal);
    }
}
