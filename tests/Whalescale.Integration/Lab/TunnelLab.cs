using System.Net;
using Xunit.Abstractions;

namespace Whalescale.Integration.Lab;

/// <summary>
/// Two machines, one tunnel: the topology with an agent on alpha and on beta that know each other. Overlay
/// addresses are 10.77.0.n and fd77::n, n = 1 for alpha and 2 for beta. Disposing it writes the last lines of both
/// logs to the test's output and removes everything.
/// </summary>
internal sealed class TunnelLab : IDisposable
{
    private static readonly TimeSpan ConnectLimit = TimeSpan.FromSeconds(15);

    private readonly ITestOutputHelper _output;
    private readonly string _directory;

    private TunnelLab(ITestOutputHelper output)
    {
        _output = output;
        _directory = System.IO.Directory.CreateTempSubdirectory("wstest-").FullName;
        Topology = new Topology();
        try
        {
            Alpha = AddAgent("alpha");
            Beta = AddAgent("beta");
        }
        catch
        {
            Topology.Dispose();
            System.IO.Directory.Delete(_directory, recursive: true);
            throw;
        }
    }

    public Topology Topology { get; }

    public AgentProcess Alpha { get; }

    public AgentProcess Beta { get; }

    /// <summary>Hosts, identities and configurations; no agent runs yet.</summary>
    /// <param name="output">Where the logs go in the end.</param>
    /// <param name="extraConfig">TOML for both, as the file 20-test.toml.</param>
    public static TunnelLab Prepare(ITestOutputHelper output, string extraConfig = "")
    {
        var lab = new TunnelLab(output);
        lab.Introduce(lab.Alpha, lab.Beta);
        lab.Introduce(lab.Beta, lab.Alpha);
        foreach (AgentProcess agent in lab.Agents) agent.WriteConfig("20-test.toml", extraConfig);
        return lab;
    }

    /// <summary>The same with both agents running and a ping answered.</summary>
    public static TunnelLab Start(ITestOutputHelper output, string extraConfig = "")
    {
        TunnelLab lab = Prepare(output, extraConfig);
        try
        {
            foreach (AgentProcess agent in lab.Agents) agent.Start();
            foreach (AgentProcess agent in lab.Agents) agent.WaitUntilReady(ConnectLimit);
            lab.WaitUntilConnected();
            return lab;
        }
        catch
        {
            lab.Dispose();
            throw;
        }
    }

    public IReadOnlyList<AgentProcess> Agents => [Alpha, Beta];

    public AgentProcess OtherThan(AgentProcess agent) => agent == Alpha ? Beta : Alpha;

    public IPAddress OverlayIpv4(AgentProcess agent) => IPAddress.Parse($"10.77.0.{agent.Host.Uplink.Subnet}");

    public IPAddress OverlayIpv6(AgentProcess agent) => IPAddress.Parse($"fd77::{agent.Host.Uplink.Subnet}");

    public void WaitUntilConnected() =>
        Wait.Until("a ping crosses the tunnel", ConnectLimit, () =>
            PingSeries.IsAnswered(Alpha.Host.Namespace, OverlayIpv4(Beta).ToString()));

    /// <summary>A flow through the tunnel to <paramref name="receiver"/>, from the other side.</summary>
    public UdpStream StreamTo(AgentProcess receiver, int packetsPerSecond, int payloadBytes) =>
        new(OtherThan(receiver).Host.Namespace, receiver.Host.Namespace, OverlayIpv4(receiver), packetsPerSecond,
            payloadBytes);

    public void Dispose()
    {
        foreach (AgentProcess agent in Agents)
        {
            _output.WriteLine(agent.Tail());
            agent.Dispose();
        }

        Topology.Dispose();
        System.IO.Directory.Delete(_directory, recursive: true);
    }

    private AgentProcess AddAgent(string name)
    {
        Host host = Topology.AddHost(name);
        string directory = System.IO.Directory.CreateDirectory(Path.Combine(_directory, name)).FullName;
        var agent = new AgentProcess(host, directory);
        agent.WriteConfig("11-address.toml", $"""
            [node]
            address = ["{OverlayIpv4(agent)}/16", "{OverlayIpv6(agent)}/64"]
            """);
        return agent;
    }

    /// <summary>Makes one agent know the other.</summary>
    /// <param name="agent">Who is to know.</param>
    /// <param name="peer">Whom.</param>
    /// <param name="networksBehind">Networks to be reached through the peer besides its own addresses.</param>
    public void Introduce(AgentProcess agent, AgentProcess peer, params IEnumerable<string> networksBehind)
    {
        Link link = peer.Host.Uplink;
        IEnumerable<string> routes = [$"{OverlayIpv4(peer)}/32", $"{OverlayIpv6(peer)}/128", .. networksBehind];
        agent.WriteConfig("12-peer.toml", $"""
            [[peer]]
            id = "{peer.Id}"
            name = "{peer.Host.Name}"
            endpoints = ["{link.Ipv4}:{AgentBinary.ListenPort}", "[{link.Ipv6}]:{AgentBinary.ListenPort}"]
            routes = [{string.Join(", ", routes.Select(route => $"\"{route}\""))}]
            """);
    }
}
