using Whalescale.Agent.Configuration.Schema;

namespace Whalescale.Agent.Configuration;

/// <summary>Reads WHALESCALE_TABLE_KEY variables and command-line overrides: single values only.</summary>
internal static class EnvironmentValues
{
    private const string Prefix = "WHALESCALE_";

    /// <summary>Variables that belong to the command line and to the forwarder.</summary>
    private static readonly string[] Foreign = ["WHALESCALE_API", "WHALESCALE_FORWARDER_TARGET"];

    public static void AddTo(ConfigurationValues values, IReadOnlyDictionary<string, string> environment)
    {
        foreach ((string name, string text) in environment.OrderBy(each => each.Key, StringComparer.Ordinal))
        {
            if (!name.StartsWith(Prefix, StringComparison.Ordinal) || Foreign.Contains(name)) continue;
            var origin = new SettingOrigin(SettingOriginKind.Environment, name);
            Setting? setting = Settings.All.FirstOrDefault(each => each.EnvironmentName == name);
            if (setting is not null) AddText(values, setting, text, origin);
            else if (Complaint(name) is { } complaint) values.Mistakes.Add(new Mistake(name, default, complaint));
        }
    }

    public static void AddTo(ConfigurationValues values, IReadOnlyList<ConfigurationOverride> overrides)
    {
        foreach (ConfigurationOverride each in overrides)
        {
            Setting? setting = Settings.All.FirstOrDefault(candidate => candidate.Path == each.Key);
            if (setting is not null)
            {
                AddText(values, setting, each.Value, new SettingOrigin(SettingOriginKind.CommandLine, each.Option));
                continue;
            }

            string? nearest = Suggestion.Nearest(each.Key, Settings.All.Select(candidate => candidate.Path));
            string message = $"{each.Key}: there is no such key{Suggestion.Phrase(nearest)}";
            values.Mistakes.Add(new Mistake(each.Option, default, message));
        }
    }

    private static void AddText(ConfigurationValues values, Setting setting, string text, SettingOrigin origin)
    {
        SettingTable table = Settings.FindTable(setting.Table)!;
        if (!table.IsArray && !setting.IsList)
        {
            values.AddText(setting, text, origin);
            return;
        }

        string message = table.IsArray
            ? $"{table.Header} can only be written in a file"
            : $"{setting.Path}: is a list and can only be written in a file, as {setting.Key} = {setting.Example}";
        values.Mistakes.Add(new Mistake(origin.Name, default, message));
    }

    /// <summary>What to say of a variable that sets nothing: one that names a table of ours, or nearly a key, is a
    /// slip of the pen; any other is somebody else's.</summary>
    private static string? Complaint(string name)
    {
        SettingTable? table = Settings.Tables
            .Where(each => name.StartsWith(Setting.EnvironmentNameOf(each.Name, ""), StringComparison.Ordinal))
            .MaxBy(each => each.Name.Length);
        if (table is { IsArray: true }) return $"{table.Header} can only be written in a file";
        string? nearest = Suggestion.Nearest(name, Settings.All
            .Where(setting => !setting.IsList && !Settings.FindTable(setting.Table)!.IsArray)
            .Select(setting => setting.EnvironmentName));
        if (table is null && nearest is null) return null;
        return $"there is no such setting{Suggestion.Phrase(nearest)}";
    }
}
