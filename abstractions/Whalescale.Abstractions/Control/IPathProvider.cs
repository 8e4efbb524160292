namespace Whalescale.Abstractions;

/// <summary>Finds the underlay networks of this machine and follows their changes; a module or plugin.</summary>
public interface IPathProvider
{
    /// <summary>Offers what is there, then every change, until cancelled.</summary>
    Task RunAsync(IPathSink sink, CancellationToken cancellation);
}

/// <summary>Where a path provider tells what it finds; thread-safe.</summary>
public interface IPathSink
{
    /// <summary>There is such an underlay, or it has changed.</summary>
    void Offer(Underlay underlay);

    /// <summary>The underlay of this name is gone.</summary>
    void Withdraw(string name);
}

/// <summary>A network interface that datagrams can leave by.</summary>
/// <param name="Name">Name of the interface in the operating system: "eth0".</param>
/// <param name="InterfaceIndex">Its number there.</param>
/// <param name="Addresses">Its addresses with the length of their networks.</param>
/// <param name="Mtu">Its MTU in bytes; 0: unknown.</param>
/// <param name="IsMetered">Whether traffic costs money, as far as the system knows.</param>
public sealed record Underlay(
    string Name, int InterfaceIndex, IReadOnlyList<IpPrefix> Addresses, int Mtu, bool IsMetered);
