namespace Whalescale.Agent.Configuration.Toml;

/// <summary>Turns a token into one of the four kinds of date and time (RFC 3339 as TOML 1.0.0 profiles it).</summary>
internal static class TomlDateTimeReader
{
    private const string DateForm = "a date is written 1979-05-27, a time 07:32:00, both 1979-05-27T07:32:00Z";

    /// <summary>Whether the token begins like a date: four digits and a hyphen.</summary>
    public static bool IsDate(ReadOnlySpan<char> token) =>
        token.Length >= 5 && token[4] == '-' && AreDigits(token[..4]);

    /// <summary>Whether the token begins like a time: two digits and a colon.</summary>
    public static bool IsTime(ReadOnlySpan<char> token) =>
        token.Length >= 3 && token[2] == ':' && AreDigits(token[..2]);

    /// <summary>Reads a whole token.</summary>
    /// <returns>Null if it is none; then <paramref name="problem"/> says why.</returns>
    public static TomlDateTime? Read(ReadOnlySpan<char> token, TomlPosition position, out string problem)
    {
        problem = DateForm;
        var rest = new Scanner(token);
        if (IsTime(token))
        {
            var time = new TomlDateTime(TomlDateTimeKind.LocalTime, position);
            return TryReadTime(ref rest, ref time, ref problem) && rest.IsEmpty ? time : null;
        }

        if (!rest.TryNumber(4, out int year) || !rest.TryTake('-') || !rest.TryNumber(2, out int month)
            || !rest.TryTake('-') || !rest.TryNumber(2, out int day))
            return null;
        if (month is < 1 or > 12 || day < 1 || day > DaysIn(year, month))
        {
            problem = "there is no such day";
            return null;
        }

        var value = new TomlDateTime(TomlDateTimeKind.LocalDate, position) { Year = year, Month = month, Day = day };
        if (rest.IsEmpty) return value;
        if (!rest.TryTake('T') && !rest.TryTake('t') && !rest.TryTake(' ')) return null;
        value = value with { Kind = TomlDateTimeKind.LocalDateTime };
        if (!TryReadTime(ref rest, ref value, ref problem)) return null;
        if (rest.IsEmpty) return value;
        return TryReadOffset(ref rest, ref value, ref problem) && rest.IsEmpty ? value : null;
    }

    private static bool TryReadTime(ref Scanner rest, ref TomlDateTime value, ref string problem)
    {
        if (!rest.TryNumber(2, out int hour) || !rest.TryTake(':') || !rest.TryNumber(2, out int minute)
            || !rest.TryTake(':') || !rest.TryNumber(2, out int second))
            return false;
        if (hour > 23 || minute > 59 || second > 60)
        {
            problem = "there is no such time of day";
            return false;
        }

        int nanoseconds = 0;
        if (rest.TryTake('.') && !rest.TryFraction(out nanoseconds)) return false;
        value = value with { Hour = hour, Minute = minute, Second = second, Nanoseconds = nanoseconds };
        return true;
    }

    private static bool TryReadOffset(ref Scanner rest, ref TomlDateTime value, ref string problem)
    {
        value = value with { Kind = TomlDateTimeKind.OffsetDateTime };
        if (rest.TryTake('Z') || rest.TryTake('z')) return true;
        int sign = rest.TryTake('+') ? 1 : rest.TryTake('-') ? -1 : 0;
        if (sign == 0 || !rest.TryNumber(2, out int hours) || !rest.TryTake(':') || !rest.TryNumber(2, out int minutes))
            return false;
        if (hours > 23 || minutes > 59)
        {
            problem = "there is no such offset from UTC";
            return false;
        }

        value = value with { OffsetMinutes = sign * ((hours * 60) + minutes) };
        return true;
    }

    private static int DaysIn(int year, int month) => month switch
    {
        2 => year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28,
        4 or 6 or 9 or 11 => 30,
        _ => 31,
    };

    private static bool AreDigits(ReadOnlySpan<char> text) => text.IndexOfAnyExceptInRange('0', '9') < 0;

    private ref struct Scanner(ReadOnlySpan<char> text)
    {
        private ReadOnlySpan<char> _rest = text;

        public readonly bool IsEmpty => _rest.IsEmpty;

        public bool TryTake(char expected)
        {
            if (_rest.IsEmpty || _rest[0] != expected) return false;
            _rest = _rest[1..];
            return true;
        }

        public bool TryNumber(int digits, out int value)
        {
            value = 0;
            if (_rest.Length < digits || !AreDigits(_rest[..digits])) return false;
            foreach (char digit in _rest[..digits]) value = (value * 10) + digit - '0';
            _rest = _rest[digits..];
            return true;
        }

        public bool TryFraction(out int nanoseconds)
        {
            nanoseconds = 0;
            int length = _rest.IndexOfAnyExceptInRange('0', '9');
            if (length < 0) length = _rest.Length;
            for (int i = 0; i < 9; i++) nanoseconds = (nanoseconds * 10) + (i < length ? _rest[i] - '0' : 0);
            _rest = _rest[length..];
            return length > 0;
        }
    }
}
