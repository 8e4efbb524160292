using System.Globalization;

namespace Whalescale.Abstractions;

/// <summary>A rate in bytes per second.</summary>
/// <param name="BytesPerSecond">Bytes per second; 0 means unknown or unlimited, as the place says.</param>
public readonly record struct Bandwidth(long BytesPerSecond)
{
    /// <summary>Reads "50Mbit", "1.5Gbit", "800kbit", "10bit" (decimal units), or "0".</summary>
    public static bool TryParse(ReadOnlySpan<char> text, out Bandwidth bandwidth)
    {
        bandwidth = default;
        if (text is "0") return true;
        if (!text.EndsWith("bit", StringComparison.Ordinal)) return false;
        ReadOnlySpan<char> number = text[..^3];
        long scale = 1;
        if (number.Length > 0)
        {
            scale = number[^1] switch { 'k' => 1_000, 'M' => 1_000_000, 'G' => 1_000_000_000, _ => 1 };
            if (scale != 1) number = number[..^1];
        }

        const NumberStyles Style = NumberStyles.AllowDecimalPoint;
        if (!decimal.TryParse(number, Style, CultureInfo.InvariantCulture, out decimal value)) return false;
        if (value > 1_000_000) return false;
        bandwidth = new Bandwidth((long)(value * scale / 8));
        return true;
    }

    /// <summary>With the largest unit that leaves a whole number of at least one: "50Mbit".</summary>
    public override string ToString()
    {
        long bits = BytesPerSecond * 8;
        (long scale, string unit) = bits switch
        {
            >= 1_000_000_000 when bits % 1_000_000_000 == 0 => (1_000_000_000L, "Gbit"),
            >= 1_000_000 when bits % 1_000_000 == 0 => (1_000_000L, "Mbit"),
            >= 1_000 when bits % 1_000 == 0 => (1_000L, "kbit"),
            0 => (1L, ""),
            _ => (1L, "bit"),
        };
        return (bits / scale).ToString(CultureInfo.InvariantCulture) + unit;
    }
}
