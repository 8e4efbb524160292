using System.Diagnostics;
using Whalescale.Paths;
using Whalescale.Sessions;
using Whalescale.Types;

namespace Whalescale.Node;

/// <summary>
/// The data half of a node: overlay packets in, datagrams out, and back; keys, paths and their timers.
/// <code>
///   HandlePackets   (from the TUN device) ─► egress  ─► Outbound
///   HandleDatagrams (from the sockets)    ─► ingress ─► Inbound, and Outbound for answers
///   HandleInbox     (from the control half): keys, tables, handshake datagrams ─► Outbound
///   HandleTimeout   at NextTimeout: keepalives, challenges, erasure ─► Outbound
/// </code>
/// After every call the owner writes <see cref="Inbound"/> to the device before it reuses the datagrams it came from,
/// sends <see cref="Outbound"/>, and calls <see cref="Flushed"/>.
/// </summary>
/// <remarks>No clock, socket or thread inside; one thread at a time.</remarks>
public sealed class DataPlane : IIngressEvents, IDisposable
{
    private static readonly TimeSpan HandshakeRequestInterval = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan SilentPath = TimeSpan.FromSeconds(5);

    private readonly RandomSource _random;
    private readonly MessageRing _fromControl;
    private readonly MessageRing _toControl;
    private readonly SessionIndex _index = new();
    private readonly OutstandingChallenges _challenges = new();
    private readonly SealedSender _sender;
    private readonly EgressPipeline _egress;
    private readonly IngressPipeline _ingress;
    private readonly PathMtuKeeper _mtus;
    private readonly TooBigReplies _replies;
    private readonly Action<SessionKeys> _retire;
    private readonly byte[] _message = new byte[Limits.RingMessageBytes];
    private ForwardingTable _table;
    private ushort[] _sockets = [];
    private int _retiringPeer;
    private Instant _lastNow;

    /// <summary>A data half that knows no peer.</summary>
    /// <param name="empty">The table to begin with.</param>
    /// <param name="random">Its stream of chance.</param>
    /// <param name="fromControl">Messages from the control half.</param>
    /// <param name="toControl">Messages to the control half.</param>
    /// <param name="rekeyAfter">See <see cref="SessionLimits.RekeyAfter"/>.</param>
    public DataPlane(
        ForwardingTable empty, RandomSource random, MessageRing fromControl, MessageRing toControl, TimeSpan rekeyAfter)
    {
        (_table, _random, _fromControl, _toControl) = (empty, random, fromControl, toControl);
        _retire = Retire;
        _sender = new SealedSender(Counters, rekeyAfter, WantHandshake, Schedule);
        _replies = new TooBigReplies(Inbound, Counters);
        _mtus = new PathMtuKeeper(_sender, Counters, toControl, Schedule);
        _egress = new EgressPipeline(_sender, _replies, Counters, WantHandshake, SchedulerFaulted);
        _ingress = new IngressPipeline(_index, Inbound, toControl, Counters, this);
    }

    /// <summary>Datagrams to be sent.</summary>
    public DatagramBatch Outbound => _sender.Outbound;

    /// <summary>Packets for the TUN device, after any call; those from peers lie in the datagrams of the last
    /// <see cref="HandleDatagrams"/>.</summary>
    public PacketBatch Inbound { get; } = new(Limits.DeviceWritePackets, packetSize: 0);

    /// <summary>Counters of this half.</summary>
    public Counters Counters { get; } = new();

    /// <summary>When <see cref="HandleTimeout"/> is due.</summary>
    public Instant NextTimeout { get; private set; } = Instant.Never;

    /// <summary>Takes overlay packets to be sent to peers.</summary>
    public void HandlePackets(PacketBatch packets, Instant now)
    {
        Advance(now);
        _egress.Process(packets, _table, now);
    }

