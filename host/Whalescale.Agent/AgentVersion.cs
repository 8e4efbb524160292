using System.Reflection;

namespace Whalescale.Agent;

/// <summary>Version of this executable.</summary>
internal static class AgentVersion
{
    /// <summary>"0.1.0".</summary>
    public static string Text { get; } = Short(
        typeof(AgentVersion).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion);

    /// <summary>Without the commit that the build appends.</summary>
    public static string Short(string? version) => version?.Split('+')[0] ?? "0";
}
