using Whalescale.Crypto;
using Whalescale.Multipath.Schedulers;
using Whalescale.Node;
using Whalescale.Sessions;
using Whalescale.Types;

namespace Whalescale.Tests.Support;

/// <summary>What a <see cref="TestNode"/> is made with.</summary>
internal sealed record TestNodeSettings
{
    internal string Network { get; init; } = "test";

    internal byte[] Secret { get; init; } = [];

    internal bool PrefersAes { get; init; }

    internal TimeSpan RekeyAfter { get; init; } = SessionLimits.RekeyAfter;

    internal Func<IPacketScheduler> NewScheduler { get; init; } = static () => new EarliestDelivery();
}

/// <summary>Both halves of a real node, driven by hand: time from the <see cref="TestNet"/>, datagrams kept in
/// lists.</summary>
internal sealed class TestNode : IDisposable
{
    internal const ushort Socket = 1;
    private const long TrueTime = 1_790_000_000_000_000_000; // some day in 2026

    private readonly TestNet _net;
    private readonly DatagramBatch _received = new(1, Limits.DatagramBytes);
    private readonly PacketBatch _packets = new(Limits.PacketBatch, Limits.SuperPacketBytes);
    private readonly MessageRing _toData = new();
    private readonly MessageRing _toControl = new();

    internal TestNode(TestNet net, string name, Endpoint address, TestNodeSettings settings, Identity? identity = null)
    {
        (_net, Name, Address) = (net, name, address);
        Identity = identity ?? Identity.Generate(TestRandom.Of("identity/" + name));
        Keys = new NetworkKeys(settings.Network, settings.Secret);
        OverlayPrefixes = OverlayAddressing.Derive(Keys, Identity.NodeId);
        Self = new HandshakeSelf(Identity, Keys, OwnCapabilities.Of(settings.PrefersAes));
        var options = new MeshNodeOptions
        {
            Self = Self,
            Addresses = OverlayPrefixes.Select(prefix => prefix.Address).ToArray(),
            NewScheduler = settings.NewScheduler,
            RekeyAfter = settings.RekeyAfter,
        };
        RandomSource random = TestRandom.Of("node/" + name);
        Plane = new DataPlane(
            MeshNode.EmptyTable(options), random.Fork("data"), _toData, _toControl, settings.RekeyAfter);
        Node = new MeshNode(options, random.Fork("control"), _toControl, _toData, () => Plane.Counters);
        Node.SetUtc(Utc);
        Node.UseSockets([new SocketInfo(Socket, "eth0", Mtu: 1500)], net.Now);
    }

    internal string Name { get; }

    internal Identity Identity { get; }

    internal NodeId Id => Identity.NodeId;

    internal NetworkKeys Keys { get; }

    internal HandshakeSelf Self { get; }

    internal Endpoint Address { get; set; }

    internal IReadOnlyList<IpPrefix> OverlayPrefixes { get; }

    internal IpAddress Overlay => OverlayPrefixes[0].Address;

    internal MeshNode Node { get; }

    internal DataPlane Plane { get; }

    /// <summary>What the wall clock shows beyond true time.</summary>
    internal TimeSpan ClockError { get; set; }

    /// <summary>Bytes of the largest datagram that the kernel takes; it says so of larger ones.</summary>
    internal int SocketTakes { get; set; } = int.MaxValue;

    /// <summary>Asleep: nothing arrives, no timer fires.</summary>
    internal bool IsSuspended { get; set; }

    internal List<byte[]> Delivered { get; } = [];

    internal List<NodeEvent> Events { get; } = [];

    internal Instant NextTimeout => IsSuspended ? Instant.Never : Instant.Min(Node.NextTimeout, Plane.NextTimeout);

    private UtcAnchor Utc => new(_net.Now, TrueTime + _net.Now.Nanoseconds + (ClockError.Ticks * 100));

    /// <summary>The sum of a counter over both halves.</summary>
    internal long this[Counter counter] => Node.Counters[counter] + Plane.Counters[counter];

    internal PeerSettings AsPeer() => new(Id, Name, OverlayPrefixes, IsAnchor: false);

