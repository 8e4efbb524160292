namespace Whalescale.Integration;

/// <summary>A test that makes network namespaces and TUN devices; skipped, with the reason, where it may not.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class RootFactAttribute : FactAttribute
{
    public RootFactAttribute()
    {
        Skip = ReasonToSkip;
    }

    /// <summary>What is missing, or null.</summary>
    internal static string? ReasonToSkip
    {
        get
        {
            if (!OperatingSystem.IsLinux()) return "needs Linux: network namespaces";
            if (!Environment.IsPrivilegedProcess) return "needs root: network namespaces";
            if (!File.Exists("/dev/net/tun")) return "needs /dev/net/tun: modprobe tun";
            return IsInstalled("ip") ? null : "needs `ip`: apt-get install iproute2";
        }
    }

    private static bool IsInstalled(string program) =>
        (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':')
            .Any(directory => File.Exists(Path.Combine(directory, program)));
}