    /// <summary>Takes datagrams, until all are taken or there is enough to be written to the device; they are opened where
    /// they lie.</summary>
    /// <param name="datagrams">The datagrams.</param>
    /// <param name="next">Which one to begin with; afterwards the first that was not taken. While it is not the batch's
    /// count: flush, and call again.</param>
    /// <param name="now">The instant.</param>
    public void HandleDatagrams(DatagramBatch datagrams, ref int next, Instant now)
    {
        Advance(now);
        _ingress.Process(datagrams, ref next, _table, now);
    }

    /// <summary>Takes messages of the control half, until none is left or the send batch is half full.</summary>
    /// <returns>Whether some are left: call again after flushing.</returns>
    public bool HandleInbox(Instant now)
    {
        Advance(now);
        while (Outbound.Count < Outbound.Capacity / 2)
        {
            if (!_fromControl.TryRead(out RingMessage message, _message)) return false;
            Handle(message, _message.AsSpan(0, message.Length), now);
        }

        return true;
    }

    /// <summary>Does what time has made due.</summary>
    public void HandleTimeout(Instant now)
    {
        Advance(now);
        if (now < NextTimeout) return;
        _mtus.HandleTimeout(now);
        NextTimeout = Instant.Never;
        foreach (PeerChannel? peer in _table.Peers)
        {
            if (peer is null) continue;
            if (peer.CheckAt <= now) Check(peer, now);
            NextTimeout = Instant.Min(NextTimeout, peer.CheckAt);
        }

        NextTimeout = Instant.Min(NextTimeout, _mtus.NextTimeout);
    }

    /// <summary>Tells what became of <see cref="Outbound"/>, and clears both batches.</summary>
    /// <param name="sent">Sum over all calls to the sockets.</param>
    /// <param name="tunRefused">Packets the TUN device refused.</param>
    public void Flushed(in DatagramSendResult sent, int tunRefused)
    {
        Counters.Add(Counter.DatagramBytesSent, Outbound.Bytes);
        Counters.Add(Counter.DatagramsSent, sent.Sent);
        Counters.Add(Counter.DropSendRefused, sent.Refused);
        Counters.Add(Counter.DropSendPostponed, sent.Postponed);
        Counters.Add(Counter.PacketsToTun, Inbound.Count - tunRefused);
        Counters.Add(Counter.DropTunRefused, tunRefused);
        if (sent.FirstError == DatagramError.NoSuchLocalAddress) ForgetLocalAddresses();
        if (sent.FirstError == DatagramError.TooBig) _mtus.HandleTooBig(Outbound, _table.Peers, _lastNow);
        Outbound.Clear();
        Inbound.Clear();
        _replies.Clear();
        _ingress.Clear();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (PeerChannel? peer in _table.Peers) peer?.Dispose();
        Outbound.Dispose();
        Inbound.Dispose();
        _replies.Dispose();
        _ingress.Dispose();
    }

    void IIngressEvents.HandleReceived(in ReceivedTrain train, Instant now)
    {
        PeerChannel peer = train.Peer;
        PathChannel path = peer.Path;
        path.LastHeard = now;
        path.NoteReceived(train.From, train.Bytes);
        path.NoteLocal(train.From, train.Local);
        peer.ReceivedBytes += train.PacketBytes;
        peer.UnansweredSince = Instant.Never;
        if (train.HasPackets && peer.UnacknowledgedSince == Instant.Never) peer.UnacknowledgedSince = now;
        HandleConfirmed(peer, train.Keys, now);
        path.Migration.HandlePacket(train.From, train.Bytes, path.Rtt.Smoothed, now);
    }

    void IIngressEvents.HandleChallenge(PeerChannel peer, ulong data, AddressPair from, Instant now)
    {
        // An answer to an address under test is part of the little that it may be sent.
        EndpointMigration migration = peer.Path.Migration;
        bool isUnderTest = migration.IsProbing && from == migration.Candidate;
        if (!isUnderTest || migration.TrySpend(SealedSender.ResponseDatagramSize))
            _sender.SendResponse(peer, data, from, now);
    }

