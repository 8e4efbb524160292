namespace Whalescale.Simulation;

/// <summary>How a link treats datagrams, in both directions.</summary>
/// <param name="Delay">Shortest time on the way.</param>
/// <param name="Jitter">Longest addition; without <paramref name="ReorderPerMyriad"/> order is kept.</param>
/// <param name="LossPerMyriad">Datagrams lost, per ten thousand.</param>
/// <param name="DuplicatePerMyriad">Datagrams that arrive twice, per ten thousand.</param>
/// <param name="ReorderPerMyriad">Datagrams that may overtake or be overtaken, per ten thousand.</param>
/// <param name="CorruptPerMyriad">Datagrams with a flipped bit, per ten thousand.</param>
public sealed record LinkConditions(
    TimeSpan Delay, TimeSpan Jitter, int LossPerMyriad = 0, int DuplicatePerMyriad = 0, int ReorderPerMyriad = 0,
    int CorruptPerMyriad = 0)
{
    /// <summary>Twenty milliseconds, nothing else.</summary>
    public static LinkConditions Good { get; } = new(TimeSpan.FromMilliseconds(20), TimeSpan.Zero);
}

/// <summary>An internet of one link: every host has addresses on it, datagrams find their way by address and
/// port.</summary>
public sealed class SimulatedNetwork(World world)
{
    private readonly List<(Endpoint Address, SimulatedHost Host)> _hosts = [];
    private readonly RandomSource _random = world.Random("network");
    private Instant _lastArrival;

    public LinkConditions Conditions { get; set; } = LinkConditions.Good;

    /// <summary>Whether nothing gets through.</summary>
    public bool IsCut { get; set; }

    /// <summary>MTU of the way, in bytes of IP; what is larger is dropped without a word.</summary>
    public int Mtu { get; set; } = 1_500;

    /// <summary>Sees every datagram that is sent, before the link does anything to it: sender, source, destination,
    /// bytes.</summary>
    public event Action<SimulatedHost, Endpoint, Endpoint, byte[]>? Sent;

    /// <summary>Gives a host an address; datagrams for it arrive there from now on.</summary>
    public void Attach(SimulatedHost host, Endpoint address)
    {
        Detach(host);
        _hosts.Add((address, host));
    }

    /// <summary>Takes a host off.</summary>
    public void Detach(SimulatedHost host) => _hosts.RemoveAll(entry => entry.Host == host);

    /// <summary>Sends a datagram.</summary>
    public void Send(SimulatedHost sender, Endpoint source, Endpoint destination, ReadOnlySpan<byte> datagram)
    {
        byte[] bytes = datagram.ToArray();
        world.Trace($"{source} > {destination}", bytes);
        Sent?.Invoke(sender, source, destination, bytes);
        int headers = destination.Address.IsIPv4 ? 28 : 48;
        if (IsCut || bytes.Length + headers > Mtu || Happens(Conditions.LossPerMyriad)) return;
        int copies = Happens(Conditions.DuplicatePerMyriad) ? 2 : 1;
        for (int i = 0; i < copies; i++) Deliver(source, destination, Corrupted(bytes));
    }

    /// <summary>Puts a datagram on the link as an attacker would: any source, any bytes.</summary>
    public void Inject(Endpoint source, Endpoint destination, byte[] datagram) => Deliver(source, destination, datagram);

    private void Deliver(Endpoint source, Endpoint destination, byte[] bytes)
    {
        TimeSpan jitter = Conditions.Jitter > TimeSpan.Zero
            ? TimeSpan.FromMicroseconds(_random.NextBelow((int)Conditions.Jitter.TotalMicroseconds))
            : TimeSpan.Zero;
        Instant arrival = world.Now + Conditions.Delay + jitter;
        if (!Happens(Conditions.ReorderPerMyriad)) arrival = _lastArrival = Instant.Max(arrival, _lastArrival);
        world.At(arrival, () =>
        {
            int index = _hosts.FindIndex(entry => entry.Address == destination);
            if (index >= 0) _hosts[index].Host.Receive(source, bytes);
        });
    }

    private byte[] Corrupted(byte[] bytes)
    {
        if (!Happens(Conditions.CorruptPerMyriad)) return bytes;
        byte[] copy = (byte[])bytes.Clone();
        copy[_random.NextBelow(copy.Length)] ^= (byte)(1 << _random.NextBelow(8));
        return copy;
    }

    private bool Happens(int perMyriad) => perMyriad > 0 && _random.NextBelow(10_000) < perMyriad;
}
