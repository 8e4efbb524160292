using System.Security.Cryptography;
using Whalescale.Benchmarks.Harness;
using Whalescale.Crypto;
using Whalescale.Multipath.Schedulers;
using Whalescale.Node;
using Whalescale.Paths;
using Whalescale.Sessions;
using Whalescale.Tun.Routing;
using Whalescale.Types;

namespace Whalescale.Benchmarks.DataPath;

/// <summary>The data halves of two nodes with keys installed as after a handshake.</summary>
/// <remarks>No control half, socket or device.</remarks>
internal sealed class PlanePair : IDisposable
{
    /// <summary>Overlay packets in a batch.</summary>
    internal const int BatchPackets = Limits.PacketBatch;

    /// <summary>Bytes of the largest datagram: Ethernet's 1500 over IPv4.</summary>
    internal const int DatagramBytes = 1_472;

    private const uint AlphaOverlay = 0x0A4D_0001, BetaOverlay = 0x0A4D_0002; // 10.77.0.1, 10.77.0.2
    private const ushort Socket = 1;
    private static readonly Endpoint AlphaUnderlay = new(IpAddress.FromIPv4(0xC000_0201), 51900);
    private static readonly Endpoint BetaUnderlay = new(IpAddress.FromIPv4(0xC000_0202), 51900);
    private static readonly TimeSpan BatchInterval = TimeSpan.FromMicroseconds(1);

    private readonly HalfNode _alpha, _beta;
    private readonly PacketBatch _packets;
    private readonly DatagramBatch _received = new(BatchPackets, DatagramBytes);
    private Instant _now = new(1_000_000_000);

    /// <summary>Makes both halves and a batch of UDP packets from alpha to beta.</summary>
    /// <param name="suite">Suite of the session.</param>
    /// <param name="packetBytes">Bytes of each overlay packet.</param>
    /// <param name="otherPeers">Further peers in both tables, each with a network of its own.</param>
    internal PlanePair(CipherSuite suite, int packetBytes, int otherPeers = 0)
    {
        byte[] toBeta = RandomNumberGenerator.GetBytes(32), toAlpha = RandomNumberGenerator.GetBytes(32);
        NodeId alphaId = NewId(), betaId = NewId();
        _alpha = new HalfNode(alphaId, AlphaOverlay, betaId, BetaOverlay, otherPeers);
        _beta = new HalfNode(betaId, BetaOverlay, alphaId, AlphaOverlay, otherPeers);
        var info = new SessionKeysInfo(suite, IsInitiator: true, LocalIndex: 1, RemoteIndex: 2, _now, _now);
        _beta.Install(
            new SessionKeys(info with { IsInitiator = false, LocalIndex = 2, RemoteIndex = 1 }, toAlpha, toBeta),
            AlphaUnderlay, BetaUnderlay, _now);
        _alpha.Install(new SessionKeys(info, toBeta, toAlpha), BetaUnderlay, AlphaUnderlay, _now);
        _packets = NewPackets(packetBytes);

        // The keepalive that follows a handshake confirms beta's keys; then the answers to challenges and probes.
        for (int i = 0; i < 3; i++)
        {
            HandOver();
            HandleDatagrams();
            HandBack();
        }
    }

    /// <summary>What came out of beta's tunnel since the last <see cref="Flush"/>.</summary>
    internal PacketBatch Delivered => _beta.Plane.Inbound;

    /// <summary>Alpha takes the batch from its device and seals it.</summary>
    internal void HandlePackets()
    {
        _now += BatchInterval;
        _alpha.Plane.HandlePackets(_packets, _now);
    }

    /// <summary>What the two kernels do: the datagrams of alpha lie in the receive slots of beta.</summary>
    internal void HandOver()
    {
        _received.Clear();
        HandOver(_received);
    }

    /// <summary>Puts what alpha has sealed behind what the batch holds.</summary>
    internal void HandOver(DatagramBatch received)
    {
        DatagramBatch sent = _alpha.Plane.Outbound;
        for (int i = 0; i < sent.Count; i++)
        {
            Span<byte> datagram = sent[i];
            datagram.CopyTo(received.SlotSpan(received.Count));
            received.Commit(datagram.Length, segmentSize: 0, AlphaUnderlay, BetaUnderlay, Socket);
        }
    }

