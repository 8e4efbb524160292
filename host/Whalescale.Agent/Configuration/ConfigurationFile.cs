using System.Text;
using Whalescale.Agent.Configuration.Schema;
using Whalescale.Agent.Configuration.Toml;
using Whalescale.Agent.Persistence;

namespace Whalescale.Agent.Configuration;

/// <summary>What "init" knows of the new node; null: the default stays.</summary>
internal sealed record InitialConfiguration
{
    public string? Name { get; init; }

    public string? StateDirectory { get; init; }

    public string? NetworkName { get; init; }

    public bool IsAnchor { get; init; }

    /// <summary>Where others reach this node.</summary>
    public IReadOnlyList<string> Endpoints { get; init; } = [];
}

/// <summary>The commented file that "init" writes, made from the schema.</summary>
internal static class ConfigurationFile
{
    /// <summary>Writes the file unless there is one, mode 0600; directories are made as needed.</summary>
    /// <returns>False, and nothing has changed, if there is one.</returns>
    /// <exception cref="ConfigurationException">A value is not valid.</exception>
    /// <exception cref="StateFileException">The file cannot be written.</exception>
    public static bool WriteInitial(string path, InitialConfiguration initial, IFileOperations? operations = null)
    {
        path = Path.GetFullPath(path);
        string text = Compose(path, initial);
        try
        {
            if (Path.GetDirectoryName(path) is { Length: > 0 } directory) Directory.CreateDirectory(directory);
            return AtomicFile.TryCreate(path, Encoding.UTF8.GetBytes(text), operations ?? FileOperations.Instance);
        }
        catch (Exception error) when (StateFileException.IsOfFileSystem(error))
        {
            throw StateFileException.From(error, path, "writing");
        }
    }

    /// <summary>The text of the file.</summary>
    /// <exception cref="ConfigurationException">A value is not valid.</exception>
    internal static string Compose(string path, InitialConfiguration initial)
    {
        Dictionary<Setting, TomlValue> given = Check(initial);
        var text = new StringBuilder()
            .Append("# Configuration of this Whalescale node. Lines with '#' show the default or an example.\n")
            .Append("# Files in conf.d beside it come later and win; [[peer]], [[path]], [[plugins.load]] add up.\n")
            .Append($"# After a change: whalescale config check --config {path}\n");
        foreach (SettingTable table in Settings.Tables)
        {
            Setting[] settings = [.. table.Settings.Where(each => each.Availability == Availability.Everywhere)];
            if (settings.Length == 0) continue;
            string mark = table.IsArray ? "# " : "";
            text.Append($"\n# {table.Documentation}\n{mark}{table.Header}\n");
            foreach (Setting setting in settings)
            {
                text.Append($"# {setting.Documentation}\n");
                bool isGiven = given.TryGetValue(setting, out TomlValue? value);
                string shown = isGiven ? TomlText.Write(value!) : Suggest(setting);
                text.Append($"{(isGiven ? "" : "# ")}{setting.Key} = {shown}\n");
            }
        }

        return text.ToString();
    }

    /// <summary>The default; an example where the default is nothing to look at. Modules come and go with versions, so
    /// there the default stands in any case.</summary>
    private static string Suggest(Setting setting) => setting.DefaultValue switch
    {
        null => setting.Example,
        TomlArray { Items.Count: 0 } when setting.ModuleKind is null => setting.Example,
        { } value => TomlText.Write(value),
    };

    private static Dictionary<Setting, TomlValue> Check(InitialConfiguration initial)
    {
        var given = new Dictionary<Setting, TomlValue>();
        if (initial.Name is { } name) given.Add(Settings.NodeName, new TomlString(name, default));
        if (initial.StateDirectory is { } state)
            given.Add(Settings.NodeStateDirectory, new TomlString(Path.GetFullPath(state), default));
        if (initial.NetworkName is { } network) given.Add(Settings.NetworkName, new TomlString(network, default));
        if (initial.IsAnchor) given.Add(Settings.NodeIsAnchor, new TomlBoolean(true, default));
        if (initial.Endpoints.Count > 0)
        {
            var endpoints = new TomlArray(default);
            foreach (string endpoint in initial.Endpoints) endpoints.Add(new TomlString(endpoint, default));
            given.Add(Settings.NodeEndpoints, endpoints);
        }

        var mistakes = new List<Mistake>();
        foreach ((Setting setting, TomlValue value) in given.ToArray())
        {
            var origin = new SettingOrigin(SettingOriginKind.CommandLine, "init");
            object? typed = setting.Read(value, new RuleSite(setting, origin, new ConfigurationChecks(), mistakes));
            if (typed is not null) given[setting] = setting.ToToml(typed);
        }

        return mistakes.Count == 0 ? given : throw new ConfigurationException(mistakes);
    }
}
