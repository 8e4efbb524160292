using System.Globalization;
using Microsoft.Extensions.Configuration;

namespace Whalescale.Agent.Configuration.Toml;

/// <summary>A TOML file as a source of the generic host's configuration.</summary>
internal sealed class TomlConfigurationSource : FileConfigurationSource
{
    public override IConfigurationProvider Build(IConfigurationBuilder builder)
    {
        EnsureDefaults(builder);
        return new TomlConfigurationProvider(this);
    }
}

/// <summary>Flattens a TOML document into keys such as "peer:0:name", as the JSON provider does.</summary>
internal sealed class TomlConfigurationProvider(TomlConfigurationSource source) : FileConfigurationProvider(source)
{
    /// <summary>Reads the whole stream.</summary>
    /// <exception cref="FormatException">Errors in the text, all of them with line and column; or two keys that differ
    /// in case alone, which this kind of configuration cannot tell apart.</exception>
    public override void Load(Stream stream)
    {
        TomlDocument document = TomlReader.Read(ReadBounded(stream));
        if (!document.IsValid)
        {
            throw new FormatException(string.Join('\n', document.Errors.Select(error =>
                string.Create(CultureInfo.InvariantCulture,
                    $"{error.Position.Line}:{error.Position.Column}: {error.Message}"))));
        }

        var data = new Dictionary<string, string?>(StringComparer.OrdinalIgnoreCase);
        Flatten(document.Root, prefix: "", data);
        Data = data;
    }

    private static byte[] ReadBounded(Stream stream)
    {
        // One byte beyond the limit is enough for the reader to refuse it.
        var bytes = new byte[TomlLimits.FileBytes + 1];
        int length = stream.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false);
        return bytes[..length];
    }

    private static void Flatten(TomlValue value, string prefix, Dictionary<string, string?> data)
    {
        switch (value)
        {
            case TomlTable table:
                foreach (TomlEntry entry in table.Entries) Flatten(entry.Value, Join(prefix, entry.Key), data);
                break;
            case TomlArray array:
                for (int i = 0; i < array.Items.Count; i++)
                    Flatten(array.Items[i], Join(prefix, i.ToString(CultureInfo.InvariantCulture)), data);
                break;
            default:
                string text = value is TomlString plain ? plain.Value : TomlText.Write(value);
                if (data.TryAdd(prefix, text)) break;
                throw new FormatException($"\"{prefix}\" is set twice; case is ignored here");
        }
    }

    private static string Join(string prefix, string key) =>
        prefix.Length == 0 ? key : ConfigurationPath.Combine(prefix, key);
}
