using System.Globalization;
using Whalescale.Agent.Configuration.Toml;

namespace Whalescale.Agent.Configuration;

/// <summary>Kinds of sources, weakest first.</summary>
internal enum SettingOriginKind
{
    Default,
    Derived,
    File,
    ConfDirectory,
    Environment,
    CommandLine,
}

/// <summary>Where a value came from.</summary>
/// <param name="Kind">Kind of the source.</param>
/// <param name="Name">File, variable, option, or the key it was derived from; empty for defaults.</param>
/// <param name="Position">Place in the file.</param>
internal readonly record struct SettingOrigin(SettingOriginKind Kind, string Name, TomlPosition Position = default)
{
    public static SettingOrigin Default => new(SettingOriginKind.Default, "");

    /// <summary>"file:/etc/whalescale/whalescale.toml:12", "conf.d:/…:3", "env:WHALESCALE_TUN_NAME", "option:--name",
    /// "derived:node.endpoints" or "default".</summary>
    public override string ToString() => Kind switch
    {
        SettingOriginKind.File => $"file:{Place}",
        SettingOriginKind.ConfDirectory => $"conf.d:{Place}",
        SettingOriginKind.Environment => $"env:{Name}",
        SettingOriginKind.CommandLine => $"option:{Name}",
        SettingOriginKind.Derived => $"derived:{Name}",
        _ => "default",
    };

    /// <summary>"file:line" without the kind, as a message names it.</summary>
    public string Place => Position.IsNone
        ? Name
        : string.Create(CultureInfo.InvariantCulture, $"{Name}:{Position.Line}");
}