    /// <summary>Alpha takes what beta has sealed, and both have sent everything.</summary>
    private void HandBack()
    {
        _received.Clear();
        DatagramBatch sent = _beta.Plane.Outbound;
        for (int i = 0; i < sent.Count; i++)
        {
            sent[i].CopyTo(_received.SlotSpan(i));
            _received.Commit(sent[i].Length, segmentSize: 0, BetaUnderlay, AlphaUnderlay, Socket);
        }

        Flush();
        _now += BatchInterval;
        int next = 0;
        _alpha.Plane.HandleDatagrams(_received, ref next, _now);
    }

    /// <summary>Beta opens what was handed over.</summary>
    internal void HandleDatagrams() => HandleDatagrams(_received);

    /// <summary>Beta opens these datagrams.</summary>
    internal void HandleDatagrams(DatagramBatch received)
    {
        _now += BatchInterval;
        for (int next = 0; next < received.Count;) _beta.Plane.HandleDatagrams(received, ref next, _now);
    }

    /// <summary>Both have written and sent everything.</summary>
    internal void Flush()
    {
        FlushAlpha();
        FlushBeta();
    }

    /// <summary>Alpha has sent everything.</summary>
    internal void FlushAlpha() => _alpha.Flush();

    /// <summary>Beta has written everything to its device.</summary>
    internal void FlushBeta() => _beta.Flush();

    /// <summary>One batch all the way.</summary>
    /// <returns>Packets that came out.</returns>
    internal int Carry()
    {
        HandlePackets();
        HandOver();
        HandleDatagrams();
        int delivered = Delivered.Count;
        Flush();
        return delivered;
    }

    /// <summary>Makes sure that what is measured is what it is taken for.</summary>
    /// <exception cref="InvalidOperationException">A packet does not come out as it went in.</exception>
    internal void CheckDelivery()
    {
        HandlePackets();
        HandOver();
        HandleDatagrams();
        bool isWhole = Delivered.Count == BatchPackets;
        for (int i = 0; isWhole && i < BatchPackets; i++) isWhole = Delivered[i].SequenceEqual(_packets[i]);
        Flush();
        if (!isWhole) throw new InvalidOperationException("Packets were lost or changed between the two halves.");
    }

    public void Dispose()
    {
        _alpha.Dispose();
        _beta.Dispose();
        _packets.Dispose();
        _received.Dispose();
    }

    private static NodeId NewId()
    {
        using Identity identity = Identity.Generate(SystemRandom.Instance);
        return identity.NodeId;
    }

    private static PacketBatch NewPackets(int packetBytes)
    {
        var packets = new PacketBatch(BatchPackets, packetBytes);
        for (int i = 0; i < BatchPackets; i++)
        {
            TestPackets.WriteUdp4(packets.NextSlot()[..packetBytes], AlphaOverlay, BetaOverlay);
            packets.Append(packetBytes);
        }

        return packets;
    }

    /// <summary>A data half and the ends of its rings.</summary>
    private sealed class HalfNode : IDisposable
    {
        private readonly MessageRing _toData = new(), _toControl = new();

        internal HalfNode(NodeId self, uint overlay, NodeId peer, uint peerOverlay, int otherPeers)
        {
            var own = new OwnAddresses([IpAddress.FromIPv4(overlay)], []);
            Plane = new DataPlane(
                new ForwardingTable(RouteTable.Empty, own, []), SystemRandom.Instance, _toData, _toControl,
                SessionLimits.RekeyAfter);
            var channel = new PeerChannel(0, self, peer, new EarliestDelivery(), SystemRandom.Instance);
            var routes = new List<(IpPrefix Prefix, int Owner)> { (IpPrefix.Host(IpAddress.FromIPv4(peerOverlay)), 0) };
            routes.AddRange(TestPackets.Networks(otherPeers).Select((network, i) => (network, i + 1)));
            var peers = new PeerChannel?[otherPeers + 1];
            peers[0] = channel;
            Tell(new(RingMessageKind.UseTable) { Payload = new ForwardingTable(new RouteTable(routes), own, peers) });
        }

        internal DataPlane Plane { get; }

        internal void Install(SessionKeys keys, Endpoint peer, Endpoint local, Instant now)
        {
            Tell(new(RingMessageKind.InstallKeys)
            {
                Peer = 0,
                Payload = keys,
                Pair = new AddressPair(Socket, peer),
                Local = local,
            });
            Plane.HandleInbox(now);
        }

        internal void Flush() =>
            Plane.Flushed(new DatagramSendResult(Plane.Outbound.Count, 0, 0, DatagramError.None), tunRefused: 0);

        public void Dispose() => Plane.Dispose();

        private void Tell(in RingMessage message)
        {
            if (!_toData.TryWrite(message)) throw new InvalidOperationException("The ring is full.");
        }
    }
}
