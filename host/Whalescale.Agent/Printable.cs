using System.Buffers;
using System.Globalization;
using System.Text;

namespace Whalescale.Agent;

/// <summary>Makes text from outside fit to be shown: what would move a cursor or forge a line becomes
/// visible.</summary>
internal static class Printable
{
    /// <summary>C0, delete and C1 controls, line and paragraph separators, and the marks that turn text
    /// around.</summary>
    private static readonly SearchValues<char> Hidden = SearchValues.Create(
    [
        .. Enumerable.Range(0, 0x20).Select(code => (char)code),
        .. Enumerable.Range(0x7F, 0x21).Select(code => (char)code),
        '\u200E', '\u200F', '\u2028', '\u2029', '\u202A', '\u202B', '\u202C', '\u202D', '\u202E',
        '\u2066', '\u2067', '\u2068', '\u2069', '\uFEFF',
    ]);

    /// <summary>The same text with such characters as \u001b and the like; usually the very same object.</summary>
    public static string Escape(string text)
    {
        if (!text.AsSpan().ContainsAny(Hidden)) return text;
        var escaped = new StringBuilder(text.Length + 16);
        foreach (char character in text)
        {
            if (Hidden.Contains(character))
                escaped.Append(CultureInfo.InvariantCulture, $"\\u{(int)character:x4}");
            else
                escaped.Append(character);
        }

        return escaped.ToString();
    }
}
