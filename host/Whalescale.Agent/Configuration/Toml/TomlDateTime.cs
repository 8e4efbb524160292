using System.Globalization;
using System.Text;

namespace Whalescale.Agent.Configuration.Toml;

/// <summary>The four kinds of TOML 1.0.0.</summary>
internal enum TomlDateTimeKind
{
    OffsetDateTime,
    LocalDateTime,
    LocalDate,
    LocalTime,
}

/// <summary>A date, a time or both, as written: year 0 and the leap second 60 (RFC 3339) are kept, which the types of
/// the base class library cannot hold.</summary>
internal sealed record TomlDateTime(TomlDateTimeKind Kind, TomlPosition Position) : TomlValue(Position)
{
    public int Year { get; init; }

    public int Month { get; init; }

    public int Day { get; init; }

    public int Hour { get; init; }

    public int Minute { get; init; }

    /// <summary>0 to 60.</summary>
    public int Second { get; init; }

    /// <summary>Further digits of the fraction are cut off, as the specification demands.</summary>
    public int Nanoseconds { get; init; }

    /// <summary>Minutes east of UTC; only with <see cref="TomlDateTimeKind.OffsetDateTime"/>.</summary>
    public int OffsetMinutes { get; init; }

    public override string KindName => Kind switch
    {
        TomlDateTimeKind.LocalDate => "a date",
        TomlDateTimeKind.LocalTime => "a time",
        _ => "a date and time",
    };

    /// <summary>RFC 3339 form, fraction without trailing zeros.</summary>
    public override string ToString()
    {
        var text = new StringBuilder();
        CultureInfo invariant = CultureInfo.InvariantCulture;
        if (Kind is not TomlDateTimeKind.LocalTime) text.Append(invariant, $"{Year:D4}-{Month:D2}-{Day:D2}");
        if (Kind is TomlDateTimeKind.LocalDate) return text.ToString();
        if (text.Length > 0) text.Append('T');
        text.Append(invariant, $"{Hour:D2}:{Minute:D2}:{Second:D2}");
        if (Nanoseconds != 0)
            text.Append('.').Append(Nanoseconds.ToString("D9", invariant).TrimEnd('0'));
        if (Kind is not TomlDateTimeKind.OffsetDateTime) return text.ToString();
        if (OffsetMinutes == 0) return text.Append('Z').ToString();
        int absolute = Math.Abs(OffsetMinutes);
        text.Append(OffsetMinutes < 0 ? '-' : '+');
        return text.Append(invariant, $"{absolute / 60:D2}:{absolute % 60:D2}").ToString();
    }
}
