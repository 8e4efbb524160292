using System.Globalization;
using System.Text;

namespace Whalescale.Agent.Configuration.Toml;

/// <summary>Reads the four forms of a string. An error inside does not end it: the rest is passed up to its closing
/// quotes.</summary>
internal static class TomlStringReader
{
    /// <summary>Reads the string that begins at the cursor with a quote.</summary>
    /// <param name="cursor">Stands on the quote; afterwards behind the closing one.</param>
    /// <param name="allowMultiline">False for keys.</param>
    /// <param name="value">The text.</param>
    /// <returns>False if there was an error.</returns>
    public static bool TryRead(TomlCursor cursor, bool allowMultiline, out string value)
    {
        TomlPosition opening = cursor.Position;
        int quote = cursor.Current;
        bool isMultiline = cursor.Ahead(1) == quote && cursor.Ahead(2) == quote;
        if (!isMultiline) return TryReadLine(cursor, (char)quote, out value);

        bool isGood = TryReadMultiline(cursor, (char)quote, out value);
        return allowMultiline ? isGood : cursor.Fail(opening, "a key cannot be a multi-line string");
    }

    private static bool TryReadLine(TomlCursor cursor, char quote, out string value)
    {
        TomlPosition opening = cursor.Position;
        var text = new StringBuilder();
        bool isGood = true;
        cursor.Advance();
        while (!cursor.TryTake(quote))
        {
            if (cursor.IsAtEnd || cursor.Current == '\n' || (cursor.Current == '\r' && cursor.Ahead(1) == '\n'))
            {
                value = "";
                return cursor.Fail(opening, $"the string that begins here is not closed on its line with {quote}");
            }

            isGood &= TryTakeCharacter(cursor, quote, isMultiline: false, text);
        }

        value = text.ToString();
        return isGood;
    }

    private static bool TryReadMultiline(TomlCursor cursor, char quote, out string value)
    {
        TomlPosition opening = cursor.Position;
        var text = new StringBuilder();
        bool isGood = true;
        cursor.Advance(3);
        _ = cursor.TryTakeNewline(); // the first line end belongs to the opening quotes
        while (true)
        {
            if (cursor.IsAtEnd)
            {
                value = "";
                return cursor.Fail(opening, $"the string that begins here is never closed with {new string(quote, 3)}");
            }

            if (cursor.Current == quote)
            {
                // Up to two quotes may stand directly before the closing three.
                int quotes = 1;
                while (quotes < 5 && cursor.Ahead(quotes) == quote) quotes++;
                cursor.Advance(quotes);
                text.Append(quote, quotes < 3 ? quotes : quotes - 3);
                if (quotes < 3) continue;
                value = text.ToString();
                return isGood;
            }

            if (cursor.TryTakeNewline()) text.Append('\n');
            else isGood &= TryTakeCharacter(cursor, quote, isMultiline: true, text);
        }
    }

    private static bool TryTakeCharacter(TomlCursor cursor, char quote, bool isMultiline, StringBuilder text)
    {
        if (quote == '"' && cursor.Current == '\\') return TryTakeEscape(cursor, isMultiline, text);
        if (TomlCursor.IsControl(cursor.Current))
        {
            string message = $"a string cannot hold {cursor.NameCurrent()}; "
                + "in \"…\" write it as an escape such as \\u0000";
            TomlPosition position = cursor.Position;
            cursor.Advance();
            return cursor.Fail(position, message);
        }

        text.Append((char)cursor.Current);
        cursor.Advance();
        return true;
    }

    private static bool TryTakeEscape(TomlCursor cursor, bool isMultiline, StringBuilder text)
    {
        TomlPosition position = cursor.Position;
        cursor.Advance();
        if (isMultiline && TryTakeLineContinuation(cursor)) return true;
        int kind = cursor.Current;
        if (kind is 'u' or 'U') return TryTakeCodePoint(cursor, position, digits: kind == 'u' ? 4 : 8, text);
        int unescaped = kind switch
        {
            'b' => '\b',
            't' => '\t',
            'n' => '\n',
            'f' => '\f',
            'r' => '\r',
            '"' => '"',
            '\\' => '\\',
            _ => TomlCursor.End,
        };
        if (unescaped == TomlCursor.End)
        {
            return cursor.Fail(position, "no such escape: there are \\b \\t \\n \\f \\r \\\" \\\\ \\uXXXX \\UXXXXXXXX; "
                + "for a backslash write \\\\, or put the text in single quotes");
        }

        text.Append((char)unescaped);
        cursor.Advance();
        return true;
    }

    /// <summary>A backslash at the end of a line removes it, the line ends and all blanks that follow.</summary>
    private static bool TryTakeLineContinuation(TomlCursor cursor)
    {
        int distance = 0;
        while (cursor.Ahead(distance) is ' ' or '\t') distance++;
        if (cursor.Ahead(distance) == '\r') distance++;
        if (cursor.Ahead(distance) != '\n') return false;
        while (true)
        {
            cursor.SkipBlanks();
            if (!cursor.TryTakeNewline()) return true;
        }
    }

    private static bool TryTakeCodePoint(TomlCursor cursor, TomlPosition position, int digits, StringBuilder text)
    {
        cursor.Advance();
        int start = cursor.Index;
        while (cursor.Index - start < digits && cursor.Current is >= 0 and < 128
            && char.IsAsciiHexDigit((char)cursor.Current))
            cursor.Advance();
        ReadOnlySpan<char> hex = cursor.From(start);
        if (hex.Length != digits)
            return cursor.Fail(position, digits == 4 ? "\\u needs 4 hex digits" : "\\U needs 8 hex digits");
        uint codePoint = uint.Parse(hex, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);
        if (!Rune.IsValid(codePoint))
            return cursor.Fail(position, "the escape names no character: 0 to D7FF and E000 to 10FFFF are characters");
        text.Append(new Rune(codePoint).ToString());
        return true;
    }
}
