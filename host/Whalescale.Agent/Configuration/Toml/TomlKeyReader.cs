namespace Whalescale.Agent.Configuration.Toml;

/// <summary>One part of a dotted key.</summary>
internal readonly record struct TomlKeyPart(string Name, TomlPosition Position);

/// <summary>Reads keys: bare, quoted and dotted.</summary>
internal static class TomlKeyReader
{
    /// <summary>Reads a key with all its dots; blanks around it are passed.</summary>
    public static bool TryRead(TomlCursor cursor, List<TomlKeyPart> parts)
    {
        parts.Clear();
        do
        {
            cursor.SkipBlanks();
            if (!TryReadPart(cursor, out TomlKeyPart part)) return false;
            if (parts.Count == TomlLimits.Nesting)
                return cursor.Fail(part.Position, $"tables nest at most {TomlLimits.Nesting} deep");
            parts.Add(part);
            cursor.SkipBlanks();
        }
        while (cursor.TryTake('.'));
        return true;
    }

    private static bool TryReadPart(TomlCursor cursor, out TomlKeyPart part)
    {
        TomlPosition position = cursor.Position;
        part = default;
        if (cursor.Current is '"' or '\'')
        {
            if (!TomlStringReader.TryRead(cursor, allowMultiline: false, out string quoted)) return false;
            part = new TomlKeyPart(quoted, position);
            return true;
        }

        int start = cursor.Index;
        while (TomlCursor.IsBareKey(cursor.Current)) cursor.Advance();
        if (cursor.Index == start)
        {
            return cursor.Fail(position, $"a key is expected here, not {cursor.NameCurrent()}; "
                + "keys consist of letters, digits, '_' and '-', others need quotes");
        }

        part = new TomlKeyPart(cursor.From(start).ToString(), position);
        return true;
    }
}
