using Whalescale.Crypto;
using Whalescale.Paths;
using Whalescale.Sessions;
using Whalescale.Types;

namespace Whalescale.Node;

/// <summary>What comes out of handshakes.</summary>
internal interface IHandshakeEvents
{
    /// <summary>New keys, to be handed to the data half.</summary>
    void HandleKeys(PeerControl peer, SessionKeys keys, AddressPair pair, Endpoint local, Instant now);

    /// <summary>The peer told what it can do; the suite that follows from it is a better one than was used.</summary>
    void HandleBetterSuite(PeerControl peer, Instant now);

    /// <summary>A cookie came: the initiation is complete now and goes out again.</summary>
    void HandleCookie(PeerControl peer, InitiatorHandshake handshake, AddressPair pair, Instant now);

    /// <summary>The peer's clock is wrong.</summary>
    void HandleImplausibleClock(PeerControl peer);
}

/// <summary>
/// Answers handshake messages. The order of the checks is the order of their cost:
/// <code>
///   initiation  mac1 ► under load: mac2, or a cookie ► budget of the source ► seen before? repeat the response
///               ► DH: static key ► known peer? ► DH: payload ► node id ► timestamp, or a cookie ► response
///   response    mac1 ► index of a handshake of ours ► DH ► keys
///   cookie      index of a handshake of ours ► AEAD ► repeat with mac2
/// </code>
/// Everything refused is counted and met with silence.
/// </summary>
internal sealed class HandshakeDesk : IDisposable
{
    private static readonly TimeSpan InitiationInterval = TimeSpan.FromMilliseconds(20); // specified: 50/s for a peer

    private readonly HandshakeSelf _self;
    private readonly PeerRegistry _peers;
    private readonly ControlOutbox _outbox;
    private readonly Counters _counters;
    private readonly RandomSource _random;
    private readonly IHandshakeEvents _events;
    private readonly Blake2sMac _ownMac1;
    private readonly CookieJar _cookies;
    private readonly HandshakeRateLimiter _limiter;
    private readonly HandshakeReader _reader;
    private readonly ResponseCache _responses = new();
    private readonly Dictionary<uint, (PeerControl Peer, InitiatorHandshake Handshake)> _pending = [];
    private readonly HashSet<uint> _indices = [];
    private readonly Func<X25519PublicKey, bool> _isKnown;
    private bool _sawUnknownKey;

    internal HandshakeDesk(
        HandshakeSelf self, PeerRegistry peers, ControlOutbox outbox, Counters counters, RandomSource random,
        IHandshakeEvents events)
    {
        (_self, _peers, _outbox, _counters, _random, _events) = (self, peers, outbox, counters, random, events);
        _ownMac1 = self.Network.Mac1To(self.Identity.NodeId);
        _cookies = new CookieJar(random.Fork("cookies"));
        _limiter = new HandshakeRateLimiter(random.Fork("limiter"));
        _reader = new HandshakeReader(self, random);
        _isKnown = IsKnown;
    }

    /// <summary>Tells how many messages wait.</summary>
    internal void ReportBacklog(int waiting, int capacity, Instant now) =>
        _limiter.ReportBacklog(waiting, capacity, now);

    /// <summary>Whether so many handshakes are under way that another has to wait.</summary>
    internal bool IsFull => _pending.Count >= Limits.PendingHandshakes;

    /// <summary>Begins a handshake. Of two that are under way already the older is given up.</summary>
    internal InitiatorHandshake Begin(PeerControl peer, HandshakeTimestamp timestamp, Instant now)
    {
        while (peer.Pending.Count >= Limits.PendingHandshakesPerPeer) GiveUp(peer, peer.Pending[0]);
        CipherSuite basic = CipherSuites.WithPsk(CipherSuite.ChaChaPolyBlake2s, _self.Network.HasSecret);
        CipherSuite suite = peer.KnownSuite == CipherSuite.None ? basic : peer.KnownSuite;
        ReadOnlySpan<byte> cookie = now < peer.CookieUntil ? peer.Cookie : default;
        var handshake = new InitiatorHandshake(
            _self, peer.Settings.Id, peer.Key, suite, NewIndex(), timestamp, cookie, _random, now);
        _pending.Add(handshake.LocalIndex, (peer, handshake));
        peer.Pending.Add(handshake);
        return handshake;
    }

    /// <summary>Gives up all handshakes with a peer that we began.</summary>
    internal void GiveUp(PeerControl peer)
    {
        while (peer.Pending.Count > 0) GiveUp(peer, peer.Pending[0]);
    }

    /// <summary>Tells that keys are gone, so that their index may be used again.</summary>
    internal void FreeIndex(uint index) => _indices.Remove(index);

