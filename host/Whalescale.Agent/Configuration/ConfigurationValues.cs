using Whalescale.Agent.Configuration.Schema;
using Whalescale.Agent.Configuration.Toml;

namespace Whalescale.Agent.Configuration;

/// <summary>Takes the sources one after another, weakest first, and holds what is in force and what is wrong.</summary>
internal sealed class ConfigurationValues
{
    private readonly ConfigurationChecks _checks;
    private readonly Dictionary<SettingTable, TableValues> _tables = [];
    private readonly Dictionary<SettingTable, List<TableValues>> _rows = [];

    public ConfigurationValues(ConfigurationChecks checks)
    {
        _checks = checks;
        foreach (SettingTable table in Settings.Tables)
        {
            if (table.IsArray) _rows.Add(table, []);
            else _tables.Add(table, new TableValues(table, SettingOrigin.Default));
        }
    }

    public List<Mistake> Mistakes { get; } = [];

    /// <summary>The one instance of a plain table.</summary>
    public TableValues this[string table] => _tables[Settings.FindTable(table)!];

    public IEnumerable<TableValues> Tables => _tables.Values;

    /// <summary>The rows of an array of tables, over all files.</summary>
    public IReadOnlyList<TableValues> Rows(string table) => _rows[Settings.FindTable(table)!];

    /// <summary>Takes a file, with the errors of its grammar.</summary>
    public void AddFile(SettingOriginKind kind, string path, TomlDocument document)
    {
        foreach (TomlError error in document.Errors) Mistakes.Add(new Mistake(path, error.Position, error.Message));
        foreach (TomlEntry entry in document.Root.Entries)
        {
            SettingTable? table = Settings.FindTable(entry.Key);
            if (table is not null) AddEntry(table, entry, new SettingOrigin(kind, path, entry.KeyPosition));
            else Mistakes.Add(new Mistake(path, entry.KeyPosition, UnknownAtTop(entry)));
        }
    }

    /// <summary>Takes a single text for a setting that is no list and stands in no row.</summary>
    public void AddText(Setting setting, string text, SettingOrigin origin) =>
        AddValue(_tables[Settings.FindTable(setting.Table)!], setting, setting.FromText(text), default, origin);

    private void AddEntry(SettingTable table, TomlEntry entry, SettingOrigin origin)
    {
        switch (entry.Value)
        {
            case TomlInvalid:
                break;
            case TomlTable values when !table.IsArray:
                AddTable(_tables[table], values, origin);
                break;
            case TomlArray array when table.IsArray && array.Items.All(item => item is TomlTable or TomlInvalid):
                foreach (TomlTable row in array.Items.OfType<TomlTable>()) AddRow(table, row, origin);
                break;
            default:
                string kind = entry.Value is TomlArray ? "a list of tables" : entry.Value.KindName;
                string message = table.IsArray
                    ? $"{table.Name} is a list of tables, not {kind}; write {table.Header} before each"
                    : $"{table.Name} is one table, not {kind}; write {table.Header} once";
                Mistakes.Add(new Mistake(origin.Name, entry.KeyPosition, message));
                break;
        }
    }

    private void AddRow(SettingTable table, TomlTable values, SettingOrigin origin)
    {
        var row = new TableValues(table, origin with { Position = values.Position });
        _rows[table].Add(row);
        AddTable(row, values, origin);
        foreach (Setting setting in table.Settings.Where(each => each.IsRequired && row.IsMissing(each)))
        {
            Mistakes.Add(new Mistake(origin.Name, values.Position,
                $"{setting.Path}: is missing; every {table.Header} needs {setting.Key} = {setting.Example}"));
        }
    }

    private void AddTable(TableValues target, TomlTable values, SettingOrigin origin)
    {
        foreach (TomlEntry entry in values.Entries)
        {
            SettingOrigin here = origin with { Position = entry.KeyPosition };
            if (target.Table.Find(entry.Key) is { } setting)
                AddValue(target, setting, entry.Value, entry.KeyPosition, here);
            else if (Settings.FindTable($"{target.Table.Name}.{entry.Key}") is { } inner)
                AddEntry(inner, entry, here);
            else
                Mistakes.Add(new Mistake(origin.Name, entry.KeyPosition, Unknown(target.Table, entry.Key)));
        }
    }

    private void AddValue(
        TableValues target, Setting setting, TomlValue raw, TomlPosition key, SettingOrigin origin)
    {
        var site = new RuleSite(setting, origin, _checks, Mistakes);
        if (setting.Unavailable(_checks) is { } reason)
        {
            site.Wrong(key, reason);
            return;
        }

        if (setting.Read(raw, site) is { } typed) target.Set(setting, new SettingValue(typed, raw, origin));
        else target.SetUnreadable(setting);
    }

    private static string UnknownAtTop(TomlEntry entry)
    {
        string? nearest = Suggestion.Nearest(entry.Key, Settings.Tables.Select(table => table.Name));
        if (entry.Value is TomlTable or TomlArray { IsOfHeaders: true })
            return $"there is no table \"{entry.Key}\"{Suggestion.Phrase(nearest)}";
        Setting? setting = Settings.All.FirstOrDefault(each => each.Key == entry.Key);
        string where = setting is null ? "a table such as [node]" : Settings.FindTable(setting.Table)!.Header;
        return $"\"{entry.Key}\" stands outside of any table; keys stand under {where}";
    }

    private static string Unknown(SettingTable table, string key)
    {
        string? nearest = Suggestion.Nearest(key, table.Settings.Select(setting => setting.Key));
        string phrase = Suggestion.Phrase(nearest);
        Setting? elsewhere = Settings.All.FirstOrDefault(setting => setting.Key == key);
        if (nearest is null && elsewhere is not null)
            phrase = $"; it belongs under {Settings.FindTable(elsewhere.Table)!.Header}";
        return $"{table.Name}.{key}: there is no such key{phrase}";
    }
}
