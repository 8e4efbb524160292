using Whalescale.Types;

namespace Whalescale.Node;

/// <summary>Pings under way: sent as soon as there is a session, answered or given up.</summary>
internal sealed class PingDesk(ControlOutbox outbox, Action<NodeEvent> report)
{
    private readonly List<Entry> _entries = [];

    /// <summary>When <see cref="HandleTimeout"/> is due.</summary>
    internal Instant NextTimeout => _entries.Count == 0 ? Instant.Never : _entries.Min(entry => entry.Deadline);

    /// <summary>Takes a ping; of too many the oldest is given up.</summary>
    internal void Start(ulong number, PeerControl peer, int size, Instant deadline)
    {
        if (_entries.Count == Limits.OutstandingPings) Finish(_entries[0], Failed(_entries[0]));
        var entry = new Entry(number, peer, size, deadline);
        _entries.Add(entry);
        if (peer.HasSession) Send(entry);
    }

    /// <summary>A session with this peer is there: sends what waits, and again what an older session may have
    /// lost.</summary>
    internal void Send(PeerControl peer)
    {
        foreach (Entry entry in _entries)
            if (entry.Peer == peer) Send(entry);
    }

    internal void HandleAnswer(in RingMessage message)
    {
        ulong number = message.Number;
        if (_entries.Find(entry => entry.Number == number) is not { } entry) return;
        Finish(entry, new PingReply(PingOutcome.Answered, message.Path, message.Duration, message.Pair.Remote));
    }

    internal void HandleTimeout(Instant now)
    {
        for (int i = _entries.Count - 1; i >= 0; i--)
            if (_entries[i].Deadline <= now) Finish(_entries[i], Failed(_entries[i]));
    }

    internal void Forget(PeerControl peer)
    {
        for (int i = _entries.Count - 1; i >= 0; i--)
            if (_entries[i].Peer == peer) Finish(_entries[i], new(PingOutcome.NoSuchTarget, default, default, default));
    }

    private static PingReply Failed(Entry entry) => new(
        entry.IsSent ? PingOutcome.TimedOut : PingOutcome.NoSession, PathId.First, default, entry.Peer.PathPair.Remote);

    private void Send(Entry entry)
    {
        entry.IsSent = true;
        outbox.Decide(new(RingMessageKind.Ping)
        {
            Peer = entry.Peer.Number,
            Number = entry.Number,
            Size = entry.Size,
        });
    }

    private void Finish(Entry entry, PingReply reply)
    {
        _entries.Remove(entry);
        report(new NodeEvent.PingDone(entry.Number, reply));
    }

    private sealed class Entry(ulong number, PeerControl peer, int size, Instant deadline)
    {
        internal ulong Number => number;

        internal PeerControl Peer => peer;

        internal int Size => size;

        internal Instant Deadline => deadline;

        internal bool IsSent { get; set; }
    }
}
