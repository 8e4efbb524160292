using Whalescale.Integration.Lab;
using Bed = Whalescale.Benchmarks.DataPath.Testbed;

namespace Whalescale.Benchmarks.DataPath.Contenders;

/// <summary>nebula with an authority of its own; each end knows where the other is, alpha is the lighthouse.</summary>
/// <remarks>Everything that is not written down here has nebula's default: AES, MTU 1300, one routine.</remarks>
internal sealed class NebulaTunnel(Testbed testbed, string directory) : Tunnel(testbed, directory)
{
    private const int Port = 4242;

    internal override void Start()
    {
        Command.Run(
            ["nebula-cert", "ca", "-name", "bench", "-out-crt", FileOf("ca", "crt"), "-out-key", FileOf("ca", "key")]);
        StartEnd(
            Testbed.Alpha, "alpha", Bed.AlphaOverlay, Bed.BetaOverlay, Bed.BetaUnderlay, isLighthouse: true);
        StartEnd(
            Testbed.Beta, "beta", Bed.BetaOverlay, Bed.AlphaOverlay, Bed.AlphaUnderlay, isLighthouse: false);
    }

    private void StartEnd(
        NetworkNamespace end, string name, string overlay, string peerOverlay, string peerUnderlay, bool isLighthouse)
    {
        Command.Run(
        [
            "nebula-cert", "sign", "-name", name, "-ip", $"{overlay}/24", "-ca-crt", FileOf("ca", "crt"),
            "-ca-key", FileOf("ca", "key"), "-out-crt", FileOf(name, "crt"), "-out-key", FileOf(name, "key"),
        ]);
        File.WriteAllText(FileOf(name, "yml"), $$"""
            pki: { ca: "{{FileOf("ca", "crt")}}", cert: "{{FileOf(name, "crt")}}", key: "{{FileOf(name, "key")}}" }
            static_host_map: { "{{peerOverlay}}": ["{{peerUnderlay}}:{{Port}}"] }
            lighthouse:
              am_lighthouse: {{(isLighthouse ? "true" : "false")}}
              hosts: [{{(isLighthouse ? "" : $"\"{peerOverlay}\"")}}]
            listen: { host: 0.0.0.0, port: {{Port}} }
            punchy: { punch: false }
            tun: { dev: nebula0 }
            logging: { level: warning }
            firewall:
              outbound: [{ port: any, proto: any, host: any }]
              inbound: [{ port: any, proto: any, host: any }]

            """);
        Run(end, ["nebula", "-config", FileOf(name, "yml")]);
    }

    private string FileOf(string name, string extension) => Path.Combine(Root, $"{name}.{extension}");
}
