namespace Whalescale.Agent.Configuration.Schema;

/// <summary>One table of the configuration.</summary>
/// <param name="Name">Name, dotted if it lies in another: "plugins.load".</param>
/// <param name="IsArray">Whether it is written <c>[[name]]</c>, any number of times, and adds up over the
/// files.</param>
/// <param name="Documentation">One line for the generated file and the reference.</param>
/// <param name="Settings">Its keys, in the order in which they are shown.</param>
internal sealed record SettingTable(string Name, bool IsArray, string Documentation, IReadOnlyList<Setting> Settings)
{
    /// <summary>The header as it is written.</summary>
    public string Header => IsArray ? $"[[{Name}]]" : $"[{Name}]";

    public Setting? Find(string key) => Settings.FirstOrDefault(setting => setting.Key == key);
}
