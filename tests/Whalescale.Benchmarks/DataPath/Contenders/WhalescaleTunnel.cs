using Whalescale.Integration.Lab;
using Bed = Whalescale.Benchmarks.DataPath.Testbed;

namespace Whalescale.Benchmarks.DataPath.Contenders;

/// <summary>The real agent, set up by its own commands and otherwise with default settings.</summary>
internal sealed class WhalescaleTunnel(Testbed testbed, string directory) : Tunnel(testbed, directory)
{
    internal override void Start()
    {
        string alpha = Initialise("alpha", Bed.AlphaOverlay), beta = Initialise("beta", Bed.BetaOverlay);
        Introduce("alpha", beta, "beta", Bed.BetaUnderlay, Bed.BetaOverlay);
        Introduce("beta", alpha, "alpha", Bed.AlphaUnderlay, Bed.AlphaOverlay);
        Run(Testbed.Alpha, [AgentBinary.FullPath, "run", "--config", ConfigOf("alpha")]);
        Run(Testbed.Beta, [AgentBinary.FullPath, "run", "--config", ConfigOf("beta")]);
    }

    /// <returns>The node id.</returns>
    private string Initialise(string name, string overlay)
    {
        string directory = Directory(Path.Combine(name, "conf.d"));
        string home = Path.GetDirectoryName(directory)!;
        Agent("init", "--config", ConfigOf(name), "--state-dir", Path.Combine(home, "state"), "--name", name);
        File.WriteAllText(Path.Combine(directory, "10-bench.toml"), $"""
            [node]
            address = ["{overlay}/16"]
            [transport]
            listen_port = {AgentBinary.ListenPort}
            [api]
            unix = "{Path.Combine(home, "api.sock")}"

            """);
        return Agent("id", "--config", ConfigOf(name)).Trim();
    }

    private void Introduce(string name, string id, string peer, string underlay, string overlay) =>
        Agent(
            "peers", "add", id, "--name", peer, "--config", ConfigOf(name),
            "--endpoint", $"{underlay}:{AgentBinary.ListenPort}", "--route", $"{overlay}/32");

    private string ConfigOf(string name) => Path.Combine(Root, name, "whalescale.toml");

    private static string Agent(params IEnumerable<string> arguments) =>
        Command.Run([AgentBinary.FullPath, .. arguments]);
}
