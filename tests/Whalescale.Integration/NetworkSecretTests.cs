using System.Diagnostics;
using Whalescale.Integration.Lab;
using Xunit.Abstractions;

namespace Whalescale.Integration;

/// <summary>A network with a secret: for those who lack it, its nodes are not there.</summary>
public sealed class NetworkSecretTests(ITestOutputHelper output)
{
    private const string Secret = "c2VjcmV0IG9mIHRoZSBsYWIncyBvd24gbmV0d29yay4=";
    private const string OtherSecret = "b3RoZXIgc2VjcmV0LCBvZiBzb21lIG90aGVyIGxhYi4=";
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(15);

    [RootFact]
    public void Nodes_with_the_same_secret_reach_each_other_and_mix_it_into_their_keys()
    {
        using TunnelLab lab = TunnelLab.Prepare(output);
        foreach (AgentProcess agent in lab.Agents) agent.WriteNetworkSecret(Secret);

        foreach (AgentProcess agent in lab.Agents) agent.Start();
        lab.WaitUntilConnected();

        foreach (AgentProcess agent in lab.Agents)
        {
            PeerState peer = Assert.Single(agent.ReadStatus()!.Peers);
            Assert.Equal("direct", peer.State);
            Assert.StartsWith("Noise_IKpsk2_", peer.Suite, StringComparison.Ordinal);
        }
    }

    [RootFact]
    public void A_node_without_the_secret_gets_no_answer_at_all() => IsIgnored(null);

    [RootFact]
    public void A_node_with_another_secret_gets_no_answer_at_all() => IsIgnored(OtherSecret);

    private void IsIgnored(string? secretOfAlpha)
    {
        using TunnelLab lab = TunnelLab.Prepare(output);
        lab.Beta.WriteNetworkSecret(Secret);
        if (secretOfAlpha is not null) lab.Alpha.WriteNetworkSecret(secretOfAlpha);
        // Without an address of alpha, whatever beta sends is an answer.
        lab.Beta.WriteConfig("12-peer.toml", $"""
            [[peer]]
            id = "{lab.Alpha.Id}"
            name = "alpha"
            routes = ["{lab.OverlayIpv4(lab.Alpha)}/32"]
            """);
        lab.Beta.Start();
        lab.Beta.WaitUntilReady(Limit);

        lab.Alpha.Start();
        lab.Alpha.WaitUntilReady(Limit);
        long start = Stopwatch.GetTimestamp();
        Wait.Until("three seconds of attempts are over", Limit, () =>
        {
            Assert.All(lab.Agents, agent => Assert.Null(Assert.Single(agent.ReadStatus()!.Peers).Suite));
            return Stopwatch.GetElapsedTime(start) > TimeSpan.FromSeconds(3)
                && UdpCounters.Of(lab.Beta.Host.Namespace).Received >= 2;
        });

        Assert.Equal(0, UdpCounters.Of(lab.Beta.Host.Namespace).Sent);

        // Nothing but the secret was in the way.
        Assert.Equal(0, lab.Alpha.Stop());
        lab.Alpha.WriteNetworkSecret(Secret);
        lab.Alpha.Start();
        lab.WaitUntilConnected();
        Assert.True(UdpCounters.Of(lab.Beta.Host.Namespace).Sent > 0);
    }
}
