using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Whalescale.Integration.Lab;
using Xunit.Abstractions;

namespace Whalescale.Integration;

/// <summary>What the agent makes of the machine it runs on, and how it leaves it.</summary>
public sealed class LifecycleTests(ITestOutputHelper output)
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(10);

    [RootFact]
    public void SIGTERM_takes_device_routes_and_socket_away_and_exits_with_0_in_five_seconds()
    {
        using TunnelLab lab = TunnelLab.Prepare(output);
        string before = NetworkOf(lab.Alpha);
        foreach (AgentProcess agent in lab.Agents) agent.Start();
        lab.WaitUntilConnected();
        Assert.NotEqual(before, NetworkOf(lab.Alpha));

        long start = Stopwatch.GetTimestamp();
        int exitCode = lab.Alpha.Stop();
        TimeSpan duration = Stopwatch.GetElapsedTime(start);

        output.Report("stop.duration", duration.TotalMilliseconds, "ms");
        Assert.Equal(0, exitCode);
        Assert.InRange(duration, TimeSpan.Zero, TimeSpan.FromSeconds(5));
        Assert.Equal(before, NetworkOf(lab.Alpha));
        Assert.False(File.Exists(lab.Alpha.SocketPath));
    }

    [RootFact]
    public void A_port_that_is_taken_at_the_start_is_used_as_soon_as_it_is_free()
    {
        using TunnelLab lab = TunnelLab.Prepare(output);
        Socket squatter = lab.Alpha.Host.Namespace.Inside(() =>
        {
            var socket = new Socket(AddressFamily.InterNetworkV6, SocketType.Dgram, ProtocolType.Udp) { DualMode = true };
            socket.Bind(new IPEndPoint(IPAddress.IPv6Any, AgentBinary.ListenPort));
            return socket;
        });
        using (squatter)
        {
            foreach (AgentProcess agent in lab.Agents) agent.Start();
            Wait.Until("the agent says that the port is taken", Limit,
                () => lab.Alpha.Log.Contains("is not used yet", StringComparison.Ordinal));
        }

        lab.WaitUntilConnected();
    }

    [RootFact]
    public void A_route_that_would_shadow_a_connected_network_is_refused_and_the_underlay_keeps_working()
    {
        using TunnelLab lab = TunnelLab.Prepare(output);
        Link uplink = lab.Alpha.Host.Uplink;
        lab.Alpha.WriteConfig("12-peer.toml", $"""
            [[peer]]
            id = "{lab.Beta.Id}"
            name = "beta"
            endpoints = ["{lab.Beta.Host.Uplink.Ipv4}:{AgentBinary.ListenPort}"]
            routes = ["{lab.OverlayIpv4(lab.Beta)}/32", "{uplink.Ipv4Prefix}"]
            """);
        string before = lab.Alpha.Host.Namespace.Run("ip", "route", "get", uplink.Ipv4Gateway);

        foreach (AgentProcess agent in lab.Agents) agent.Start();
        lab.WaitUntilConnected();

        Wait.Until("the refusal is in the log", Limit, () =>
            lab.Alpha.Log.Contains(uplink.Ipv4Prefix, StringComparison.Ordinal));
        Assert.Equal(before, lab.Alpha.Host.Namespace.Run("ip", "route", "get", uplink.Ipv4Gateway));
        Assert.DoesNotContain(
            uplink.Ipv4Prefix,
            lab.Alpha.Host.Namespace.Run("ip", "route", "show", "dev", "whale0"),
            StringComparison.Ordinal);
        Assert.True(PingSeries.IsAnswered(lab.Alpha.Host.Namespace, uplink.Ipv4Gateway));
    }

    [RootFact]
    public void A_peer_added_by_command_is_reached_at_once()
    {
        using TunnelLab lab = TunnelLab.Prepare(output);
        lab.Alpha.WriteConfig("12-peer.toml", "");
        foreach (AgentProcess agent in lab.Agents) agent.Start();
        foreach (AgentProcess agent in lab.Agents) agent.WaitUntilReady(Limit);
        Assert.Empty(lab.Alpha.ReadStatus()!.Peers);

        CommandResult result = lab.Alpha.Cli(
            "peers", "add", lab.Beta.Id.ToString(), "--name", "beta", "--config", lab.Alpha.ConfigFile,
            "--endpoint", $"{lab.Beta.Host.Uplink.Ipv4}:{AgentBinary.ListenPort}",
            "--route", $"{lab.OverlayIpv4(lab.Beta)}/32");

        Assert.True(result.ExitCode == 0, result.ToString());
        lab.WaitUntilConnected();
    }

    /// <summary>Devices, addresses, routes and rules of a host, without what the kernel counts or ages.</summary>
    private static string NetworkOf(AgentProcess agent)
    {
        NetworkNamespace host = agent.Host.Namespace;
        return string.Join('\n',
            host.Run("ip", "-brief", "link"),
            host.Run("ip", "-brief", "address"),
            host.Run("ip", "route", "show", "table", "all"),
            host.Run("ip", "-6", "route", "show", "table", "all"),
            host.Run("ip", "rule"),
            host.Run("ip", "-6", "rule"));
    }
}
