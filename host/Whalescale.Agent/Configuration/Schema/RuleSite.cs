using Whalescale.Agent.Configuration.Toml;

namespace Whalescale.Agent.Configuration.Schema;

/// <summary>The place whose value is being read: collects what is wrong there.</summary>
internal sealed class RuleSite(Setting setting, SettingOrigin origin, ConfigurationChecks checks,
    List<Mistake> mistakes)
{
    public ConfigurationChecks Checks => checks;

    /// <summary>Notes a mistake; the key is put in front.</summary>
    /// <returns>False, so that a rule can return it.</returns>
    public bool Wrong(TomlPosition position, string message)
    {
        mistakes.Add(new Mistake(origin.Name, position, $"{setting.Path}: {message}"));
        return false;
    }

    /// <summary>How a value is written at this place: "mtu = 1380", "WHALESCALE_TUN_MTU=1380".</summary>
    public string Assignment(string example) => origin.Kind switch
    {
        SettingOriginKind.Environment => $"{origin.Name}={example.Trim('"')}",
        SettingOriginKind.CommandLine => example.Trim('"'),
        _ => $"{setting.Key} = {example}",
    };
}