    /// <summary>The data half's book of a peer.</summary>
    internal PeerChannel Channel(int number = 0) =>
        ((ForwardingTable)StateDigest.Field(Plane, "_table")).Peers[number]!;

    internal int SessionCount => Events.OfType<NodeEvent.SessionEstablished>().Count();

    internal void Know(TestNode peer, Endpoint? endpoint)
    {
        Assert.Equal(AddPeerVerdict.Added, Node.AddPeer(peer.AsPeer(), _net.Now));
        if (endpoint is { } known) Node.OfferCandidate(peer.Id, new Candidate(CandidateKind.Host, known), _net.Now);
        Pump();
    }

    internal void Receive(ReadOnlySpan<byte> datagram, Endpoint from)
    {
        Hand(datagram, from);
        Pump();
        _received.Clear();
    }

    /// <summary>As <see cref="Receive"/>, but the control half does not get its turn.</summary>
    internal void ReceiveOnly(ReadOnlySpan<byte> datagram, Endpoint from)
    {
        Hand(datagram, from);
        Flush();
        _received.Clear();
    }

    internal void Send(params ReadOnlySpan<byte[]> packets)
    {
        foreach (byte[] packet in packets) Add(packet, default);
        SendAdded();
    }

    /// <summary>Sends packets that the kernel has left undone in part.</summary>
    internal void Send(params ReadOnlySpan<(byte[] Packet, PacketOffload Offload)> packets)
    {
        foreach ((byte[] packet, PacketOffload offload) in packets) Add(packet, offload);
        SendAdded();
    }

    private void Add(byte[] packet, PacketOffload offload)
    {
        packet.CopyTo(_packets.NextSlot());
        _packets.Append(packet.Length, offload);
    }

    private void SendAdded()
    {

        Plane.HandlePackets(_packets, _net.Now);
        _packets.Clear();
        Pump();
    }

    internal void Command(Action<MeshNode, Instant> command)
    {
        command(Node, _net.Now);
        Pump();
    }

    internal void HandleTimeouts()
    {
        if (Plane.NextTimeout <= _net.Now) Plane.HandleTimeout(_net.Now);
        if (Node.NextTimeout <= _net.Now) Node.HandleTimeout(_net.Now);
        Pump();
    }

    /// <summary>One input, then every output, until both halves have nothing more to say to each other.</summary>
    internal void Pump()
    {
        Flush();
        bool isMore = true;
        while (isMore)
        {
            Node.SetUtc(Utc);
            isMore = Node.HandleInbox(_net.Now);
            while (Node.TryTakeEvent(out NodeEvent? happened)) Events.Add(happened);
            isMore |= Plane.HandleInbox(_net.Now);
            Flush();
            isMore |= _toControl.Count > 0 || _toData.Count > 0;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Node.Dispose();
        Plane.Dispose();
        Keys.Dispose();
        Identity.Dispose();
        _received.Dispose();
        _packets.Dispose();
    }

    private void Hand(ReadOnlySpan<byte> datagram, Endpoint from)
    {
        datagram.CopyTo(_received.SlotSpan(0));
        _received.Commit(datagram.Length, 0, from, Address, Socket);
        int next = 0;
        Plane.HandleDatagrams(_received, ref next, _net.Now);
    }

    private void Flush()
    {
        if (Plane.Outbound.Count == 0 && Plane.Inbound.Count == 0) return;
        int sent = 0, refused = 0;
        for (int i = 0; i < Plane.Outbound.Count; i++)
        {
            bool isRefused = Plane.Outbound[i].Length > SocketTakes;
            (sent, refused) = isRefused ? (sent, refused + 1) : (sent + 1, refused);
            if (!isRefused) _net.Send(this, Plane.Outbound.Info(i).Remote, Plane.Outbound[i]);
        }

        for (int i = 0; i < Plane.Inbound.Count; i++) Delivered.Add(Plane.Inbound[i].ToArray());
        DatagramError error = refused > 0 ? DatagramError.TooBig : DatagramError.None;
        Plane.Flushed(new DatagramSendResult(sent, refused, 0, error), tunRefused: 0);
    }
}
