using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Whalescale.Agent.Configuration.Toml;

namespace Whalescale.Agent.Configuration;

/// <summary>What "config check" and "config show" print.</summary>
internal static class ConfigurationReport
{
    /// <summary>Schema of the JSON document.</summary>
    public const string Schema = "whalescale.config/1";

    /// <summary>Each mistake on a line, "file:line:column: message", and their number on the last.</summary>
    public static string Check(ConfigurationResult result)
    {
        var text = new StringBuilder();
        foreach (Mistake mistake in result.Mistakes) text.Append(mistake).Append('\n');
        int count = result.Mistakes.Count;
        text.Append(CultureInfo.InvariantCulture, $"{count} mistake{(count == 1 ? "" : "s")}").Append('\n');
        return text.ToString();
    }

    /// <summary>The settings as TOML.</summary>
    /// <param name="result">The configuration.</param>
    /// <param name="isEffective">With the defaults; otherwise only what was set somewhere.</param>
    /// <param name="withSource">With the source of each value as a comment.</param>
    public static string Show(ConfigurationResult result, bool isEffective, bool withSource)
    {
        var text = new StringBuilder();
        string table = "";
        foreach (EffectiveSetting setting in Shown(result, isEffective))
        {
            int dot = setting.Key.LastIndexOf('.');
            if (setting.Key[..dot] != table)
            {
                if (table.Length > 0) text.Append('\n');
                table = setting.Key[..dot];
                int bracket = table.IndexOf('[', StringComparison.Ordinal);
                text.Append(bracket < 0 ? $"[{table}]\n" : $"[[{table[..bracket]}]]\n");
            }

            text.Append(CultureInfo.InvariantCulture, $"{setting.Key[(dot + 1)..]} = {TomlText.Write(setting.Value)}");
            if (withSource) text.Append("  # ").Append(Comment(setting.Origin.ToString()));
            text.Append('\n');
        }

        return text.ToString();
    }

    /// <summary>The settings as a JSON document:
    /// <c>{ schema, files: [], settings: [ { key, value, source } ] }</c>.</summary>
    public static string ShowJson(ConfigurationResult result, bool isEffective)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer, new JsonWriterOptions { Indented = true, NewLine = "\n" }))
            WriteJson(json, result, isEffective);
        return Encoding.UTF8.GetString(buffer.WrittenSpan) + "\n";
    }

    /// <summary>As <see cref="ShowJson"/>, into a writer.</summary>
    public static void WriteJson(Utf8JsonWriter json, ConfigurationResult result, bool isEffective)
    {
        json.WriteStartObject();
        json.WriteString("schema", Schema);
        json.WriteStartArray("files");
        foreach (string file in result.Files) json.WriteStringValue(file);
        json.WriteEndArray();
        json.WriteStartArray("settings");
        foreach (EffectiveSetting setting in Shown(result, isEffective))
        {
            json.WriteStartObject();
            json.WriteString("key", setting.Key);
            json.WritePropertyName("value");
            WriteValue(json, setting.Value);
            json.WriteString("source", setting.Origin.ToString());
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static IEnumerable<EffectiveSetting> Shown(ConfigurationResult result, bool isEffective) =>
        result.Settings.Where(setting => isEffective || setting.Origin.Kind != SettingOriginKind.Default);

    private static string Comment(string text) =>
        new([.. text.Select(each => TomlCursor.IsControl(each) ? '?' : each)]);

    private static void WriteValue(Utf8JsonWriter json, TomlValue value)
    {
        switch (value)
        {
            case TomlBoolean flag:
                json.WriteBooleanValue(flag.Value);
                break;
            case TomlInteger number:
                json.WriteNumberValue(number.Value);
                break;
            case TomlString text:
                json.WriteStringValue(text.Value);
                break;
            case TomlArray array:
                json.WriteStartArray();
                foreach (TomlValue item in array.Items) WriteValue(json, item);
                json.WriteEndArray();
                break;
            default: // no setting has another kind
                json.WriteStringValue(TomlText.Write(value));
                break;
        }
    }
}
