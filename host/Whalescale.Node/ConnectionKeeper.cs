using Whalescale.Paths;
using Whalescale.Sessions;
using Whalescale.Types;

namespace Whalescale.Node;

/// <summary>
/// Decides when initiations go out, and where.
/// <code>
///   wanted ──► initiation 1 ── 1 s ──► the same, to every known address ── 5 s + jitter ──► initiation 2 ── … ── 90 s ──► rest
/// </code>
/// The same bytes may go to several addresses: the responder recognises them and works once. With a session the first
/// goes over its path alone. At rest, traffic, a new address, a changed network or the peer itself begin a new
/// series; for an anchor the rest lasts half a minute.
/// </summary>
internal sealed class ConnectionKeeper(
    HandshakeDesk desk, ControlOutbox outbox, HandshakeClock clock, Counters counters, RandomSource random,
    Action<NodeEvent> report)
{
    private static readonly TimeSpan AnchorRest = TimeSpan.FromSeconds(30);
    private ushort[] _sockets = [];

    internal void UseSockets(ushort[] sockets) => _sockets = sockets;

    /// <summary>Begins a series unless one runs.</summary>
    internal void Connect(PeerControl peer, Instant now)
    {
        // A series that could send nothing yet, for want of a socket or an address, may be luckier now.
        if (peer.IsConnecting && peer.Pending.Count > 0) return;
        Begin(peer, now);
    }

    /// <summary>Sends a new initiation now.</summary>
    internal void Begin(PeerControl peer, Instant now)
    {
        if (!peer.IsConnecting) peer.SeriesStartedAt = now;
        peer.RetryAt = now + SessionLimits.HandshakeRetry + Jitter();
        if (_sockets.Length == 0 || (peer.Candidates.Count == 0 && !peer.HasSession)) return;
        if (desk.IsFull)
        {
            counters.Add(Counter.DropHandshakeTooMany);
            return;
        }

        InitiatorHandshake handshake = desk.Begin(peer, clock.Next(now), now);
        Send(peer, handshake, everywhere: !peer.HasSession);
        peer.RepeatAt = now + SessionLimits.HandshakeRepeat;
    }

    /// <summary>Sends an initiation again to where a cookie for it came from.</summary>
    internal void Repeat(InitiatorHandshake handshake, AddressPair to)
    {
        outbox.SendDatagram(handshake.Message, to, default);
        counters.Add(Counter.InitiationsSent);
    }

    /// <summary>Sees after a while whether the peer that said farewell is back.</summary>
    internal void HandleClosed(PeerControl peer, Instant now)
    {
        desk.GiveUp(peer);
        peer.EndSeries();
        if (peer.Candidates.Count == 0) return;
        (peer.SeriesStartedAt, peer.RetryAt) = (now, now + SessionLimits.HandshakeRetry + Jitter());
    }

    internal void HandleTimeout(PeerControl peer, Instant now)
    {
        if (now >= peer.RepeatAt)
        {
            peer.RepeatAt = Instant.Never;
            if (peer.Pending.Count > 0) Send(peer, peer.Pending[^1], everywhere: true);
        }

        if (now < peer.RetryAt) return;
        if (now - peer.SeriesStartedAt < SessionLimits.HandshakeGiveUp) Begin(peer, now);
        else Rest(peer, now);
    }

    private void Rest(PeerControl peer, Instant now)
    {
        desk.GiveUp(peer);
        peer.EndSeries();
        peer.HasSession = false;
        peer.PathPair = default;
        // The peer may have moved to a machine without AES instructions: next time begin as with a stranger.
        peer.KnownSuite = Crypto.CipherSuite.None;
        report(new NodeEvent.PeerUnreachable(peer.Settings.Id, peer.Settings.Name, peer.Candidates.Count));
        if (peer.Settings.IsAnchor) (peer.SeriesStartedAt, peer.RetryAt) = (now, now + AnchorRest);
    }

    private void Send(PeerControl peer, InitiatorHandshake handshake, bool everywhere)
    {
        int sent = 0;
        if (!peer.PathPair.Remote.IsNone)
        {
            SendTo(handshake, peer.PathPair);
            sent++;
            if (!everywhere) return;
        }

        foreach (Endpoint candidate in peer.Candidates)
        {
            foreach (ushort socket in _sockets)
            {
                var pair = new AddressPair(socket, candidate);
                if (pair == peer.PathPair) continue;
                if (sent++ == Limits.InitiationFanOut) return;
                SendTo(handshake, pair);
            }
        }
    }

    private void SendTo(InitiatorHandshake handshake, AddressPair to)
    {
        outbox.SendDatagram(handshake.Message, to, default);
        counters.Add(Counter.InitiationsSent);
    }

    private TimeSpan Jitter() =>
        TimeSpan.FromMilliseconds(random.NextBelow((int)SessionLimits.HandshakeJitter.TotalMilliseconds));
}
