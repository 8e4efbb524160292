using Whalescale.Types;

namespace Whalescale.Simulation;

/// <summary>What must hold between the hosts of a world whatever happens; checked as it happens.</summary>
/// <remarks>No nonce twice under one index of one sender; nothing delivered that no member sent, nothing
/// twice.</remarks>
public sealed class PairInvariants
{
    private readonly World _world;
    private readonly HashSet<(SimulatedHost Sender, uint Index, ulong Nonce)> _nonces = [];
    private readonly HashSet<ulong> _sent = [];
    private readonly HashSet<ulong> _delivered = [];
    private readonly Dictionary<ulong, int> _tooBig = [];
    private readonly Dictionary<IpAddress, SimulatedHost> _byOverlay = [];
    private ulong _numbers;

    public PairInvariants(World world, SimulatedNetwork network, params SimulatedHost[] hosts)
    {
        _world = world;
        network.Sent += HandleSent;
        foreach (SimulatedHost host in hosts)
        {
            _byOverlay[host.Overlay] = host;
            host.Delivered += HandleDelivered;
        }
    }

    /// <summary>Packets sent into tunnels.</summary>
    public int SentCount => _sent.Count;

    /// <summary>Packets that came out of tunnels.</summary>
    public int DeliveredCount => _delivered.Count;

    /// <summary>Packets whose sender was told that they are too big, each with the size it was told.</summary>
    public IReadOnlyDictionary<ulong, int> TooBig => _tooBig;

    /// <summary>Sends a packet with a number of its own.</summary>
    /// <returns>The number.</returns>
    public ulong Send(SimulatedHost from, SimulatedHost to, int size)
    {
        ulong number = ++_numbers;
        _sent.Add(number);
        from.Send(TestPacket.Make(from.Overlay, to.Overlay, number, size));
        return number;
    }

    /// <summary>Whether the packet of this number came out.</summary>
    public bool HasArrived(ulong number) => _delivered.Contains(number);

    private void HandleSent(SimulatedHost sender, Endpoint source, Endpoint destination, byte[] datagram)
    {
        if (DatagramHeader.Classify(datagram) != MessageType.Transport) return;
        TransportHeader header = TransportHeader.Read(datagram);
        if (!_nonces.Add((sender, header.ReceiverIndex, header.Nonce)))
            _world.Violate("no nonce twice", $"{sender.Name} index {header.ReceiverIndex} nonce {header.Nonce:x}");
    }

    private void HandleDelivered(SimulatedHost receiver, byte[] packet)
    {
        if (TestPacket.TryReadTooBig(packet, out ulong refused, out int size) && _sent.Contains(refused))
        {
            if (!_tooBig.TryAdd(refused, size)) _world.Violate("nothing is refused twice", $"{receiver.Name} {refused}");
            return;
        }

        if (!TestPacket.TryRead(packet, out IpAddress source, out ulong number) || !_sent.Contains(number))
            _world.Violate("only what was sent is delivered", $"{receiver.Name} {Convert.ToHexString(packet)}");
        else if (!_byOverlay.ContainsKey(source))
            _world.Violate("only members' addresses come out", $"{receiver.Name} {source}");
        else if (!_delivered.Add(number))
            _world.Violate("nothing is delivered twice", $"{receiver.Name} number {number}");
    }
}
