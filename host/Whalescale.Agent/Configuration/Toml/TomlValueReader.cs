namespace Whalescale.Agent.Configuration.Toml;

/// <summary>Reads the right side of an equals sign.</summary>
internal sealed class TomlValueReader(TomlCursor cursor, TomlTableBuilder builder)
{
    /// <summary>Lists begun and not closed: after a failure, lines of such a list may follow.</summary>
    public int OpenLists { get; set; }

    /// <summary>Reads a value.</summary>
    /// <param name="depth">Tables and arrays around it.</param>
    /// <returns><see cref="TomlInvalid"/> after an error that ended with the value; null if the end of the value is
    /// unknown.</returns>
    public TomlValue? Read(int depth)
    {
        TomlPosition position = cursor.Position;
        switch (cursor.Current)
        {
            case '"' or '\'':
                bool isGood = TomlStringReader.TryRead(cursor, allowMultiline: true, out string text);
                return isGood ? new TomlString(text, position) : new TomlInvalid(position);
            case '[' or '{' when depth >= TomlLimits.Nesting:
                cursor.Fail(position, $"lists and tables nest at most {TomlLimits.Nesting} deep");
                return null;
            case '[':
                return ReadArray(depth);
            case '{':
                return ReadInlineTable(depth);
            default:
                return ReadToken();
        }
    }

    private TomlArray? ReadArray(int depth)
    {
        var array = new TomlArray(cursor.Position);
        cursor.Advance();
        OpenLists++;
        while (cursor.TryPassBlankLines() && !cursor.HasGivenUp)
        {
            if (cursor.TryTake(']')) return Closed(array);
            if (cursor.IsAtEnd || (cursor.IsAtLineStart && cursor.IsAtStatement()))
            {
                cursor.Fail(array.Position, "the list that begins here is not closed with ']'");
                return null;
            }

            if (Read(depth + 1) is not { } item) return null;
            array.Add(item);
            if (!cursor.TryPassBlankLines()) return null;
            if (cursor.TryTake(',')) continue;
            if (cursor.TryTake(']')) return Closed(array);
            bool isMissingEnd = cursor.IsAtEnd || (cursor.IsAtLineStart && cursor.IsAtStatement());
            if (isMissingEnd) cursor.Fail(array.Position, "the list that begins here is not closed with ']'");
            else cursor.Fail(cursor.Position, $"',' or ']' is expected in this list, not {cursor.NameCurrent()}");
            return null;
        }

        return null;
    }

    private TomlArray Closed(TomlArray array)
    {
        OpenLists--;
        return array;
    }

    private TomlTable? ReadInlineTable(int depth)
    {
        // While it is read it takes dotted keys like any table; complete, it takes nothing more.
        var table = new TomlTable(cursor.Position) { Origin = TomlTableOrigin.Header };
        var path = new List<TomlKeyPart>();
        cursor.Advance();
        cursor.SkipBlanks();
        bool isClosed = cursor.TryTake('}');
        while (!isClosed)
        {
            if (!TomlKeyReader.TryRead(cursor, path)) return null;
            if (!cursor.TryTake('='))
            {
                cursor.Fail(cursor.Position, $"'=' is expected after the key, not {cursor.NameCurrent()}");
                return null;
            }

            if (depth + path.Count > TomlLimits.Nesting)
            {
                cursor.Fail(path[0].Position, $"lists and tables nest at most {TomlLimits.Nesting} deep");
                return null;
            }

            cursor.SkipBlanks();
            if (Read(depth + path.Count) is not { } value) return null;
            builder.TryInsert(table, path, value);
            cursor.SkipBlanks();
            isClosed = cursor.TryTake('}');
            if (isClosed || cursor.TryTake(',')) continue;
            cursor.Fail(cursor.Position, cursor.Current is '\n' or '\r' or '#'
                ? "a table in braces stands on one line; close it with '}', or write it under a [header]"
                : $"',' or '}}' is expected in this table, not {cursor.NameCurrent()}");
            return null;
        }

        table.Origin = TomlTableOrigin.Inline;
        return table;
    }

    private TomlValue? ReadToken()
    {
        TomlPosition position = cursor.Position;
        int start = cursor.Index;
        PassToken();
        if (TomlDateTimeReader.IsDate(cursor.From(start)) && cursor.Index - start == 10 && cursor.Current == ' '
            && IsDigit(cursor.Ahead(1)) && IsDigit(cursor.Ahead(2)) && cursor.Ahead(3) == ':')
        {
            cursor.Advance();
            PassToken();
        }

        ReadOnlySpan<char> token = cursor.From(start);
        if (token.IsEmpty)
        {
            cursor.Fail(position, $"a value is expected here, not {cursor.NameCurrent()}");
            return null;
        }

        if (token is "true" or "false") return new TomlBoolean(token is "true", position);
        TomlValue? value = TomlDateTimeReader.IsDate(token) || TomlDateTimeReader.IsTime(token)
            ? TomlDateTimeReader.Read(token, position, out string problem)
            : TomlNumberReader.Read(token, position, out problem);
        if (value is not null) return value;
        if (token.Equals("true", StringComparison.OrdinalIgnoreCase)
            || token.Equals("false", StringComparison.OrdinalIgnoreCase))
            problem = "true and false are written in lower case";
        cursor.Fail(position, $"{TomlText.Shown(token)} is {problem}");
        return new TomlInvalid(position);
    }

    private void PassToken()
    {
        while (cursor.Current is not (TomlCursor.End or ' ' or '\t' or '\r' or '\n' or ',' or ']' or '}' or '#'))
            cursor.Advance();
    }

    private static bool IsDigit(int character) => character is >= '0' and <= '9';
}