    void IIngressEvents.HandleResponse(PeerChannel peer, ulong data, Endpoint observed, Instant now)
    {
        PathChannel path = peer.Path;
        if (!observed.IsNone) path.Observed = observed;
        if (path.HandleProof(data, now, out TimeSpan roundTrip))
        {
            path.Rtt.Add(roundTrip);
            _egress.Flush(peer, now);
        }
        else if (path.Migration.HandleResponse(data, now, out roundTrip, out bool isFromCurrent))
        {
            if (!isFromCurrent) return;
            path.Rtt.Add(roundTrip);
            path.MarkProved();
            _egress.Flush(peer, now);
        }
        else if (path.Discovery.HandleResponse(data, now, out roundTrip))
        {
            path.Rtt.Add(roundTrip);
        }
        else if (_challenges.TryTake(data, peer.Number, now, out ulong ping, out roundTrip))
        {
            path.Rtt.Add(roundTrip);
            if (ping == 0) return;
            Tell(new(RingMessageKind.PingAnswered)
            {
                Peer = peer.Number,
                Number = ping,
                Duration = roundTrip,
                Path = path.Id,
                Pair = path.Migration.Current,
            });
        }
    }

    void IIngressEvents.HandleClose(PeerChannel peer, Instant now)
    {
        Forget(peer);
        Tell(new(RingMessageKind.PeerClosed) { Peer = peer.Number });
    }

    void IIngressEvents.HandleActivity(PeerChannel peer, Instant now)
    {
        if (!peer.Path.IsProved || peer.Path.Migration.IsProbing) SendPathChallenges(peer, now);
        SessionKeys? keys = peer.Keys.Current;
        if (keys is { Info.IsInitiator: true }
            && now - keys.Info.EstablishedAt >= SessionLimits.RejectAfter - SessionLimits.RekeyBeforeReject)
            WantHandshake(peer, now);
        FollowMtu(peer, now);
        ScheduleAfterActivity(peer, now);
    }

    private void HandleConfirmed(PeerChannel peer, SessionKeys keys, Instant now)
    {
        _retiringPeer = peer.Number;
        if (!peer.Keys.Confirm(keys, now, _retire)) return;
        Tell(new(RingMessageKind.KeysConfirmed) { Peer = peer.Number, Number = keys.Info.LocalIndex });
        if (peer.Path.IsProved) _egress.Flush(peer, now);
    }

    private void Advance(Instant now)
    {
        Debug.Assert(now >= _lastNow, "now never decreases");
        _lastNow = now;
    }

    private void Handle(in RingMessage message, ReadOnlySpan<byte> bytes, Instant now)
    {
        PeerChannel? peer = (uint)message.Peer < (uint)_table.Peers.Count ? _table.Peers[message.Peer] : null;
        switch (message.Kind)
        {
            case RingMessageKind.SendDatagram:
                SendDatagram(message, bytes);
                break;

            case RingMessageKind.InstallKeys when message.Payload is SessionKeys keys:
                if (peer is null) keys.Dispose();
                else Install(peer, keys, message, now);
                break;

            case RingMessageKind.UseTable when message.Payload is ForwardingTable table:
                UseTable(table);
                break;

            case RingMessageKind.UseSockets when message.Payload is SocketInfo[] sockets:
                UseSockets(sockets, now);
                break;

            case RingMessageKind.CloseSession when peer is not null:
                if (peer.Keys.CanSeal(now)) _sender.SendClose(peer, (CloseReason)message.Number, now);
                Forget(peer);
                break;

            case RingMessageKind.Ping when peer is not null:
                Challenge(peer, message.Number, message.Size, now);
                break;

            case RingMessageKind.TakeSnapshot:
                Tell(new(RingMessageKind.Snapshot) { Number = message.Number, Payload = DataSnapshot.Of(_table, now) });
                break;
        }
    }