    /// <summary>Takes a datagram that is not a transport message.</summary>
    internal void Handle(ReadOnlySpan<byte> message, AddressPair from, Endpoint local, HandshakeClock clock, Instant now)
    {
        switch (DatagramHeader.Classify(message))
        {
            case MessageType.Initiation:
                HandleInitiation(message, from, local, clock, now);
                break;
            case MessageType.Response:
                HandleResponse(message, from, local, now);
                break;
            case MessageType.CookieReply:
                HandleCookieReply(message, from, now);
                break;
        }
    }

    public void Dispose()
    {
        foreach (PeerControl? peer in _peers.Controls)
            if (peer is not null) GiveUp(peer);
        _reader.Dispose();
        _ownMac1.Dispose();
        _cookies.Dispose();
    }

    private void HandleInitiation(
        ReadOnlySpan<byte> message, AddressPair from, Endpoint local, HandshakeClock clock, Instant now)
    {
        if (!HandshakeMacs.VerifyMac1(message, _ownMac1))
        {
            _counters.Add(Counter.DropHandshakeMac1);
            return;
        }

        _counters.Add(Counter.InitiationsReceived);
        _limiter.CountInitiation(now);
        bool hasProvedAddress = _cookies.VerifyMac2(message, from.Remote, now);
        if (_limiter.IsUnderLoad(now) && !hasProvedAddress)
        {
            SendCookie(message, from, local, now);
            return;
        }

        if (!_limiter.MayHandshake(from.Remote.Address, hasProvedAddress, now))
        {
            _counters.Add(Counter.DropHandshakeRateLimited);
            return;
        }

        if (_responses.TryFind(message, now, out ReadOnlySpan<byte> repeated))
        {
            _counters.Add(Counter.ResponsesRepeated);
            _outbox.SendDatagram(repeated, from, local);
            return;
        }

        _sawUnknownKey = false;
        using ResponderHandshake? handshake = _reader.TryRead(message, _isKnown, now);
        if (handshake is null)
        {
            _counters.Add(_sawUnknownKey ? Counter.DropHandshakeUnknownPeer : Counter.DropHandshakeInvalid);
            return;
        }

        PeerControl peer = _peers.ByKey(handshake.InitiatorKey)!;
        if (peer.Settings.Id != handshake.Payload.Initiator)
        {
            // The sign-bit twin of a peer's id, or a peer that lies about its name.
            _counters.Add(Counter.DropHandshakeInvalid);
            return;
        }

        if (now - peer.LastAcceptedAt < InitiationInterval)
        {
            _counters.Add(Counter.DropHandshakeRateLimited);
            return;
        }

        if (!IsTimely(peer, handshake.Payload.Timestamp, hasProvedAddress, clock, now))
        {
            SendCookie(message, from, local, now);
            return;
        }

        Answer(peer, handshake, message, from, local, now);
    }

    // A timestamp must grow, so that an old initiation cannot be replayed. But a clock may have been wrong once, on
    // either
    // side: whoever proves with a cookie that it is here now is believed whatever its clock says (compare
    // CVE-2021-46873).
    // Not, though, while a handshake whose timestamp was in order may still be on its way to being confirmed: without a
    // network secret anybody can answer a cookie reply, and would displace it with an initiation of long ago.
    private bool IsTimely(
        PeerControl peer, HandshakeTimestamp timestamp, bool hasProvedAddress, HandshakeClock clock, Instant now)
    {
        bool isAhead = timestamp > clock.Latest(SessionLimits.TimestampTolerance, now);
        bool isInOrder = !isAhead && timestamp > peer.GreatestTimestamp;
        bool isOtherUnderWay = now - peer.LastTimelyAt < SessionLimits.HandshakeRetry;
        if (!isInOrder && (!hasProvedAddress || isOtherUnderWay))
        {
            _counters.Add(Counter.DropHandshakeOldTimestamp);
            if (isAhead) _events.HandleImplausibleClock(peer);
            return false;
        }

        if (isInOrder) (peer.GreatestTimestamp, peer.LastTimelyAt) = (timestamp, now);
        peer.LastAcceptedAt = now;
        return true;
    }

    private void Answer(
        PeerControl peer, ResponderHandshake handshake, ReadOnlySpan<byte> message, AddressPair from, Endpoint local,
        Instant now)
    {
        Span<byte> response = stackalloc byte[ResponseLayout.Size];
        SessionKeys keys = handshake.Respond(NewIndex(), from.Remote, now, response);
        _responses.Add(message, response, now);
        _events.HandleKeys(peer, keys, from, local, now);
        _outbox.SendDatagram(response, from, local);
        _counters.Add(Counter.ResponsesSent);
        Learn(peer, handshake.Payload.Capabilities);
    }

