using System.Text;

namespace Whalescale.Agent.Configuration.Toml;

/// <summary>Reads TOML 1.0.0 (https://toml.io/en/v1.0.0), strictly.</summary>
/// <remarks>
/// Total: any bytes give a document, with every error that could be found. After an error reading goes on at the next
/// line that can begin a statement; keys under a broken header are read, checked and dropped, since nobody knows their
/// table. Choices where the specification leaves one: a byte order mark at the start is passed over; a leap second is
/// accepted; fractions of a second are cut to nanoseconds; a float beyond the range is an error.
/// </remarks>
internal sealed class TomlReader
{
    private readonly TomlCursor _cursor;
    private readonly TomlTableBuilder _builder;
    private readonly TomlValueReader _values;
    private readonly TomlTable _root = new(new TomlPosition(1, 1)) { Origin = TomlTableOrigin.Header };
    private readonly List<TomlKeyPart> _path = [];
    private TomlTable _table;
    private int _depth;

    private TomlReader(string text)
    {
        _cursor = new TomlCursor(text);
        _builder = new TomlTableBuilder(_cursor);
        _values = new TomlValueReader(_cursor, _builder);
        _table = _root;
    }

    /// <summary>Reads the bytes of a file.</summary>
    public static TomlDocument Read(ReadOnlySpan<byte> utf8)
    {
        if (utf8.Length > TomlLimits.FileBytes)
            return Refused(new TomlPosition(1, 1), $"the file is larger than {TomlLimits.FileBytes} bytes");
        if (utf8.StartsWith("\uFEFF"u8)) utf8 = utf8[3..];
        if (FindInvalid(utf8) is { IsNone: false } position)
            return Refused(position, "the file is not UTF-8 from here on; save it as UTF-8");
        var reader = new TomlReader(Encoding.UTF8.GetString(utf8));
        reader.ReadStatements();
        IEnumerable<TomlError> errors = reader._cursor.Errors;
        return new TomlDocument(reader._root,
            [.. errors.OrderBy(error => error.Position.Line).ThenBy(error => error.Position.Column)]);
    }

    private static TomlDocument Refused(TomlPosition position, string message) =>
        new(new TomlTable(new TomlPosition(1, 1)), [new TomlError(position, message)]);

    private static TomlPosition FindInvalid(ReadOnlySpan<byte> utf8)
    {
        (int line, int column) = (1, 1);
        while (!utf8.IsEmpty)
        {
            if (Rune.DecodeFromUtf8(utf8, out Rune rune, out int length) != System.Buffers.OperationStatus.Done)
                return new TomlPosition(line, column);
            (line, column) = rune.Value == '\n' ? (line + 1, 1) : (line, column + 1);
            utf8 = utf8[length..];
        }

        return default;
    }

    private void ReadStatements()
    {
        while (!_cursor.HasGivenUp)
        {
            _cursor.SkipBlanks();
            if (_cursor.IsAtEnd) return;
            if (_cursor.TryTakeNewline()) continue;
            _values.OpenLists = 0;
            bool isGood = _cursor.Current switch
            {
                '#' => true,
                '[' => TryReadHeader(),
                _ => TryReadKeyAndValue(),
            };
            if (!isGood || !TryEndLine()) PassBrokenStatement();
        }
    }

    private bool TryReadHeader()
    {
        TomlPosition opening = _cursor.Position;
        _table = new TomlTable(opening) { Origin = TomlTableOrigin.Header }; // takes the keys if this header is broken
        _depth = 0;
        _cursor.Advance();
        bool isArray = _cursor.TryTake('[');
        if (!TomlKeyReader.TryRead(_cursor, _path)) return false;
        if (!_cursor.TryTake(']') || (isArray && !_cursor.TryTake(']')))
        {
            string closing = isArray ? "]]" : "]";
            return _cursor.Fail(_cursor.Position,
                $"'{closing}' is expected after the name, not {_cursor.NameCurrent()}");
        }

        TomlTable? opened = _builder.Open(_root, _path, isArray);
        if (opened is null) return true;
        _table = opened;
        _depth = _path.Count;
        return true;
    }

    private bool TryReadKeyAndValue()
    {
        if (!TomlKeyReader.TryRead(_cursor, _path)) return false;
        if (!_cursor.TryTake('='))
            return _cursor.Fail(_cursor.Position, $"'=' is expected after the key, not {_cursor.NameCurrent()}");
        _cursor.SkipBlanks();
        int depth = _depth + _path.Count - 1;
        if (depth > TomlLimits.Nesting)
            return _cursor.Fail(_path[0].Position, $"lists and tables nest at most {TomlLimits.Nesting} deep");
        TomlPosition position = _cursor.Position;
        TomlValue? value = _values.Read(depth);
        bool isInserted = _builder.TryInsert(_table, _path, value ?? new TomlInvalid(position));
        return value is not (null or TomlInvalid) && isInserted;
    }

    private bool TryEndLine()
    {
        _cursor.SkipBlanks();
        if (!_cursor.TryPassComment()) return false;
        if (_cursor.IsAtEnd || _cursor.TryTakeNewline()) return true;
        return _cursor.Fail(_cursor.Position, $"the line should end here, not go on with {_cursor.NameCurrent()}");
    }

    /// <summary>Passes to the next line; out of a broken list, to the next line that is surely not part of
    /// it.</summary>
    private void PassBrokenStatement()
    {
        if (_values.OpenLists == 0)
        {
            _cursor.SkipLine();
            return;
        }

        if (!_cursor.IsAtLineStart) _cursor.SkipLine();
        while (!_cursor.IsAtEnd)
        {
            _cursor.SkipBlanks();
            if (_cursor.IsAtStatement()) return;
            bool isEndOfList = _cursor.Current == ']';
            _cursor.SkipLine();
            if (isEndOfList) return;
        }
    }
}
