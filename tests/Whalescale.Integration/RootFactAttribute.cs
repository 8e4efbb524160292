namespace Whalescale.Integration;

/// <summary>A test that makes network namespaces and TUN devices: skipped, with the reason, where that is not
/// possible.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class RootFactAttribute : FactAttribute
{
    /// <summary>Looks at what this process may do.</summary>
    public RootFactAttribute()
    {
        if (!OperatingSystem.IsLinux()) Skip = "needs Linux";
        else if (!Environment.IsPrivilegedProcess) Skip = "needs root, to make network namespaces";
        else if (!File.Exists("/dev/net/tun")) Skip = "needs /dev/net/tun (modprobe tun)";
        else if (!File.Exists("/usr/sbin/ip") && !File.Exists("/sbin/ip") && !File.Exists("/usr/bin/ip"))
            Skip = "needs the ip command (iproute2)";
    }
}
