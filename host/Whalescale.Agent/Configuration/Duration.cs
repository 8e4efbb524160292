using System.Globalization;

namespace Whalescale.Agent.Configuration;

/// <summary>Spans of time as text: a whole number and a unit, "500ms", "120s", "2m", "1h".</summary>
internal static class Duration
{
    private static readonly (string Unit, long Milliseconds)[] Units = // longest first: "m" ends "ms" in no text
        [("ms", 1), ("s", 1_000), ("m", 60_000), ("h", 3_600_000)];

    /// <summary>Reads the text form, up to about 24 days.</summary>
    public static bool TryParse(ReadOnlySpan<char> text, out TimeSpan duration)
    {
        duration = default;
        foreach ((string unit, long milliseconds) in Units)
        {
            if (!text.EndsWith(unit, StringComparison.Ordinal)) continue;
            ReadOnlySpan<char> digits = text[..^unit.Length];
            if (!uint.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out uint number)) return false;
            if (number * milliseconds > int.MaxValue) return false;
            duration = TimeSpan.FromMilliseconds(number * milliseconds);
            return true;
        }

        return false;
    }

    /// <summary>The text form with the largest unit that leaves a whole number; fractions of a millisecond are
    /// cut.</summary>
    public static string Write(TimeSpan duration)
    {
        long total = (long)duration.TotalMilliseconds;
        (string unit, long milliseconds) = Units.Last(each => each.Milliseconds == 1 || total % each.Milliseconds == 0);
        return total == 0 ? "0s" : string.Create(CultureInfo.InvariantCulture, $"{total / milliseconds}{unit}");
    }
}
