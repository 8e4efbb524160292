using System.Globalization;
using Whalescale.Integration.Lab;
using Bed = Whalescale.Benchmarks.DataPath.Testbed;

namespace Whalescale.Benchmarks.DataPath.Contenders;

/// <summary>wireguard-go in the foreground, set up by <c>wg</c>; MTU 1420, its default.</summary>
internal sealed class WireGuardTunnel(Testbed testbed, string directory) : Tunnel(testbed, directory)
{
    private const string SocketDirectory = "/var/run/wireguard";
    private const int Port = 51820;
    private static readonly TimeSpan StartLimit = TimeSpan.FromSeconds(5);

    // Its control sockets bear the names of the devices and lie in one directory for all namespaces.
    private static readonly string Prefix = "wg" + Environment.ProcessId.ToString(CultureInfo.InvariantCulture);

    private string AlphaDevice => $"{Prefix}a{(int)Testbed.Wire}";

    private string BetaDevice => $"{Prefix}b{(int)Testbed.Wire}";

    internal override void Start()
    {
        string alphaKey = NewKey("alpha"), betaKey = NewKey("beta");
        StartEnd(Testbed.Alpha, AlphaDevice);
        StartEnd(Testbed.Beta, BetaDevice);
        Configure(Testbed.Alpha, AlphaDevice, "alpha", betaKey, Bed.BetaOverlay, Bed.BetaUnderlay);
        Configure(Testbed.Beta, BetaDevice, "beta", alphaKey, Bed.AlphaOverlay, Bed.AlphaUnderlay);
        Testbed.Alpha.Configure($"address add {Bed.AlphaOverlay}/24 dev {AlphaDevice}", $"link set {AlphaDevice} up");
        Testbed.Beta.Configure($"address add {Bed.BetaOverlay}/24 dev {BetaDevice}", $"link set {BetaDevice} up");
    }

    public override void Dispose()
    {
        base.Dispose();
        foreach (string device in (string[])[AlphaDevice, BetaDevice]) File.Delete(SocketOf(device));
    }

    private static string SocketOf(string device) => Path.Combine(SocketDirectory, device + ".sock");

    private void StartEnd(NetworkNamespace end, string device)
    {
        Run(end, ["wireguard-go", "-f", device], new Dictionary<string, string> { ["LOG_LEVEL"] = "error" });
        Wait.Until("wireguard-go listens", StartLimit, () =>
        {
            Check();
            return File.Exists(SocketOf(device));
        });
    }

    private void Configure(
        NetworkNamespace end, string device, string name, string peerKey, string peerOverlay, string peerUnderlay) =>
        end.Run(
            "wg", "set", device, "private-key", KeyFile(name), "listen-port", $"{Port}", "peer", peerKey,
            "allowed-ips", $"{peerOverlay}/32", "endpoint", $"{peerUnderlay}:{Port}");

    private string KeyFile(string name) => Path.Combine(Root, name + ".key");

    /// <returns>The public key.</returns>
    private string NewKey(string name)
    {
        string key = Command.Run(["wg", "genkey"]).Trim();
        File.WriteAllText(KeyFile(name), key + "\n");
        return Command.Run(["wg", "pubkey"], key + "\n").Trim();
    }
}
