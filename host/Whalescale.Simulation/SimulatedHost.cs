using Whalescale.Crypto;
using Whalescale.Multipath.Schedulers;
using Whalescale.Node;
using Whalescale.Sessions;
using Whalescale.Types;

namespace Whalescale.Simulation;

/// <summary>A machine with a real node on it: both halves, driven on one thread, time and chance given by the
/// world.</summary>
public sealed class SimulatedHost : IDisposable
{
    private const ushort Socket = 1;
    private const int LinkMtu = 1_500;

    private readonly World _world;
    private readonly SimulatedNetwork _network;
    private readonly byte[] _seed;
    private readonly string _networkName;
    private readonly byte[] _secret;
    private readonly TimeSpan _rekeyAfter;
    private readonly List<PeerSettings> _peers = [];
    private readonly List<(NodeId Peer, Endpoint Endpoint)> _hints = [];
    private readonly DatagramBatch _datagrams = new(1, Limits.DatagramBytes);
    private readonly PacketBatch _packets = new(1, Limits.OverlayPacketBytes);
    private HandshakeTimestamp _savedTimestamp;
    private Running? _running;
    private int _starts;
    private Instant _timerAt = Instant.Never;

    /// <summary>A host that is switched off.</summary>
    /// <param name="world">Its world.</param>
    /// <param name="network">Its network.</param>
    /// <param name="name">Its name.</param>
    /// <param name="address">Its address and port.</param>
    /// <param name="secret">The network's secret, or empty.</param>
    /// <param name="rekeyAfter">Age of keys at which new ones are made.</param>
    public SimulatedHost(
        World world, SimulatedNetwork network, string name, Endpoint address, byte[]? secret = null,
        TimeSpan? rekeyAfter = null)
    {
        (_world, _network, Name, Address) = (world, network, name, address);
        _networkName = "simulation";
        _secret = secret ?? [];
        _rekeyAfter = rekeyAfter ?? SessionLimits.RekeyAfter;
        _seed = new byte[Identity.SeedSize];
        using Identity identity = Identity.Generate(world.Random($"identity/{name}"));
        identity.CopySeed(_seed);
        Id = identity.NodeId;
        using var keys = new NetworkKeys(_networkName, _secret);
        OverlayPrefixes = OverlayAddressing.Derive(keys, Id);
    }

    public string Name { get; }

    public NodeId Id { get; }

    public Endpoint Address { get; private set; }

    public IReadOnlyList<IpPrefix> OverlayPrefixes { get; }

    /// <summary>Its IPv6 overlay address.</summary>
    public IpAddress Overlay => OverlayPrefixes[0].Address;

    /// <summary>What its wall clock shows beyond true time.</summary>
    public TimeSpan ClockError { get; set; }

    public bool IsRunning => _running is not null;

    /// <summary>The running halves, for tests to look into.</summary>
    public MeshNode? Node => _running?.Node;

    public DataPlane? Plane => _running?.Plane;

    /// <summary>Packets that came out of the tunnel.</summary>
    public event Action<SimulatedHost, byte[]>? Delivered;

    /// <summary>What the node reported.</summary>
    public event Action<SimulatedHost, NodeEvent>? Happened;

    /// <summary>Writes a peer into its configuration, with an address to try or none.</summary>
    public void Configure(SimulatedHost peer, Endpoint? endpoint)
    {
        _peers.Add(new PeerSettings(peer.Id, peer.Name, peer.OverlayPrefixes, IsAnchor: false));
        if (endpoint is { } known) _hints.Add((peer.Id, known));
    }

    /// <summary>Switches the node on, with what was saved.</summary>
    public void Start()
    {
        RandomSource random = _world.Random($"node/{Name}/{_starts++}");
        _running = new Running(this, random);
        _network.Attach(this, Address);
        _world.Trace($"{Name} starts");
        MeshNode node = _running.Node;
        node.SetUtc(Utc());
        foreach (PeerSettings peer in _peers) node.AddPeer(peer, _world.Now);
        node.UseSockets([new SocketInfo(Socket, "eth0", LinkMtu)], _world.Now);
        foreach ((NodeId peer, Endpoint endpoint) in _hints)
            node.OfferCandidate(peer, new Candidate(CandidateKind.Host, endpoint), _world.Now);
        Pump();
    }

    /// <summary>Pulls the plug: nothing is saved or said.</summary>
    public void Crash()
    {
        _world.Trace($"{Name} crashes");
        _network.Detach(this);
        _running?.Dispose();
        _running = null;
    }

    /// <summary>Ends the node in order: sessions are closed.</summary>
    public void Stop()
    {
        if (_running is null) return;
        _running.Node.Close(_world.Now);
        Pump();
        Crash();
    }

    /// <summary>Gives the host another underlay address; the node is told, as the operating system would.</summary>
    public void Move(Endpoint address, bool isNodeTold)
    {
        _world.Trace($"{Name} moves to {address}");
        Address = address;
        if (_running is null) return;
        _network.Attach(this, address);
        if (!isNodeTold) return;
        _running.Node.UseSockets([new SocketInfo(Socket, "eth0", LinkMtu)], _world.Now);
        Pump();
    }