    private void SendDatagram(in RingMessage message, ReadOnlySpan<byte> bytes)
    {
        Span<byte> datagram = Outbound.Reserve(bytes.Length);
        if (datagram.IsEmpty)
        {
            Counters.Add(Counter.DropOutboundFull);
            return;
        }

        bytes.CopyTo(datagram);
        Outbound.Add(bytes.Length, message.Pair.Remote, message.Local, message.Pair.Socket);
    }

    private void Install(PeerChannel peer, SessionKeys keys, in RingMessage message, Instant now)
    {
        // A response proves its address, an initiation does not; either leads the path there unless a live one stands.
        bool isSilent = now - peer.Path.LastHeard > SilentPath;
        bool hadSession = peer.Keys.CanSeal(now);
        if (keys.Info.IsInitiator && (!peer.Path.IsSet || !hadSession || isSilent))
            peer.Path.Set(message.Pair, message.Local);
        else if (!peer.Path.IsSet || !hadSession)
            peer.Path.SetUnproved(message.Pair, message.Local, InitiationLayout.Size - ResponseLayout.Size);
        _index.Add(peer, keys);
        _retiringPeer = peer.Number;
        peer.Keys.Install(keys, now, _retire);
        if (keys.Info.IsInitiator)
        {
            peer.Path.LastHeard = now;
            peer.UnansweredSince = Instant.Never;
            if (peer.Staged is { Count: > 0 }) _egress.Flush(peer, now);
            else _sender.SendKeepalive(peer, now);
        }

        FollowMtu(peer, now);
        Instant due = Instant.Min(peer.Path.NextTimeout, peer.Keys.NextTimeout);
        Schedule(peer, Instant.Min(now + SessionLimits.Keepalive, due));
    }

    private void FollowMtu(PeerChannel peer, Instant now)
    {
        _mtus.Follow(peer, _table.Peers, now);
        NextTimeout = Instant.Min(NextTimeout, _mtus.NextTimeout);
    }

    private void UseTable(ForwardingTable table)
    {
        for (int i = 0; i < _table.Peers.Count; i++)
        {
            PeerChannel? old = _table.Peers[i];
            if (old is null || (i < table.Peers.Count && table.Peers[i] == old)) continue;
            Forget(old);
            old.Dispose();
        }

        _table = table;
    }

    private void UseSockets(SocketInfo[] sockets, Instant now)
    {
        _sockets = Array.ConvertAll(sockets, static socket => socket.Number);
        ForgetLocalAddresses();
        foreach (PeerChannel? peer in _table.Peers)
        {
            if (peer is null || !peer.Path.IsSet || !peer.Keys.CanSeal(now)) continue;
            AddressPair current = peer.Path.Migration.Current;
            if (Array.IndexOf(_sockets, current.Socket) < 0 && _sockets.Length > 0)
            {
                peer.Path.UseSocket(_sockets[0]);
                current = peer.Path.Migration.Current;
            }

            // The peer learns our new address from this, and its challenge to the old one stays unanswered.
            foreach (ushort socket in _sockets) Challenge(peer, current with { Socket = socket }, ping: 0, 0, now);
            Schedule(peer, now + SessionLimits.Keepalive);
        }

        _mtus.UseSockets(sockets, _table.Peers, now);
    }

    private void ForgetLocalAddresses()
    {
        foreach (PeerChannel? peer in _table.Peers) peer?.Path.ForgetLocal();
    }

    private void Challenge(PeerChannel peer, ulong ping, int padding, Instant now) =>
        Challenge(peer, peer.Path.Migration.Current, ping, padding, now);

    private void Challenge(PeerChannel peer, AddressPair to, ulong ping, int padding, Instant now)
    {
        if (!peer.Keys.CanSeal(now) || !peer.Path.IsSet)
        {
            WantHandshake(peer, now);
            return;
        }

        ulong data = _random.NextUInt64();
        _challenges.Add(data, peer.Number, ping, now);
        _sender.SendChallenge(peer, data, to, padding, now);
    }

