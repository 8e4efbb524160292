using Whalescale.Agent.Configuration.Schema;

namespace Whalescale.Agent.Configuration;

/// <summary>Defaults that follow from the machine or from other settings.</summary>
internal static class ConfigurationDefaults
{
    private const int LongestName = 63;

    /// <summary>Sets them wherever nothing was written.</summary>
    public static void Apply(ConfigurationValues values, string hostName, ConfigurationChecks checks)
    {
        TableValues node = values["node"];
        node.SetMissing(Settings.NodeName, NameOf(hostName), SettingOrigin.Default);

        ushort[] ports = [.. node.Get(Settings.NodeEndpoints).Select(NetworkRules.PortOf).Distinct()];
        if (ports.Length == 1)
        {
            var origin = new SettingOrigin(SettingOriginKind.Derived, Settings.NodeEndpoints.Path);
            values["transport"].SetMissing(Settings.ListenPort, (int)ports[0], origin);
        }

        foreach (TableValues peer in values.Rows("peer"))
        {
            if (peer.Find(Settings.PeerId) is { } id)
                peer.SetMissing(Settings.PeerName, ((NodeId)id.Typed).ToShortString(), SettingOrigin.Default);
        }

        if (!checks.IsWindows) return;
        values["api"].SetMissing(Settings.ApiUnix, TextRules.None, SettingOrigin.Default);
        values["api"].SetMissing(Settings.ApiPipe, "whalescale", SettingOrigin.Default);
    }

    /// <summary>The host name up to the first dot, lower-cased, other characters as hyphens; "node" if nothing is
    /// left.</summary>
    public static string NameOf(string hostName)
    {
        string label = hostName.Split('.')[0].ToLowerInvariant();
        char[] fitting = [.. label.Select(each => char.IsAsciiLetterOrDigit(each) ? each : '-')];
        string name = new string(fitting).Trim('-');
        if (name.Length > LongestName) name = name[..LongestName].TrimEnd('-');
        return name.Length == 0 ? "node" : name;
    }
}
