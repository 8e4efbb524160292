using Whalescale.Crypto;
using Whalescale.Simulation;
using Whalescale.Types;

namespace Whalescale.Tests.Support;

/// <summary>A datagram on its way.</summary>
internal sealed record Flight(TestNode? Sender, Endpoint Source, Endpoint Destination, byte[] Bytes)
{
    internal MessageType Type => DatagramHeader.Classify(Bytes);
}

/// <summary>Virtual time and a network without faults but those a test makes itself, for nodes driven by
/// hand.</summary>
internal sealed class TestNet : IDisposable
{
    private readonly PriorityQueue<Flight, (long At, long Order)> _flights = new();
    private readonly List<TestNode> _nodes = [];
    private long _order;

    internal Instant Now { get; private set; } = new(1_000_000_000);

    /// <summary>Time every datagram takes.</summary>
    internal TimeSpan Delay { get; set; } = TimeSpan.FromMilliseconds(10);

    /// <summary>Which datagrams get through; those of tests always do.</summary>
    internal Func<Flight, bool> Passes { get; set; } = static _ => true;

    /// <summary>Sees a datagram just before it is put on the way.</summary>
    internal Action<Flight>? Tap { get; set; }

    /// <summary>Everything that was ever sent.</summary>
    internal List<Flight> Log { get; } = new(capacity: 1 << 16); // its growth is not the garbage that tests look for

    internal static Endpoint AddressOf(uint host, ushort port = 51900) => new(IpAddress.FromIPv4(0xC000_0200 + host), port);

    internal TestNode Add(string name, TestNodeSettings? settings = null, Identity? identity = null)
    {
        var node = new TestNode(this, name, AddressOf((uint)_nodes.Count + 1), settings ?? new(), identity);
        _nodes.Add(node);
        return node;
    }

    /// <summary>Two nodes that know each other; nothing has been exchanged yet.</summary>
    internal (TestNode Alpha, TestNode Beta) AddPair(TestNodeSettings? alpha = null, TestNodeSettings? beta = null)
    {
        TestNode first = Add("alpha", alpha), second = Add("beta", beta ?? alpha);
        second.Know(first, null);
        first.Know(second, second.Address);
        return (first, second);
    }

    /// <summary>Two nodes with a session that both have used.</summary>
    internal (TestNode Alpha, TestNode Beta) AddConnectedPair(TestNodeSettings? alpha = null, TestNodeSettings? beta = null)
    {
        (TestNode first, TestNode second) = AddPair(alpha, beta);
        RunFor(TimeSpan.FromMilliseconds(200));
        AssertConnected(first, second);
        return (first, second);
    }

    internal void Send(TestNode sender, Endpoint destination, ReadOnlySpan<byte> bytes)
    {
        var flight = new Flight(sender, sender.Address, destination, bytes.ToArray());
        Log.Add(flight);
        Tap?.Invoke(flight);
        if (Passes(flight)) Put(flight, Delay);
    }

    /// <summary>Puts a datagram on the way as an attacker would: any source, any bytes, any delay.</summary>
    internal void Inject(Endpoint source, Endpoint destination, byte[] bytes, TimeSpan delay = default) =>
        Put(new Flight(null, source, destination, bytes), delay);

    internal void RunFor(TimeSpan duration)
    {
        Instant end = Now + duration;
        while (true)
        {
            Instant flight = _flights.TryPeek(out _, out (long At, long Order) key) ? new Instant(key.At) : Instant.Never;
            Instant timer = _nodes.Aggregate(Instant.Never, (due, node) => Instant.Min(due, node.NextTimeout));
            if (Instant.Min(flight, timer) > end) break;
            Now = Instant.Max(Now, Instant.Min(flight, timer));
            if (flight <= timer) Arrive(_flights.Dequeue());
            else foreach (TestNode node in _nodes) if (node.NextTimeout <= Now) node.HandleTimeouts();
        }

        Now = end;
    }

    /// <summary>Sends a packet and waits for it.</summary>
    /// <returns>Whether it came out at the other end within the time.</returns>
    internal bool Crosses(TestNode from, TestNode to, TimeSpan? within = null)
    {
        byte[] packet = PacketFrom(from, to);
        from.Send(packet);
        RunFor(within ?? TimeSpan.FromMilliseconds(50));
        return to.Delivered.Exists(delivered => delivered.AsSpan().SequenceEqual(packet));
    }

    internal byte[] PacketFrom(TestNode from, TestNode to, int size = 200) =>
        TestPacket.Make(from.Overlay, to.Overlay, (ulong)++_order, size);

    internal void AssertConnected(TestNode one, TestNode other)
    {
        Assert.True(Crosses(one, other), $"nothing crosses from {one.Name} to {other.Name}");
        Assert.True(Crosses(other, one), $"nothing crosses from {other.Name} to {one.Name}");
    }

    /// <summary>The last datagram of a type.</summary>
    internal Flight Last(MessageType type, TestNode? sender = null) =>
        Log.FindLast(flight => flight.Type == type && (sender is null || flight.Sender == sender))!;

    internal int Count(MessageType type, TestNode? sender = null) =>
        Log.Count(flight => flight.Type == type && (sender is null || flight.Sender == sender));

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (TestNode node in _nodes) node.Dispose();
    }

    private void Put(Flight flight, TimeSpan delay) => _flights.Enqueue(flight, ((Now + delay).Nanoseconds, _order++));

    private void Arrive(Flight flight)
    {
        TestNode? node = _nodes.Find(node => node.Address == flight.Destination);
        if (node is { IsSuspended: false }) node.Receive(flight.Bytes, flight.Source);
    }
}
