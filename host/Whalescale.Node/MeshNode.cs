using System.Diagnostics;
using Whalescale.Paths;
using Whalescale.Sessions;
using Whalescale.Types;

namespace Whalescale.Node;

/// <summary>A socket the node may send from.</summary>
/// <param name="Number">Its number in the socket set.</param>
/// <param name="Interface">Name of the underlay.</param>
/// <param name="Mtu">MTU of its interface, in bytes of IP; 0: not known.</param>
public readonly record struct SocketInfo(ushort Number, string Interface, int Mtu);

/// <summary>
/// The control half of a node: peers, handshakes, pings, what is told to the owner. It routes inputs to the machines
/// that own the rules and keeps none itself.
/// <code>
///   commands        AddPeer, RemovePeer, OfferCandidate, UseSockets, Ping, RequestStatus, Close
///   HandleInbox     messages of the data half
///   HandleTimeout   at NextTimeout
///   TryTakeEvent    what the owner should know
/// </code>
/// </summary>
/// <remarks>Drive it so: one input, then every event, then read <see cref="NextTimeout"/>. No clock, socket or thread
/// inside; one thread at a time.</remarks>
public sealed class MeshNode : IHandshakeEvents, IDisposable
{
    private const int InboxPerTurn = 64;
    private static readonly TimeSpan OutboxRetry = TimeSpan.FromMilliseconds(1);
    private static readonly TimeSpan SaveTimestampEvery = TimeSpan.FromSeconds(60);

    private readonly MessageRing _fromData;
    private readonly ControlOutbox _outbox;
    private readonly PeerRegistry _peers;
    private readonly HandshakeDesk _desk;
    private readonly ConnectionKeeper _keeper;
    private readonly PingDesk _pings;
    private readonly Queue<NodeEvent> _events = new();
    private readonly byte[] _buffer = new byte[Limits.RingMessageBytes];
    private readonly NodeId _self;
    private readonly Func<Counters> _dataCounters;
    private IReadOnlyList<SocketInfo> _sockets = [];
    private HandshakeTimestamp _savedTimestamp;
    private Instant _saveTimestampAt = Instant.Never;
    private Instant _lastNow;
    private ulong _requests;

    /// <summary>A node without peers.</summary>
    /// <param name="options">What it needs to know of itself.</param>
    /// <param name="random">Its stream of chance.</param>
    /// <param name="fromData">Messages of the data half.</param>
    /// <param name="toData">Messages to the data half.</param>
    /// <param name="dataCounters">The data half's counters.</param>
    public MeshNode(
        MeshNodeOptions options, RandomSource random, MessageRing fromData, MessageRing toData,
        Func<Counters> dataCounters)
    {
        (_fromData, _dataCounters, _self) = (fromData, dataCounters, options.Self.Identity.NodeId);
        _savedTimestamp = options.LastTimestamp;
        Clock = new HandshakeClock(options.LastTimestamp);
        _outbox = new ControlOutbox(toData, Counters);
        _peers = new PeerRegistry(options, random.Fork("peers"));
        _desk = new HandshakeDesk(options.Self, _peers, _outbox, Counters, random.Fork("handshakes"), this);
        _keeper = new ConnectionKeeper(_desk, _outbox, Clock, Counters, random.Fork("retries"), Report);
        _pings = new PingDesk(_outbox, Report);
    }

    /// <summary>Counters of this half.</summary>
    public Counters Counters { get; } = new();

    /// <summary>When <see cref="HandleTimeout"/> is due.</summary>
    public Instant NextTimeout { get; private set; } = Instant.Never;

    private HandshakeClock Clock { get; }

    /// <summary>The table to begin with: no peers.</summary>
    public static ForwardingTable EmptyTable(MeshNodeOptions options) => PeerRegistry.EmptyTable(options);

    /// <summary>Ties the time line to the wall clock anew; it may have been turned.</summary>
    public void SetUtc(UtcAnchor anchor) => Clock.Set(anchor);

    /// <summary>Adds a peer. Nothing is sent before an address is offered or the peer calls.</summary>
    public AddPeerVerdict AddPeer(PeerSettings settings, Instant now)
    {
        Advance(now);
        AddPeerVerdict verdict = _peers.Add(settings, out _);
        if (verdict == AddPeerVerdict.Added) PublishTable();
        return verdict;
    }

    /// <summary>Removes a peer; its session is closed.</summary>
    /// <returns>False if there is none of this id.</returns>
    public bool RemovePeer(NodeId id, Instant now)
    {
        Advance(now);
        if (_peers.ById(id) is not { } peer) return false;
        _desk.GiveUp(peer);
        _pings.Forget(peer);
        Close(peer, CloseReason.Removed);
        _peers.Remove(peer);
        PublishTable();
        Reschedule(now);
        return true;
    }

