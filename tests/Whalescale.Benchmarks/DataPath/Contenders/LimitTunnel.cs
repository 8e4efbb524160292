using Whalescale.Integration.Lab;

namespace Whalescale.Benchmarks.DataPath.Contenders;

/// <summary>The <see cref="Forwarder"/>: our own packet path without a cipher.</summary>
internal sealed class LimitTunnel(Testbed testbed, string directory) : Tunnel(testbed, directory)
{
    // As the agent's project sets it.
    private static readonly Dictionary<string, string> Environment = new() { ["DOTNET_gcConcurrent"] = "0" };

    internal override void Start()
    {
        StartEnd(Testbed.Alpha, "alpha");
        StartEnd(Testbed.Beta, "beta");
    }

    private void StartEnd(NetworkNamespace end, string name) =>
        Run(end, [System.Environment.ProcessPath!, Forwarder.Command, name], Environment);
}
