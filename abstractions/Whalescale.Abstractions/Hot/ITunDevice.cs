namespace Whalescale.Abstractions;

/// <summary>The overlay's network device. Reading and writing belong to one thread; configuration to any one at a
/// time.</summary>
public interface ITunDevice : IDisposable
{
    /// <summary>The device's name in the operating system, such as "whale0".</summary>
    string Name { get; }

    /// <summary>Largest overlay packet, in bytes.</summary>
    int Mtu { get; }

    /// <summary>Bytes of the largest packet that <see cref="Read"/> ever gives: a super-packet where the device has
    /// segmentation offload, otherwise an overlay packet.</summary>
    int LargestRead { get; }

    /// <summary>What the device leaves to us, and we to it, at the moment.</summary>
    TunOffloads Offloads { get; }

    /// <summary>What becomes ready when a packet can be read: a file descriptor on Unix, an event handle on
    /// Windows.</summary>
    nint ReadyHandle { get; }

    /// <summary>Reads packets into the batch's free slots until none is left or the batch is full; never
    /// blocks.</summary>
    /// <returns>Packets read.</returns>
    /// <exception cref="IOException">The device is gone.</exception>
    int Read(PacketBatch batch);

    /// <summary>Writes every packet of the batch in order; a packet the kernel refuses is dropped.</summary>
    /// <returns>Packets dropped.</returns>
    int Write(PacketBatch batch);

    /// <summary>Switches offloads while the device runs; from the thread that reads and writes.</summary>
    /// <param name="wanted">What may be used; what the device does not have stays off.</param>
    /// <returns>What is in use from now on.</returns>
    TunOffloads UseOffloads(TunOffloads wanted);

    /// <summary>Makes addresses, routes and MTU of the device equal to <paramref name="wanted"/> and brings it
    /// up.</summary>
    /// <remarks>Idempotent; only the difference is applied. All of it disappears with the device.</remarks>
    /// <returns>The routes that were refused, each with its reason.</returns>
    /// <exception cref="IOException">The operating system refused an address or the MTU.</exception>
    IReadOnlyList<RefusedRoute> Configure(TunConfiguration wanted);
}

/// <summary>Opens TUN devices of one kind; a module or plugin.</summary>
public interface ITunDeviceFactory
{
    /// <summary>Whether this operating system can have such a device.</summary>
    bool IsSupported { get; }

    /// <summary>Makes the device.</summary>
    /// <param name="name">The name asked for; the system may give another.</param>
    /// <param name="mtu">Largest overlay packet, 1280 to 65535 bytes.</param>
    /// <exception cref="UnauthorizedAccessException">The right to make network devices is missing.</exception>
    /// <exception cref="PlatformNotSupportedException">Not on this system; the message names what is
    /// missing.</exception>
    /// <exception cref="IOException">Anything else, with the system's own words.</exception>
    ITunDevice Open(string name, int mtu);
}

/// <summary>What a TUN device is to carry.</summary>
/// <param name="Addresses">Own addresses, each with the length of its network.</param>
/// <param name="Routes">Networks to be routed into the device.</param>
/// <param name="Mtu">Largest overlay packet, 1280 to 65535 bytes.</param>
/// <param name="SuperPacketBytes">Largest super-packet that the device is to hand over, headers included; for devices that
/// have them.</param>
public sealed record TunConfiguration(
    IReadOnlyList<IpPrefix> Addresses, IReadOnlyList<IpPrefix> Routes, int Mtu, int SuperPacketBytes = 65_535);

/// <summary>Work on packets that device and node can leave to each other.</summary>
[Flags]
public enum TunOffloads : byte
{
    /// <summary>Every packet is finished and on its own.</summary>
    None = 0,

    /// <summary>Checksums may be left pending.</summary>
    Checksum = 1,

    /// <summary>TCP segments may come and go as super-packets (TSO).</summary>
    Tcp = 2,

    /// <summary>UDP datagrams may come and go as super-packets (USO).</summary>
    Udp = 4,

    /// <summary>All of them.</summary>
    All = Checksum | Tcp | Udp,
}

/// <summary>A route that was not made.</summary>
/// <param name="Route">The network.</param>
/// <param name="Reason">Why, in words for the operator: "eth0 is connected to 192.168.1.0/24".</param>
public sealed record RefusedRoute(IpPrefix Route, string Reason);