    /// <summary>An address where a peer may answer; a new one is tried at once unless there is a session.</summary>
    public void OfferCandidate(NodeId id, Candidate candidate, Instant now)
    {
        Advance(now);
        if (_peers.ById(id) is { } peer && peer.Offer(candidate.Endpoint) && !peer.HasSession)
            _keeper.Connect(peer, now);
        Reschedule(now);
    }

    /// <summary>Sockets or own addresses have changed; everything is probed anew.</summary>
    public void UseSockets(IReadOnlyList<SocketInfo> sockets, Instant now)
    {
        Advance(now);
        _sockets = sockets;
        ushort[] numbers = sockets.Select(socket => socket.Number).ToArray();
        _keeper.UseSockets(numbers);
        _outbox.Decide(new(RingMessageKind.UseSockets) { Payload = sockets.ToArray() });
        foreach (PeerControl? peer in _peers.Controls)
            if (peer is { HasSession: false, Candidates.Count: > 0 }) _keeper.Connect(peer, now);
        Reschedule(now);
    }

    /// <summary>Sends a challenge to a peer; makes a session first if there is none. The answer is an event.</summary>
    /// <param name="id">The peer.</param>
    /// <param name="path">The path, or null for the one in use.</param>
    /// <param name="size">Bytes of padding, 0 to 1200.</param>
    /// <param name="timeout">How long to wait.</param>
    /// <param name="now">The instant.</param>
    /// <returns>Number of the ping.</returns>
    public ulong Ping(NodeId id, PathId? path, int size, TimeSpan timeout, Instant now)
    {
        Advance(now);
        ulong number = ++_requests;
        PeerControl? peer = _peers.ById(id);
        if (peer is null || (path is not null && path != PathId.First))
        {
            Report(new NodeEvent.PingDone(number, new PingReply(PingOutcome.NoSuchTarget, default, default, default)));
            return number;
        }

        _pings.Start(number, peer, size, now + timeout);
        if (!peer.HasSession) _keeper.Connect(peer, now);
        Reschedule(now);
        return number;
    }

    /// <summary>Asks for a snapshot. It comes as an event.</summary>
    /// <returns>Number of the request.</returns>
    public ulong RequestStatus(Instant now)
    {
        Advance(now);
        _outbox.Decide(new(RingMessageKind.TakeSnapshot) { Number = ++_requests });
        Reschedule(now);
        return _requests;
    }

    /// <summary>Closes all sessions; the last thing a node does.</summary>
    public void Close(Instant now)
    {
        Advance(now);
        foreach (PeerControl? peer in _peers.Controls)
        {
            if (peer is null) continue;
            _desk.GiveUp(peer);
            Close(peer, CloseReason.Shutdown);
        }

        SaveTimestamp(now);
    }

    /// <summary>Takes messages of the data half, a bounded number.</summary>
    /// <returns>Whether some are left.</returns>
    public bool HandleInbox(Instant now)
    {
        Advance(now);
        _desk.ReportBacklog(_fromData.Count, MessageRing.Size, now);
        for (int i = 0; i < InboxPerTurn; i++)
        {
            if (!_fromData.TryRead(out RingMessage message, _buffer)) break;
            Handle(message, _buffer.AsSpan(0, message.Length), now);
        }

        Reschedule(now);
        return _fromData.Count > 0;
    }

    /// <summary>Does what time has made due.</summary>
    public void HandleTimeout(Instant now)
    {
        Advance(now);
        _outbox.Retry();
        foreach (PeerControl? peer in _peers.Controls)
            if (peer is not null && peer.NextTimeout <= now) _keeper.HandleTimeout(peer, now);
        _pings.HandleTimeout(now);
        if (now >= _saveTimestampAt) SaveTimestamp(now);
        Reschedule(now);
    }

