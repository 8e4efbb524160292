using Whalescale.Agent.Configuration.Schema;
using Whalescale.Agent.Configuration.Toml;

namespace Whalescale.Agent.Configuration;

/// <summary>Whether every module that is named exists. Plugins are not loaded yet, so the name of one that will be
/// passes.</summary>
internal static class ModuleChecks
{
    public static void Run(ConfigurationValues values, ConfigurationChecks checks)
    {
        CheckPlugins(values);
        if (checks.ModuleNames is null) return;
        string[] plugins = [.. values.Rows("plugins.load").Select(row => row.Get(Settings.PluginName))];
        foreach (TableValues table in values.Tables)
        {
            foreach (Setting setting in table.Table.Settings)
            {
                if (setting.ModuleKind is not { } kind || table.Find(setting) is not { } value) continue;
                string[] available = [.. checks.ModuleNames(kind).Order(StringComparer.Ordinal)];
                TomlValue[] named = value.Raw is TomlArray array ? [.. array.Items] : [value.Raw];
                foreach (TomlString name in named.OfType<TomlString>())
                {
                    if (available.Contains(name.Value) || plugins.Contains(name.Value)) continue;
                    string list = available.Length > 0 ? $"available: {string.Join(", ", available)}"
                        : "there is none yet";
                    string phrase = Suggestion.Phrase(Suggestion.Nearest(name.Value, available));
                    values.Mistakes.Add(new Mistake(value.Origin.Name, name.Position,
                        $"{setting.Path}: {TomlText.Shown(name.Value)} is not available "
                        + $"in this version ({list}){phrase}"));
                }
            }
        }
    }

    private static void CheckPlugins(ConfigurationValues values)
    {
        var names = new Dictionary<string, SettingOrigin>(StringComparer.Ordinal);
        foreach (TableValues row in values.Rows("plugins.load"))
        {
            if (row.Find(Settings.PluginName) is not { } name) continue;
            if (names.TryAdd((string)name.Typed, name.Origin)) continue;
            values.Mistakes.Add(new Mistake(name.Origin.Name, name.Raw.Position,
                $"{Settings.PluginName.Path}: this plugin is written already at {names[(string)name.Typed].Place}"));
        }
    }
}
