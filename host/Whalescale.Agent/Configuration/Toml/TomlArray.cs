namespace Whalescale.Agent.Configuration.Toml;

/// <summary>An array: written as a list of values, or as a row of <c>[[headers]]</c>.</summary>
internal sealed record TomlArray(TomlPosition Position, bool IsOfHeaders = false) : TomlValue(Position)
{
    private readonly List<TomlValue> _items = [];

    public IReadOnlyList<TomlValue> Items => _items;

    /// <summary>Whether <c>[[headers]]</c> made it: only then may more of them add to it.</summary>
    public bool IsOfHeaders { get; } = IsOfHeaders;

    public override string KindName => "a list";

    internal void Add(TomlValue item) => _items.Add(item);
}
