using System.Reflection;

namespace Whalescale.Integration.Lab;

/// <summary>Where the agent is that these tests run.</summary>
internal static class AgentBinary
{
    /// <summary>UDP port of every agent of the lab: each host has all ports to itself.</summary>
    public const int ListenPort = 51900;

    /// <summary>The agent built with these tests, in the same configuration; WHALESCALE_AGENT names another.</summary>
    public static string FullPath { get; } = Find();

    private static string Find()
    {
        string? chosen = Environment.GetEnvironmentVariable("WHALESCALE_AGENT");
        if (!string.IsNullOrEmpty(chosen)) return chosen;

        // artifacts/bin/Whalescale.Integration/release → artifacts/bin/Whalescale.Agent/release
        string here = Path.GetDirectoryName(Assembly.GetExecutingAssembly().Location)!;
        string file = OperatingSystem.IsWindows() ? "whalescale.exe" : "whalescale";
        string path = Path.GetFullPath(
            Path.Combine(here, "..", "..", "Whalescale.Agent", Path.GetFileName(here), file));
        return File.Exists(path)
            ? path
            : throw new FileNotFoundException("Build the agent first: dotnet build -c Release", path);
    }
}
