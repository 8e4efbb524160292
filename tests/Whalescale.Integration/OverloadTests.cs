using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Whalescale.Integration.Lab;
using Xunit.Abstractions;

namespace Whalescale.Integration;

/// <summary>More arrives than an agent takes.</summary>
public sealed class OverloadTests(ITestOutputHelper output)
{
    private const string Counter = "whalescale_drop_socket_buffer_full_total";
    private const int LeastDrops = 1_000;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    [RootFact]
    public void What_the_kernel_drops_while_an_agent_stands_still_is_counted_to_the_datagram()
    {
        using TunnelLab lab = TunnelLab.Start(output);
        Assert.Equal(0, lab.Beta.Metric(Counter));
        using Socket stranger = lab.Topology.Router.Inside(() =>
            new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp));
        stranger.Connect(IPAddress.Parse(lab.Beta.Host.Uplink.Ipv4), AgentBinary.ListenPort);
        var datagram = new byte[1400];

        lab.Beta.Pause();
        Wait.Until("the kernel drops", Patience, () =>
        {
            for (int i = 0; i < 5_000; i++) stranger.Send(datagram);
            return DropsOf(lab.Beta) >= LeastDrops;
        });
        lab.Beta.Resume();

        // The kernel tells the number along with the next datagram that it delivers.
        lab.WaitUntilConnected();
        long drops = DropsOf(lab.Beta);
        output.Report("overload.dropped_by_the_kernel", drops, "datagrams");
        Wait.Until("all are counted", Patience, () => (long)lab.Beta.Metric(Counter) == drops);
    }

    /// <summary>What the sockets of the agent's port dropped: the last column of /proc/net/udp, in decimal.</summary>
    private static long DropsOf(AgentProcess agent)
    {
        string port = ":" + AgentBinary.ListenPort.ToString("X4", CultureInfo.InvariantCulture);
        return agent.Host.Namespace.Run("cat", "/proc/net/udp", "/proc/net/udp6").Split('\n')
            .Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries))
            .Where(words => words.Length > 2 && words[1].EndsWith(port, StringComparison.Ordinal))
            .Sum(words => long.Parse(words[^1], CultureInfo.InvariantCulture));
    }
}
