using System.Globalization;

namespace Whalescale.Agent.Configuration.Toml;

/// <summary>Puts keys into tables under the rules of TOML 1.0.0: everything is defined once, and what was written whole
/// stays as it is.</summary>
internal sealed class TomlTableBuilder(TomlCursor cursor)
{
    /// <summary>The table that a header opens, or null if the header is an error.</summary>
    /// <param name="root">The document.</param>
    /// <param name="path">Parts of the header, at least one.</param>
    /// <param name="isArray">Whether it stands in double brackets.</param>
    public TomlTable? Open(TomlTable root, List<TomlKeyPart> path, bool isArray)
    {
        TomlTable? table = root;
        foreach (TomlKeyPart part in path[..^1])
        {
            table = Descend(table, part);
            if (table is null) return null;
        }

        return isArray ? OpenElement(table, path[^1]) : OpenTable(table, path[^1]);
    }

    /// <summary>Sets a dotted key below <paramref name="table"/>.</summary>
    public bool TryInsert(TomlTable table, List<TomlKeyPart> path, TomlValue value)
    {
        foreach (TomlKeyPart part in path[..^1])
        {
            if (!table.TryGet(part.Name, out TomlEntry? entry))
            {
                table = Add(table, part, TomlTableOrigin.Dotted);
                continue;
            }

            switch (entry.Value)
            {
                case TomlInvalid:
                    return true;
                case TomlTable { Origin: TomlTableOrigin.Dotted or TomlTableOrigin.Implicit } next:
                    next.Origin = TomlTableOrigin.Dotted;
                    table = next;
                    continue;
                case TomlTable { Origin: TomlTableOrigin.Header }:
                    return cursor.Fail(part.Position,
                        $"[{part.Name}] is defined {At(entry)}; its keys go under that header");
                default:
                    return FailComplete(part, entry);
            }
        }

        TomlKeyPart last = path[^1];
        if (table.TryGet(last.Name, out TomlEntry? present))
            return cursor.Fail(last.Position, $"\"{last.Name}\" is set already {At(present)}; a key is set once");
        table.Add(new TomlEntry(last.Name, last.Position, value));
        return true;
    }

    private static TomlTable Add(TomlTable table, TomlKeyPart part, TomlTableOrigin origin)
    {
        var added = new TomlTable(part.Position) { Origin = origin };
        table.Add(new TomlEntry(part.Name, part.Position, added));
        return added;
    }

    private TomlTable? Descend(TomlTable table, TomlKeyPart part)
    {
        if (!table.TryGet(part.Name, out TomlEntry? entry)) return Add(table, part, TomlTableOrigin.Implicit);
        switch (entry.Value)
        {
            case TomlTable next when next.Origin != TomlTableOrigin.Inline:
                return next;
            case TomlArray { IsOfHeaders: true } array:
                return (TomlTable)array.Items[^1];
            case TomlInvalid:
                return null;
            default:
                FailComplete(part, entry);
                return null;
        }
    }

    private TomlTable? OpenTable(TomlTable parent, TomlKeyPart part)
    {
        if (!parent.TryGet(part.Name, out TomlEntry? entry)) return Add(parent, part, TomlTableOrigin.Header);
        switch (entry.Value)
        {
            case TomlTable { Origin: TomlTableOrigin.Implicit } table:
                table.Origin = TomlTableOrigin.Header;
                return table;
            case TomlTable { Origin: not TomlTableOrigin.Inline }:
                cursor.Fail(part.Position,
                    $"[{part.Name}] is defined already {At(entry)}; put the keys together there");
                return null;
            case TomlArray { IsOfHeaders: true }:
                cursor.Fail(part.Position,
                    $"[[{part.Name}]] has double brackets {At(entry)}; write [[{part.Name}]] here too");
                return null;
            case TomlInvalid:
                return null;
            default:
                FailComplete(part, entry);
                return null;
        }
    }

    private TomlTable? OpenElement(TomlTable parent, TomlKeyPart part)
    {
        var element = new TomlTable(part.Position) { Origin = TomlTableOrigin.Header };
        if (!parent.TryGet(part.Name, out TomlEntry? entry))
        {
            var created = new TomlArray(part.Position, IsOfHeaders: true);
            created.Add(element);
            parent.Add(new TomlEntry(part.Name, part.Position, created));
            return element;
        }

        switch (entry.Value)
        {
            case TomlArray { IsOfHeaders: true } array:
                array.Add(element);
                return element;
            case TomlTable { Origin: not TomlTableOrigin.Inline }:
                cursor.Fail(part.Position, $"[{part.Name}] is a single table {At(entry)}; it cannot be a list as well");
                return null;
            case TomlInvalid:
                return null;
            default:
                FailComplete(part, entry);
                return null;
        }
    }

    private bool FailComplete(TomlKeyPart part, TomlEntry entry) =>
        cursor.Fail(part.Position,
            $"\"{part.Name}\" is {entry.Value.KindName}, complete {At(entry)}; nothing can be added");

    private static string At(TomlEntry entry) =>
        string.Create(CultureInfo.InvariantCulture, $"on line {entry.KeyPosition.Line}");
}
