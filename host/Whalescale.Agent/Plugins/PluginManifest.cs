using System.Buffers;
using Whalescale.Agent.Configuration.Toml;

namespace Whalescale.Agent.Plugins;

/// <summary>What <c>plugin.toml</c> says.</summary>
/// <remarks>
/// <code>
/// name = "first-path"                       # also the name of the directory
/// entry = "Whalescale.Plugin.Template.dll"  # the assembly with the exports
/// api_level = 1                             # ContractVersion.Current it was built against
///
/// [files]                                   # every file of the directory but this one, with its SHA-256
/// "Whalescale.Plugin.Template.dll" = "…64 hex digits…"
/// </code>
/// The configuration holds the SHA-256 of this file, so one hash written by the operator pins all of the plugin.
/// </remarks>
/// <param name="Name">Name of the plugin.</param>
/// <param name="Entry">File name of the entry assembly.</param>
/// <param name="ApiLevel">Level of the contracts it was built against.</param>
/// <param name="Files">SHA-256 in hex by file name.</param>
internal sealed record PluginManifest(
    string Name, string Entry, int ApiLevel, IReadOnlyDictionary<string, string> Files)
{
    public const string FileName = "plugin.toml";

    private const int LongestName = 63;
    private const int LongestFileName = 128;

    private static readonly SearchValues<char> NameCharacters = SearchValues.Create("abcdefghijklmnopqrstuvwxyz0123456789-");

    private static readonly string[] Keys = ["name", "entry", "api_level", "files"];

    /// <summary>Whether this can name a plugin or module: lower-case letters, digits and hyphens.</summary>
    public static bool IsName(string name) =>
        name.Length is > 0 and <= LongestName && !name.AsSpan().ContainsAnyExcept(NameCharacters);

    /// <summary>Whether this is a plain file name that stays in its directory on every system.</summary>
    public static bool IsFileName(string name) =>
        name.Length is > 0 and <= LongestFileName
        && name[0] != '.'
        && name.All(character => char.IsAsciiLetterOrDigit(character) || character is '.' or '-' or '_');

    /// <summary>Reads the bytes of the file.</summary>
    /// <exception cref="PluginRefusedException">Not TOML, or not these keys; the message has line and
    /// column.</exception>
    public static PluginManifest Parse(ReadOnlySpan<byte> utf8)
    {
        TomlDocument document = TomlReader.Read(utf8);
        if (!document.IsValid) throw Mistake(document.Errors[0].Position, document.Errors[0].Message);
        TomlTable root = document.Root;
        foreach (TomlEntry entry in root.Entries)
        {
            if (!Keys.Contains(entry.Key))
                throw Mistake(entry.KeyPosition, $"unknown key '{entry.Key}'; there are {string.Join(", ", Keys)}");
        }

        var files = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (TomlEntry file in Value<TomlTable>(root, "files").Entries)
        {
            if (file.Value is not TomlString { Value: { Length: 64 } hash } || !hash.All(char.IsAsciiHexDigit))
                throw Mistake(file.Value.Position, "the hash of a file is text of 64 hex digits");
            files.Add(file.Key, hash);
        }

        TomlInteger level = Value<TomlInteger>(root, "api_level");
        if (level.Value is < 1 or > int.MaxValue) throw Mistake(level.Position, "api_level is 1 or more");
        return new PluginManifest(
            Value<TomlString>(root, "name").Value, Value<TomlString>(root, "entry").Value, (int)level.Value, files);
    }

    private static T Value<T>(TomlTable root, string key)
        where T : TomlValue
    {
        if (!root.TryGet(key, out TomlEntry? entry)) throw Mistake(root.Position, $"the key '{key}' is missing");
        return entry.Value as T ?? throw Mistake(entry.Value.Position, $"'{key}' may not be {entry.Value.KindName}");
    }

    private static PluginRefusedException Mistake(TomlPosition position, string message) =>
        new($"{FileName}:{position.Line}:{position.Column}: {Printable.Escape(message)}");
}
