using System.Globalization;

namespace Whalescale.Agent.Configuration.Toml;

/// <summary>Turns a token into an integer or a float.</summary>
internal static class TomlNumberReader
{
    /// <summary>Reads a whole token.</summary>
    /// <returns>Null if it is no number; then <paramref name="problem"/> says why.</returns>
    public static TomlValue? Read(ReadOnlySpan<char> token, TomlPosition position, out string problem)
    {
        problem = "not a value: text needs quotes, numbers are written like 42, -7, 0x1F or 1.5e3";
        ReadOnlySpan<char> unsigned = token.Length > 0 && token[0] is '+' or '-' ? token[1..] : token;
        if (unsigned is "inf")
            return new TomlFloat(token[0] == '-' ? double.NegativeInfinity : double.PositiveInfinity, position);
        if (unsigned is "nan") return new TomlFloat(double.NaN, position);
        if (unsigned.Length > 1 && unsigned[0] == '0' && unsigned[1] is 'x' or 'o' or 'b')
            return unsigned.Length == token.Length ? ReadRadix(token, position, ref problem) : null;
        return unsigned.IndexOfAny('.', 'e', 'E') >= 0
            ? ReadFloat(token, unsigned, position, ref problem)
            : ReadDecimal(token, unsigned, position, ref problem);
    }

    private static TomlInteger? ReadRadix(ReadOnlySpan<char> token, TomlPosition position, ref string problem)
    {
        int bitsPerDigit = token[1] switch { 'x' => 4, 'o' => 3, _ => 1 };
        ReadOnlySpan<char> digits = token[2..];
        if (!AreUnderscoresBetweenDigits(digits, bitsPerDigit)) return null;
        ulong value = 0;
        foreach (char digit in digits)
        {
            if (digit == '_') continue;
            if (value >> (63 - bitsPerDigit) != 0)
            {
                problem = "the number does not fit in 64 bits";
                return null;
            }

            value = (value << bitsPerDigit) | (uint)HexValue(digit);
        }

        return new TomlInteger((long)value, position);
    }

    private static TomlInteger? ReadDecimal(
        ReadOnlySpan<char> token, ReadOnlySpan<char> unsigned, TomlPosition position, ref string problem)
    {
        if (!AreUnderscoresBetweenDigits(unsigned, bitsPerDigit: 0)) return null;
        if (HasLeadingZero(unsigned, ref problem)) return null;
        string digits = token.ToString().Replace("_", "", StringComparison.Ordinal);
        if (long.TryParse(digits, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long value))
            return new TomlInteger(value, position);
        problem = "the number does not fit in 64 bits";
        return null;
    }

    private static TomlFloat? ReadFloat(
        ReadOnlySpan<char> token, ReadOnlySpan<char> unsigned, TomlPosition position, ref string problem)
    {
        ReadOnlySpan<char> mantissa = unsigned;
        int exponentAt = unsigned.IndexOfAny('e', 'E');
        if (exponentAt >= 0)
        {
            mantissa = unsigned[..exponentAt];
            ReadOnlySpan<char> exponent = unsigned[(exponentAt + 1)..];
            if (exponent.Length > 0 && exponent[0] is '+' or '-') exponent = exponent[1..];
            if (!AreUnderscoresBetweenDigits(exponent, bitsPerDigit: 0)) return null;
        }

        int pointAt = mantissa.IndexOf('.');
        ReadOnlySpan<char> whole = pointAt < 0 ? mantissa : mantissa[..pointAt];
        if (pointAt >= 0 && !AreUnderscoresBetweenDigits(mantissa[(pointAt + 1)..], bitsPerDigit: 0)) return null;
        if (!AreUnderscoresBetweenDigits(whole, bitsPerDigit: 0) || HasLeadingZero(whole, ref problem)) return null;

        string text = token.ToString().Replace("_", "", StringComparison.Ordinal);
        double value = double.Parse(text, NumberStyles.Float, CultureInfo.InvariantCulture);
        if (double.IsFinite(value)) return new TomlFloat(value, position);
        problem = "the number is too large for a 64-bit float";
        return null;
    }

    private static bool HasLeadingZero(ReadOnlySpan<char> digits, ref string problem)
    {
        if (digits.Length < 2 || digits[0] != '0') return false;
        problem = "a number cannot begin with 0";
        return true;
    }

    /// <summary>One digit at least, and every underscore with a digit on both sides.</summary>
    private static bool AreUnderscoresBetweenDigits(ReadOnlySpan<char> digits, int bitsPerDigit)
    {
        int radix = bitsPerDigit == 0 ? 10 : 1 << bitsPerDigit;
        bool afterDigit = false;
        foreach (char digit in digits)
        {
            bool isDigit = HexValue(digit) is int value && value >= 0 && value < radix;
            if (!isDigit && !(digit == '_' && afterDigit)) return false;
            afterDigit = isDigit;
        }

        return afterDigit;
    }

    private static int HexValue(char digit) => digit switch
    {
        >= '0' and <= '9' => digit - '0',
        >= 'a' and <= 'f' => digit - 'a' + 10,
        >= 'A' and <= 'F' => digit - 'A' + 10,
        _ => -1,
    };
}
