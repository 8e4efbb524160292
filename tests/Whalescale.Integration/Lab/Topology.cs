namespace Whalescale.Integration.Lab;

/// <summary>Hosts behind one router, each on a subnet of its own; host n of the order of adding is 10.n.0.2.</summary>
/// <remarks>
/// <code>
///  ┌─ alpha ────────┐     ┌─ router ──────────┐     ┌─ beta ─────────┐
///  │ up0 10.1.0.2 ──┼─────┼─ .1  forwards  .1 ┼─────┼── 10.2.0.2 up0 │
///  │     fd01::2    │     │                   │     │   fd02::2      │
///  └────────────────┘     └─────────┬─────────┘     └────────────────┘
///                            more hosts, more links
/// </code>
/// </remarks>
internal sealed class Topology : IDisposable
{
    private readonly List<Host> _hosts = [];
    private int _subnets;

    public Topology()
    {
        Router = new NetworkNamespace("router");
        Router.SetKernelParameter("net/ipv4/ip_forward", "1");
        Router.SetKernelParameter("net/ipv6/conf/all/forwarding", "1");
    }

    public NetworkNamespace Router { get; }

    /// <summary>Adds a host with its first link, over which its default routes lead.</summary>
    public Host AddHost(string name)
    {
        var host = new Host(name, new NetworkNamespace(name));
        _hosts.Add(host);
        Link link = AddLink(host);
        host.Namespace.Configure(
            $"route add 0.0.0.0/0 via {link.Ipv4Gateway}", $"route add ::/0 via {link.Ipv6Gateway}");
        return host;
    }

    /// <summary>Adds a link between a host and the router, on a subnet of its own.</summary>
    public Link AddLink(Host host)
    {
        var link = new Link(++_subnets, $"up{host.Links.Count}", $"{host.Name}{host.Links.Count}");
        Command.Run(
        [
            "ip", "link", "add", link.Interface, "netns", host.Namespace.Name,
            "type", "veth", "peer", "name", link.RouterInterface, "netns", Router.Name,
        ]);
        Router.Configure(
            $"link set {link.RouterInterface} up",
            $"address add {link.Ipv4Gateway}/24 dev {link.RouterInterface}",
            $"address add {link.Ipv6Gateway}/64 dev {link.RouterInterface} nodad");
        host.Namespace.Configure(
            $"link set {link.Interface} up",
            $"address add {link.Ipv4}/24 dev {link.Interface}",
            $"address add {link.Ipv6}/64 dev {link.Interface} nodad");
        host.Links.Add(link);
        return link;
    }

    public void Dispose()
    {
        foreach (Host host in _hosts) host.Namespace.Dispose();
        Router.Dispose();
    }
}

/// <summary>A machine of the lab.</summary>
internal sealed record Host(string Name, NetworkNamespace Namespace)
{
    public List<Link> Links { get; } = [];

    /// <summary>The first link.</summary>
    public Link Uplink => Links[0];

    /// <summary>What happens to a laptop in another network: the old address goes at once, a new one is
    /// there.</summary>
    /// <param name="lastByte">Last byte of the new IPv4 address, last group of the new IPv6 address.</param>
    public void MoveTo(int lastByte)
    {
        Link link = Uplink;
        Namespace.Configure(
            $"address flush dev {link.Interface} scope global",
            $"address add 10.{link.Subnet}.0.{lastByte}/24 dev {link.Interface}",
            $"address add fd{link.Subnet:x2}::{lastByte:x}/64 dev {link.Interface} nodad",
            $"route replace 0.0.0.0/0 via {link.Ipv4Gateway}",
            $"route replace ::/0 via {link.Ipv6Gateway}");
    }
}

/// <summary>A pair of virtual Ethernet devices between a host and the router.</summary>
internal sealed record Link(int Subnet, string Interface, string RouterInterface)
{
    /// <summary>The host's first address; <see cref="Host.MoveTo"/> does not change what this says.</summary>
    public string Ipv4 => $"10.{Subnet}.0.2";

    public string Ipv6 => $"fd{Subnet:x2}::2";

    public string Ipv4Gateway => $"10.{Subnet}.0.1";

    public string Ipv6Gateway => $"fd{Subnet:x2}::1";

    public string Ipv4Prefix => $"10.{Subnet}.0.0/24";
}
