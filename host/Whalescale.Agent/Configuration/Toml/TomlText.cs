using System.Globalization;
using System.Text;

namespace Whalescale.Agent.Configuration.Toml;

/// <summary>Writes values so that <see cref="TomlReader"/> reads them back.</summary>
internal static class TomlText
{
    /// <summary>A value on one line; tables in braces.</summary>
    public static string Write(TomlValue value) => value switch
    {
        TomlString text => Quote(text.Value),
        TomlInteger number => number.Value.ToString(CultureInfo.InvariantCulture),
        TomlFloat number => WriteFloat(number.Value),
        TomlBoolean { Value: true } => "true",
        TomlBoolean => "false",
        TomlArray array => $"[{string.Join(", ", array.Items.Select(Write))}]",
        TomlTable { Entries.Count: 0 } => "{}",
        TomlTable table =>
            $"{{ {string.Join(", ", table.Entries.Select(entry => $"{Key(entry.Key)} = {Write(entry.Value)}"))} }}",
        _ => value.ToString() ?? "",
    };

    /// <summary>A basic string: control characters, quotes and backslashes escaped.</summary>
    public static string Quote(ReadOnlySpan<char> text)
    {
        var quoted = new StringBuilder(text.Length + 2).Append('"');
        foreach (char character in text)
        {
            if (character is '"' or '\\') quoted.Append('\\').Append(character);
            else if (character == '\n') quoted.Append("\\n");
            else if (character == '\t') quoted.Append("\\t");
            else if (TomlCursor.IsControl(character))
                quoted.Append(CultureInfo.InvariantCulture, $"\\u{(int)character:X4}");
            else quoted.Append(character);
        }

        return quoted.Append('"').ToString();
    }

    /// <summary>A piece of foreign text for a message: quoted, on one line, at most 40 characters.</summary>
    public static string Shown(ReadOnlySpan<char> text) => text.Length <= 40 ? Quote(text) : Quote($"{text[..39]}…");

    private static string Key(string key) =>
        key.Length > 0 && key.All(character => TomlCursor.IsBareKey(character)) ? key : Quote(key);

    private static string WriteFloat(double value)
    {
        if (double.IsNaN(value)) return "nan";
        if (double.IsInfinity(value)) return value > 0 ? "inf" : "-inf";
        string text = value.ToString("R", CultureInfo.InvariantCulture);
        return text.AsSpan().ContainsAny('.', 'e', 'E') ? text : text + ".0";
    }
}
