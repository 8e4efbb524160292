namespace Whalescale.Integration.Lab;

/// <summary>A machine without an agent on a network behind beta, 10.99.0.0/24, which alpha reaches through the tunnel.</summary>
/// <remarks>Its link leaves no work to the other end: what is sent on it has finished checksums and real segments, so
/// that either kernel sees what came out of the tunnel, or goes in, as it would on a cable.</remarks>
internal sealed class HostBehind : IDisposable
{
    public const string Address = "10.99.0.2", Network = "10.99.0.0/24";
    private const string Gateway = "10.99.0.1";

    /// <summary>Connects it to beta and tells both agents; before they start.</summary>
    public HostBehind(TunnelLab lab)
    {
        Namespace = new NetworkNamespace("gamma");
        NetworkNamespace beta = lab.Beta.Host.Namespace;
        Command.Run(
        [
            "ip", "link", "add", "back0", "netns", beta.Name, "type", "veth", "peer", "name", "back0", "netns", Namespace.Name,
        ]);
        beta.SetKernelParameter("net/ipv4/ip_forward", "1");
        beta.Configure("link set back0 up", $"address add {Gateway}/24 dev back0");
        Namespace.Configure(
            "link set back0 up", $"address add {Address}/24 dev back0", $"route add 0.0.0.0/0 via {Gateway}");
        foreach (NetworkNamespace end in (NetworkNamespace[])[beta, Namespace])
            end.Run("ethtool", "-K", "back0", "tx", "off", "tso", "off", "gso", "off");

        lab.Beta.WriteConfig("14-behind.toml", $"""
            [node]
            routes = ["{Network}"]
            """);
        lab.Introduce(lab.Alpha, lab.Beta, Network);
    }

    public NetworkNamespace Namespace { get; }

    public void Dispose() => Namespace.Dispose();
}
