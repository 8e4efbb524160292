using Whalescale.Agent.Configuration.Schema;
using Whalescale.Agent.Configuration.Toml;

namespace Whalescale.Agent.Configuration;

/// <summary>One value in force, or the default.</summary>
/// <param name="Typed">The value as its setting reads it.</param>
/// <param name="Raw">As it was written; items of lists know their places.</param>
/// <param name="Origin">Where it came from.</param>
internal sealed record SettingValue(object Typed, TomlValue Raw, SettingOrigin Origin);

/// <summary>The values of one table, or of one row of an array of tables; the last value set for a key is in
/// force.</summary>
internal sealed class TableValues(SettingTable table, SettingOrigin header)
{
    private readonly Dictionary<Setting, SettingValue> _values = [];
    private readonly HashSet<Setting> _unreadable = [];

    public SettingTable Table => table;

    /// <summary>Where the row begins.</summary>
    public SettingOrigin Header => header;

    public void Set(Setting setting, SettingValue value) => _values[setting] = value;

    /// <summary>Sets what follows from something else, where nothing was written.</summary>
    public void SetMissing(Setting setting, object value, SettingOrigin origin)
    {
        if (IsMissing(setting)) Set(setting, new SettingValue(value, setting.ToToml(value), origin));
    }

    /// <summary>Remembers that something was written, though nothing that could be read.</summary>
    public void SetUnreadable(Setting setting) => _unreadable.Add(setting);

    public SettingValue? Find(Setting setting) => _values.GetValueOrDefault(setting);

    /// <summary>Whether nothing was written, not even a mistake.</summary>
    public bool IsMissing(Setting setting) => !_values.ContainsKey(setting) && !_unreadable.Contains(setting);

    /// <summary>The value in force, or the default.</summary>
    public T Get<T>(Setting<T> setting)
        where T : notnull => _values.TryGetValue(setting, out SettingValue? value) ? (T)value.Typed : setting.Default;
}