    /// <summary>Puts a packet into the tunnel.</summary>
    public void Send(ReadOnlySpan<byte> packet)
    {
        if (_running is null) return;
        packet.CopyTo(_packets.NextSlot());
        _packets.Append(packet.Length);
        _running.Plane.HandlePackets(_packets, _world.Now);
        _packets.Clear();
        Pump();
    }

    /// <summary>A datagram arrives.</summary>
    public void Receive(Endpoint source, byte[] datagram)
    {
        if (_running is null || datagram.Length > _datagrams.SlotSize) return;
        datagram.CopyTo(_datagrams.SlotSpan(0));
        _datagrams.Commit(datagram.Length, 0, source, Address, Socket);
        int next = 0;
        _running.Plane.HandleDatagrams(_datagrams, ref next, _world.Now);
        Pump();
        _datagrams.Clear();
    }

    /// <summary>Runs a command on the node.</summary>
    public void Command(Action<MeshNode, Instant> command)
    {
        if (_running is null) return;
        command(_running.Node, _world.Now);
        Pump();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _running?.Dispose();
        _datagrams.Dispose();
        _packets.Dispose();
    }

    // One input, then every output, until both halves have nothing more to say to each other.
    private void Pump()
    {
        Running running = _running!;
        Flush(running);
        bool isMore = true;
        while (isMore)
        {
            running.Node.SetUtc(Utc());
            isMore = running.Node.HandleInbox(_world.Now);
            while (running.Node.TryTakeEvent(out NodeEvent? happened)) Handle(happened);
            isMore |= running.Plane.HandleInbox(_world.Now);
            Flush(running);
            isMore |= running.ToControl.Count > 0 || running.ToData.Count > 0;
        }

        Schedule(running);
    }

    private void Schedule(Running running)
    {
        Instant due = Instant.Min(running.Node.NextTimeout, running.Plane.NextTimeout);
        if (due == Instant.Never || (due >= _timerAt && _timerAt > _world.Now)) return;
        _timerAt = due;
        _world.At(due, () =>
        {
            if (_running != running) return;
            if (_timerAt <= _world.Now) _timerAt = Instant.Never;
            running.Plane.HandleTimeout(_world.Now);
            if (running.Node.NextTimeout <= _world.Now) running.Node.HandleTimeout(_world.Now);
            Pump();
            if (running.Plane.NextTimeout <= _world.Now)
                _world.Violate("NextTimeout lies ahead once it was handled", $"{Name} data {running.Plane.NextTimeout}");
        });
    }

    private void Flush(Running running)
    {
        DataPlane plane = running.Plane;
        int sent = plane.Outbound.Count;
        for (int i = 0; i < sent; i++)
            _network.Send(this, Address, plane.Outbound.Info(i).Remote, plane.Outbound[i]);
        var delivered = new List<byte[]>();
        for (int i = 0; i < plane.Inbound.Count; i++) delivered.Add(plane.Inbound[i].ToArray());
        plane.Flushed(new DatagramSendResult(sent, 0, 0, DatagramError.None), tunRefused: 0);
        foreach (byte[] packet in delivered)
        {
            _world.Trace($"{Name} delivers", packet);
            Delivered?.Invoke(this, packet);
        }
    }

    private void Handle(NodeEvent happened)
    {
        if (happened is NodeEvent.TimestampToSave save) _savedTimestamp = save.Timestamp;
        _world.Trace($"{Name} {happened.GetType().Name}");
        Happened?.Invoke(this, happened);
    }

    private UtcAnchor Utc()
    {
        const long TrueTime = 1_790_000_000_000_000_000; // some day in 2026
        return new UtcAnchor(_world.Now, TrueTime + _world.Now.Nanoseconds + (ClockError.Ticks * 100));
    }

    /// <summary>What lives as long as the process does.</summary>
    private sealed class Running : IDisposable
    {
        private readonly Identity _identity;
        private readonly NetworkKeys _keys;

        internal Running(SimulatedHost host, RandomSource random)
        {
            _identity = Identity.FromSeed(host._seed);
            _keys = new NetworkKeys(host._networkName, host._secret);
            var options = new MeshNodeOptions
            {
                Self = new HandshakeSelf(_identity, _keys, OwnCapabilities.Of(hasAesInstructions: true)),
                Addresses = host.OverlayPrefixes.Select(prefix => prefix.Address).ToArray(),
                NewScheduler = static () => new EarliestDelivery(),
                RekeyAfter = host._rekeyAfter,
                LastTimestamp = host._savedTimestamp,
            };
            Plane = new DataPlane(
                MeshNode.EmptyTable(options), random.Fork("data"), ToData, ToControl, host._rekeyAfter);
            Node = new MeshNode(options, random.Fork("control"), ToControl, ToData, () => Plane.Counters);
        }

        internal MessageRing ToData { get; } = new();

        internal MessageRing ToControl { get; } = new();

        internal MeshNode Node { get; }

        internal DataPlane Plane { get; }

        public void Dispose()
        {
            Node.Dispose();
            Plane.Dispose();
            _keys.Dispose();
            _identity.Dispose();
        }
    }
}
