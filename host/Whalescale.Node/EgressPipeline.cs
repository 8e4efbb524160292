using Whalescale.Multipath.Schedulers;
using Whalescale.Tun.Routing;
using Whalescale.Types;

namespace Whalescale.Node;

/// <summary>
/// Out: 1 route · 2 group by peer · 3 assign paths · 4 seal into the send batch. One thread, one pass, no copy but the
/// sealing itself.
/// </summary>
internal sealed class EgressPipeline(
    SealedSender sender, Counters counters, Action<PeerChannel, Instant> wantHandshake,
    Action<PeerChannel, Exception> schedulerFaulted)
{
    private const int Nobody = RouteTable.NoOwner;

    private readonly int[] _peerOf = new int[Limits.PacketBatch];
    private readonly PacketView[] _viewOf = new PacketView[Limits.PacketBatch];
    private readonly int[] _members = new int[Limits.PacketBatch];
    private readonly PacketView[] _views = new PacketView[Limits.PacketBatch];
    private readonly PathView[] _paths = new PathView[Limits.PathsPerPeer];
    private readonly Assignment[] _answers = new Assignment[Limits.PacketBatch];

    /// <summary>Seals every packet that has a route and a session, and stages those without a session.</summary>
    internal void Process(PacketBatch batch, ForwardingTable table, Instant now)
    {
        counters.Add(Counter.PacketsFromTun, batch.Count);
        for (int start = 0; start < batch.Count; start += Limits.PacketBatch)
        {
            int count = Math.Min(batch.Count - start, Limits.PacketBatch);
            Route(batch, start, count, table, now);
            for (int i = 0; i < count; i++)
                if (_peerOf[i] != Nobody) SendGroup(batch, start, table.Peers[_peerOf[i]]!, Gather(i, count), now);
        }
    }

    /// <summary>Seals what was staged for a peer that has a session now.</summary>
    internal void Flush(PeerChannel peer, Instant now)
    {
        if (peer.Staged is not { Count: > 0 } staged) return;
        int count = 0;
        for (int i = 0; i < staged.Count; i++)
        {
            if (!InnerPacket.TryParse(staged[i], out InnerPacket packet)) continue;
            _members[count] = i;
            _views[count++] = View(packet, now);
        }

        SendGroup(staged, 0, peer, count, now);
        staged.Clear();
    }

    private void Route(PacketBatch batch, int start, int count, ForwardingTable table, Instant now)
    {
        for (int i = 0; i < count; i++)
        {
            _peerOf[i] = Nobody;
            if (!InnerPacket.TryParse(batch[start + i], out InnerPacket packet))
            {
                counters.Add(Counter.DropOutboundMalformed);
                continue;
            }

            int peer = table.Routes.Lookup(packet.Destination);
            if (peer == Nobody) counters.Add(Counter.DropNoRoute);
            else (_peerOf[i], _viewOf[i]) = (peer, View(packet, now));
        }
    }

    // The packets of one peer, in order, by index: grouped, not moved. A batch has few peers.
    private int Gather(int first, int count)
    {
        int peer = _peerOf[first], members = 0;
        for (int i = first; i < count; i++)
        {
            if (_peerOf[i] != peer) continue;
            _peerOf[i] = Nobody;
            _members[members] = i;
            _views[members++] = _viewOf[i];
        }

        return members;
    }

    private static PacketView View(in InnerPacket packet, Instant now) => new(
        packet.TotalLength, PacketClass.Bulk, packet.Dscp, packet.FlowHash, FlowRecentBytes: 0, now, Instant.Never);

    private void SendGroup(PacketBatch batch, int start, PeerChannel peer, int count, Instant now)
    {
        if (!peer.Keys.CanSeal(now) || !peer.Path.IsSet)
        {
            for (int i = 0; i < count; i++) Stage(batch, start + _members[i], peer);
            wantHandshake(peer, now);
            return;
        }

        if (!peer.Path.IsProved)
        {
            // One round trip, once: the answer to the challenge that is under way lets them go.
            for (int i = 0; i < count; i++) Stage(batch, start + _members[i], peer);
            return;
        }

        Assign(peer, count, now);
        for (int i = 0; i < count; i++)
        {
            // One path, never paced yet: whatever is not a drop goes there, a wait included.
            if (_answers[i].Drop == DropReason.None) Seal(batch, start + _members[i], peer, now);
            else counters.Add(Counter.DropScheduler);
        }

        sender.ExpectAnswer(peer, now);
    }

    private void Stage(PacketBatch batch, int index, PeerChannel peer)
    {
        if (!peer.Stage(batch[index], batch.OffloadOf(index))) counters.Add(Counter.DropNoSession);
    }

    // The fence around a policy that may come from a plugin: it throws once, then it is gone.
    private void Assign(PeerChannel peer, int count, Instant now)
    {
        _paths[0] = peer.Path.View(now);
        long backlog = 0;
        for (int i = 0; i < count; i++) backlog += _views[i].Length;
        var session = new SessionView(now, backlog, count, 0, 0);
        Span<Assignment> answers = _answers.AsSpan(0, count);
        try
        {
            peer.Scheduler.Assign(_views.AsSpan(0, count), _paths.AsSpan(0, 1), session, answers);
        }
        catch (Exception fault)
        {
            counters.Add(Counter.SchedulerFaults);
            schedulerFaulted(peer, fault);
            peer.Scheduler = new EarliestDelivery();
            peer.Scheduler.Assign(_views.AsSpan(0, count), _paths.AsSpan(0, 1), session, answers);
        }
    }

    private void Seal(PacketBatch batch, int index, PeerChannel peer, Instant now)
    {
        int length = batch[index].Length;
        int plaintextLength = PacketFrames.UnorderedHeader + length;
        if (plaintextLength + TransportHeader.Overhead > Limits.DatagramBytes)
        {
            counters.Add(Counter.DropTooBig);
            return;
        }

        int padding = SealedSender.Padding(plaintextLength);
        Span<byte> plaintext = batch.Around(index, PacketFrames.UnorderedHeader, padding);
        PacketMarks marks = (batch.OffloadOf(index).Traits & OffloadTraits.ChecksumPending) != 0
            ? PacketMarks.ChecksumPending
            : PacketMarks.None;
        PacketFrames.WriteUnordered(plaintext, marks, (uint)(now.Nanoseconds / 1_000));
        plaintext[^padding..].Clear();
        if (sender.TrySeal(peer, plaintext, now)) peer.TransmittedBytes += length;
    }
}
