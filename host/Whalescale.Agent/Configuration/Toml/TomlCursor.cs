using System.Globalization;

namespace Whalescale.Agent.Configuration.Toml;

/// <summary>The text, a place in it that only moves forward, and the errors found on the way.</summary>
internal sealed class TomlCursor(string text)
{
    /// <summary>What <see cref="Current"/> is after the last character.</summary>
    public const int End = -1;

    private readonly List<TomlError> _errors = [];
    private int _line = 1;
    private int _column = 1;

    public IReadOnlyList<TomlError> Errors => _errors;

    /// <summary>So many errors that reading on is of no use to anybody.</summary>
    public bool HasGivenUp => _errors.Count >= TomlLimits.Errors;

    public int Index { get; private set; }

    public int Current => Ahead(0);

    public bool IsAtEnd => Index >= text.Length;

    public TomlPosition Position => new(_line, _column);

    /// <summary>Whether nothing but blanks stands before this place on its line.</summary>
    public bool IsAtLineStart
    {
        get
        {
            int index = Index - 1;
            while (index >= 0 && text[index] is ' ' or '\t') index--;
            return index < 0 || text[index] == '\n';
        }
    }

    public int Ahead(int distance) => Index + distance < text.Length ? text[Index + distance] : End;

    public ReadOnlySpan<char> From(int start) => text.AsSpan(start, Index - start);

    /// <summary>Notes an error.</summary>
    /// <returns>False, so that a caller can return it.</returns>
    public bool Fail(TomlPosition position, string message)
    {
        if (!HasGivenUp) _errors.Add(new TomlError(position, message));
        return false;
    }

    public void Advance()
    {
        char passed = text[Index++];
        if (passed == '\n') (_line, _column) = (_line + 1, 1);
        else if (!char.IsLowSurrogate(passed)) _column++;
    }

    public void Advance(int characters)
    {
        for (int i = 0; i < characters; i++) Advance();
    }

    public bool TryTake(char expected)
    {
        if (Current != expected) return false;
        Advance();
        return true;
    }

    public bool TryTakeNewline()
    {
        if (Current == '\r' && Ahead(1) == '\n') Advance();
        return TryTake('\n');
    }

    public void SkipBlanks()
    {
        while (Current is ' ' or '\t') Advance();
    }

    /// <summary>Passes a comment if there is one, up to the end of its line.</summary>
    /// <returns>False if it holds a control character.</returns>
    public bool TryPassComment()
    {
        if (Current != '#') return true;
        while (!IsAtEnd && Current != '\n' && !(Current == '\r' && Ahead(1) == '\n'))
        {
            if (IsControl(Current)) return Fail(Position, $"a comment cannot hold {Name(Current)}");
            Advance();
        }

        return true;
    }

    /// <summary>Passes blanks, line ends and comments.</summary>
    public bool TryPassBlankLines()
    {
        while (true)
        {
            SkipBlanks();
            if (TryTakeNewline()) continue;
            if (Current != '#') return true;
            if (!TryPassComment()) return false;
        }
    }

    public void SkipLine()
    {
        while (!IsAtEnd && Current != '\n') Advance();
        if (!IsAtEnd) Advance();
    }

    /// <summary>Whether this line begins a statement that cannot be an item of a list.</summary>
    public bool IsAtStatement() => IsAtKeyAndEquals() || (IsAtHeader() && !IsAtListOfOneValue());

    /// <summary>Whether this place begins a "key =": what no value of a list can look like.</summary>
    private bool IsAtKeyAndEquals()
    {
        int distance = 0;
        if (Current is '"' or '\'')
        {
            int quote = Current;
            for (distance = 1; Ahead(distance) != quote; distance++)
            {
                if (Ahead(distance) is End or '\n') return false;
            }

            distance++;
        }
        else
        {
            while (IsBareKey(Ahead(distance)) || Ahead(distance) == '.') distance++;
        }

        if (distance == 0) return false;
        while (Ahead(distance) is ' ' or '\t') distance++;
        return Ahead(distance) == '=';
    }

    /// <summary>Whether this line looks like "[header]".</summary>
    private bool IsAtHeader()
    {
        int distance = 0;
        while (Ahead(distance) == '[') distance++;
        if (distance is 0 or > 2) return false;
        int name = distance;
        while (IsBareKey(Ahead(distance)) || Ahead(distance) is '.' or '"' or '\'') distance++;
        if (distance == name) return false;
        while (Ahead(distance) == ']') distance++;
        while (Ahead(distance) is ' ' or '\t' or '\r') distance++;
        return Ahead(distance) is '\n' or '#' or End;
    }

    /// <summary>A header that may also be the last item of a list of lists: "[1]", "['a']", "[true]".</summary>
    private bool IsAtListOfOneValue()
    {
        int start = Ahead(1) == '[' ? 2 : 1;
        if (Ahead(start) is not ((>= 'a' and <= 'z') or (>= 'A' and <= 'Z'))) return true;
        ReadOnlySpan<char> name = text.AsSpan(Index + start);
        return name.StartsWith("true]") || name.StartsWith("false]") || name.StartsWith("inf]")
            || name.StartsWith("nan]");
    }

    public static bool IsBareKey(int character) =>
        character is (>= 'a' and <= 'z') or (>= 'A' and <= 'Z') or (>= '0' and <= '9') or '_' or '-';

    /// <summary>Whether a string or comment may not hold this character.</summary>
    public static bool IsControl(int character) => character is (>= 0 and < 0x20 and not '\t') or 0x7F;

    /// <summary>The character at this place, in the words of a message.</summary>
    public string NameCurrent() => Name(Current);

    private static string Name(int character) => character switch
    {
        End => "the end of the file",
        '\n' => "the end of the line",
        '\r' => "a carriage return without a line feed",
        '\t' => "a tab",
        < 0x20 or 0x7F or >= 0x80 => string.Create(CultureInfo.InvariantCulture, $"the character U+{character:X4}"),
        _ => $"'{(char)character}'",
    };
}