    private void SendPathChallenges(PeerChannel peer, Instant now)
    {
        if (!peer.Keys.CanSeal(now)) return;
        PathChannel path = peer.Path;
        path.Prove(now);
        if (path.TryTakeProofChallenge(out ulong data))
            _sender.SendChallenge(peer, data, path.Migration.Current, 0, now);
        int size = SealedSender.ChallengeDatagramSize;
        while (path.Migration.TryTakeChallenge(size, out data, out AddressPair target))
            _sender.SendChallenge(peer, data, target, 0, now);
    }

    private void Check(PeerChannel peer, Instant now)
    {
        _retiringPeer = peer.Number;
        peer.Keys.HandleTimeout(now, _retire);
        if (peer.Path.NextTimeout <= now)
        {
            if (peer.Path.HandleTimeout(now)) HandleMoved(peer, now);
            SendPathChallenges(peer, now);
            _mtus.HandleTimeout(peer, now);
            FollowMtu(peer, now);
        }

        if (peer.Keys.CanSeal(now)) CheckSession(peer, now);
        peer.CheckAt = Instant.Never;
        ScheduleAfterActivity(peer, now);
    }

    private void HandleMoved(PeerChannel peer, Instant now)
    {
        _egress.Flush(peer, now);
        Tell(new(RingMessageKind.PathMoved) { Peer = peer.Number, Path = peer.Path.Id, Pair = peer.Path.Migration.Current });
    }

    private void CheckSession(PeerChannel peer, Instant now)
    {
        if (now >= peer.UnansweredSince + SessionLimits.NoAnswer)
        {
            peer.UnansweredSince = Instant.Never;
            WantHandshake(peer, now);
        }

        if (now >= peer.UnacknowledgedSince + SessionLimits.Keepalive) _sender.SendKeepalive(peer, now);
        if (now >= peer.LastSent + SessionLimits.IdleChallenge) Challenge(peer, ping: 0, 0, now);
    }

    private void ScheduleAfterActivity(PeerChannel peer, Instant now)
    {
        Instant due = Instant.Min(peer.Keys.NextTimeout, peer.Path.NextTimeout);
        if (peer.Keys.CanSeal(now))
        {
            due = Instant.Min(due, peer.UnansweredSince + SessionLimits.NoAnswer);
            due = Instant.Min(due, peer.UnacknowledgedSince + SessionLimits.Keepalive);
            due = Instant.Min(due, peer.LastSent + SessionLimits.IdleChallenge);
        }

        Schedule(peer, due);
    }

    // Deadlines mostly move away; the timer is left where it is and looks again when it fires.
    private void Schedule(PeerChannel peer, Instant due)
    {
        if (due >= peer.CheckAt) return;
        peer.CheckAt = due;
        NextTimeout = Instant.Min(NextTimeout, due);
    }

    private void WantHandshake(PeerChannel peer, Instant now)
    {
        if (now < peer.NextHandshakeRequest) return;
        peer.NextHandshakeRequest = now + HandshakeRequestInterval;
        Tell(new(RingMessageKind.HandshakeWanted) { Peer = peer.Number });
    }

    private void SchedulerFaulted(PeerChannel peer, Exception fault) =>
        Tell(new(RingMessageKind.SchedulerFaulted) { Peer = peer.Number, Payload = fault });

    private void Tell(in RingMessage message)
    {
        if (!_toControl.TryWrite(message)) Counters.Add(Counter.DropInboxFull);
    }

    private void Forget(PeerChannel peer)
    {
        _retiringPeer = peer.Number;
        peer.Keys.Clear(_retire);
        peer.UnansweredSince = peer.UnacknowledgedSince = Instant.Never;
    }

    private void Retire(SessionKeys keys)
    {
        _index.Remove(keys);
        Tell(new(RingMessageKind.KeysRetired) { Peer = _retiringPeer, Number = keys.Info.LocalIndex });
        keys.Dispose();
    }
}