    /// <summary>The oldest event that was not taken yet.</summary>
    public bool TryTakeEvent([System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out NodeEvent? happened) =>
        _events.TryDequeue(out happened);

    /// <inheritdoc/>
    public void Dispose() => _desk.Dispose();

    void IHandshakeEvents.HandleKeys(
        PeerControl peer, SessionKeys keys, AddressPair pair, Endpoint local, Instant now)
    {
        _outbox.Decide(new(RingMessageKind.InstallKeys)
        {
            Peer = peer.Number,
            Payload = keys,
            Pair = pair,
            Local = local,
        });
        if (keys.Info.IsInitiator) Established(peer, keys.Info, pair, now);
        else peer.Awaiting = (keys.Info, pair);
    }

    void IHandshakeEvents.HandleBetterSuite(PeerControl peer, Instant now) => _keeper.Begin(peer, now);

    void IHandshakeEvents.HandleCookie(
        PeerControl peer, InitiatorHandshake handshake, AddressPair pair, Instant now) =>
        _keeper.Repeat(handshake, pair);

    void IHandshakeEvents.HandleImplausibleClock(PeerControl peer) =>
        Report(new NodeEvent.PeerClockImplausible(peer.Settings.Id, peer.Settings.Name));

    private void Advance(Instant now)
    {
        Debug.Assert(now >= _lastNow, "now never decreases");
        _lastNow = now;
    }

    private void Handle(in RingMessage message, ReadOnlySpan<byte> bytes, Instant now)
    {
        PeerControl? peer = _peers.ByNumber(message.Peer);
        switch (message.Kind)
        {
            case RingMessageKind.HandshakeDatagram:
                _desk.Handle(bytes, message.Pair, message.Local, Clock, now);
                break;

            case RingMessageKind.KeysRetired:
                _desk.FreeIndex((uint)message.Number);
                break;

            case RingMessageKind.PingAnswered:
                _pings.HandleAnswer(message);
                break;

            case RingMessageKind.Snapshot when message.Payload is DataSnapshot snapshot:
                Report(new NodeEvent.StatusReady(message.Number, StatusOf(snapshot)));
                break;

            case RingMessageKind.TunMtu:
                Report(new NodeEvent.TunMtuWanted(message.Size));
                break;

            case RingMessageKind.HandshakeWanted when peer is not null:
                _keeper.Connect(peer, now);
                break;

            case RingMessageKind.KeysConfirmed when peer is not null:
                if (peer.Awaiting.Info.LocalIndex == (uint)message.Number)
                    Established(peer, peer.Awaiting.Info, peer.Awaiting.Pair, now);
                break;

            case RingMessageKind.PathMoved when peer is not null:
                peer.PathPair = message.Pair;
                peer.Prefer(message.Pair.Remote);
                Report(new NodeEvent.PathMoved(
                    peer.Settings.Id, peer.Settings.Name, message.Path, message.Pair.Remote));
                break;

            case RingMessageKind.PeerClosed when peer is not null:
                peer.HasSession = false;
                peer.PathPair = default;
                _keeper.HandleClosed(peer, now);
                Report(new NodeEvent.SessionClosed(peer.Settings.Id, peer.Settings.Name));
                break;

            case RingMessageKind.SchedulerFaulted when peer is not null && message.Payload is Exception fault:
                Report(new NodeEvent.SchedulerFaulted(peer.Settings.Id, peer.Settings.Name, fault));
                break;
        }
    }

    private void Established(PeerControl peer, in SessionKeysInfo info, AddressPair pair, Instant now)
    {
        bool isFirst = !peer.HasSession;
        peer.HasSession = true;
        peer.EndSeries();
        peer.Prefer(pair.Remote);
        if (isFirst) peer.PathPair = pair;
        Counters.Add(Counter.SessionsEstablished);
        _pings.Send(peer);
        Report(new NodeEvent.SessionEstablished(
            peer.Settings.Id, peer.Settings.Name, pair.Remote, Crypto.CipherSuites.ProtocolName(info.Suite),
            !isFirst, now - info.StartedAt));
    }

    private void Close(PeerControl peer, CloseReason reason)
    {
        _outbox.Decide(new(RingMessageKind.CloseSession) { Peer = peer.Number, Number = (ulong)reason });
        peer.HasSession = false;
        peer.EndSeries();
    }

    private void PublishTable() =>
        _outbox.Decide(new(RingMessageKind.UseTable) { Payload = _peers.BuildTable() });

    private void SaveTimestamp(Instant now)
    {
        _saveTimestampAt = Instant.Never;
        if (Clock.Last == _savedTimestamp) return;
        _savedTimestamp = Clock.Last;
        Report(new NodeEvent.TimestampToSave(_savedTimestamp));
    }

    private void Reschedule(Instant now)
    {
        if (_saveTimestampAt == Instant.Never && Clock.Last != _savedTimestamp)
            _saveTimestampAt = now + SaveTimestampEvery;
        Instant due = Instant.Min(_saveTimestampAt, _pings.NextTimeout);
        foreach (PeerControl? peer in _peers.Controls)
            if (peer is not null) due = Instant.Min(due, peer.NextTimeout);
        if (_outbox.IsBlocked) due = Instant.Min(due, now + OutboxRetry);
        NextTimeout = due;
    }

    private void Report(NodeEvent happened)
    {
        // An owner that does not listen loses the oldest; nothing of the protocol depends on it.
        if (_events.Count == Limits.PendingEvents) _events.Dequeue();
        _events.Enqueue(happened);
    }

    private NodeStatus StatusOf(DataSnapshot snapshot) => new()
    {
        Id = _self,
        EstablishedPeers = snapshot.Peers.Count(peer => peer is { HasSession: true }),
        Peers = _peers.Controls.OfType<PeerControl>()
            .Select(peer => StatusReport.Of(
                peer, peer.Number < snapshot.Peers.Count ? snapshot.Peers[peer.Number] : null, _sockets))
            .OrderBy(peer => peer.Name, StringComparer.Ordinal).ToArray(),
        Counters = Counters.Sum(Counters, _dataCounters()),
    };
}