    private void HandleResponse(ReadOnlySpan<byte> message, AddressPair from, Endpoint local, Instant now)
    {
        if (!HandshakeMacs.VerifyMac1(message, _ownMac1))
        {
            _counters.Add(Counter.DropHandshakeMac1);
            return;
        }

        uint index = ResponseLayout.ReceiverIndex(message);
        if (!_pending.TryGetValue(index, out (PeerControl Peer, InitiatorHandshake Handshake) entry))
        {
            _counters.Add(Counter.DropHandshakeUnknownIndex);
            return;
        }

        (PeerControl peer, InitiatorHandshake handshake) = entry;
        if (now - handshake.StartedAt >= SessionLimits.ResponseWait)
        {
            // Held back by somebody: it would replace working keys by keys that the peer has forgotten.
            _counters.Add(Counter.DropHandshakeUnknownIndex);
            GiveUp(peer, handshake);
            return;
        }

        if (!handshake.TryReadResponse(message, now, out SessionKeys? keys, out ResponsePayload payload))
        {
            _counters.Add(Counter.DropHandshakeInvalid);
            return;
        }

        _counters.Add(Counter.ResponsesReceived);
        // The index lives on in the keys.
        _pending.Remove(index);
        peer.Pending.Remove(handshake);
        handshake.Dispose();
        GiveUp(peer);
        _events.HandleKeys(peer, keys!, from, local, now);
        Learn(peer, payload.Capabilities);
        if (peer.KnownSuite > keys!.Info.Suite) _events.HandleBetterSuite(peer, now);
    }

    private void HandleCookieReply(ReadOnlySpan<byte> message, AddressPair from, Instant now)
    {
        uint index = CookieReplyLayout.ReceiverIndex(message);
        if (!_pending.TryGetValue(index, out (PeerControl Peer, InitiatorHandshake Handshake) entry))
        {
            _counters.Add(Counter.DropHandshakeUnknownIndex);
            return;
        }

        Span<byte> cookie = stackalloc byte[Protocol.MacSize];
        if (!entry.Handshake.TryReadCookie(message, cookie))
        {
            _counters.Add(Counter.DropCookieInvalid);
            return;
        }

        _counters.Add(Counter.CookieRepliesReceived);
        cookie.CopyTo(entry.Peer.Cookie);
        entry.Peer.CookieUntil = now + SessionLimits.CookieLifetime;
        _events.HandleCookie(entry.Peer, entry.Handshake, from, now);
    }

    private void SendCookie(ReadOnlySpan<byte> initiation, AddressPair from, Endpoint local, Instant now)
    {
        if (!_limiter.MaySendCookie(from.Remote.Address, now))
        {
            _counters.Add(Counter.DropHandshakeRateLimited);
            return;
        }

        Span<byte> cookie = stackalloc byte[Protocol.MacSize];
        Span<byte> reply = stackalloc byte[CookieReplyLayout.Size];
        _cookies.Bake(from.Remote, now, cookie);
        HandshakeMacs.WriteCookieReply(reply, initiation, cookie, _self, _random);
        _outbox.SendDatagram(reply, from, local);
        _counters.Add(Counter.CookieRepliesSent);
    }

    // The fast suite where both ends have the instructions for it, else the one that is always there.
    private void Learn(PeerControl peer, Capabilities theirs)
    {
        CipherSuite fast = CipherSuites.WithPsk(CipherSuite.AesGcmSha256, _self.Network.HasSecret);
        bool isPreferred = theirs.Supports((byte)fast) && theirs.Prefers((byte)fast)
            && _self.Capabilities.Supports((byte)fast) && _self.Capabilities.Prefers((byte)fast);
        peer.KnownSuite = isPreferred
            ? fast
            : CipherSuites.WithPsk(CipherSuite.ChaChaPolyBlake2s, _self.Network.HasSecret);
    }

    private bool IsKnown(X25519PublicKey key)
    {
        bool isKnown = _peers.ByKey(key) is not null;
        _sawUnknownKey = !isKnown;
        return isKnown;
    }

    private void GiveUp(PeerControl peer, InitiatorHandshake handshake)
    {
        _pending.Remove(handshake.LocalIndex);
        _indices.Remove(handshake.LocalIndex);
        peer.Pending.Remove(handshake);
        handshake.Dispose();
    }

    private uint NewIndex()
    {
        while (true)
        {
            uint index = _random.NextUInt32();
            if (_indices.Add(index)) return index;
        }
    }
}
