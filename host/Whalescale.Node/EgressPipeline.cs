using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using Whalescale.Multipath.Schedulers;
using Whalescale.Tun.Offload;
using Whalescale.Tun.Routing;
using Whalescale.Types;

namespace Whalescale.Node;

/// <summary>
/// Out: 1 route · 2 group by peer · 3 assign paths · 4 seal into the send batch. One thread, one pass, no copy
/// before the sealer. A super-packet is one packet until 2; from 3 on each of its segments is.
/// </summary>
internal sealed class EgressPipeline(
    SealedSender sender, TooBigReplies replies, Counters counters, Action<PeerChannel, Instant> wantHandshake,
    Action<PeerChannel, Exception> schedulerFaulted)
{
    private const int Nobody = RouteTable.NoOwner;
    private const OffloadTraits Segments = OffloadTraits.TcpSegments | OffloadTraits.UdpSegments;
    private const int FrameHeader = PacketFrames.UnorderedHeader;

    private readonly Segmenter _segmenter = new();
    private readonly Fragmenter _fragmenter = new(sender, counters);
    private readonly int[] _peerOf = new int[Limits.PacketBatch];
    private readonly PacketView[] _viewOf = new PacketView[Limits.PacketBatch];
    private readonly int[] _members = new int[Limits.PacketBatch];
    private readonly PacketView[] _views = new PacketView[Limits.PacketBatch];
    private readonly PathView[] _paths = new PathView[Limits.PathsPerPeer];
    private readonly Assignment[] _answers = new Assignment[Limits.PacketBatch];

    /// <summary>Seals every packet that has a route and a session, and stages those without a session.</summary>
    internal void Process(PacketBatch batch, ForwardingTable table, Instant now)
    {
        for (int start = 0; start < batch.Count; start += Limits.PacketBatch)
        {
            int count = Math.Min(batch.Count - start, Limits.PacketBatch);
            Route(batch, start, count, table, now);
            for (int i = 0; i < count; i++)
                if (_peerOf[i] != Nobody) SendToPeer(batch, start, table.Peers[_peerOf[i]]!, i, count, now);
        }
    }

    /// <summary>Seals what was staged for a peer that has a session now.</summary>
    internal void Flush(PeerChannel peer, Instant now)
    {
        if (peer.Staged is not { Count: > 0 } staged || !MaySend(peer, now)) return;
        int count = 0;
        for (int i = 0; i < staged.Count; i++)
        {
            if (!InnerPacket.TryParse(staged[i], out InnerPacket packet)) continue;
            _members[count] = i;
            _views[count++] = View(packet, packet.TotalLength, now);
        }

        SendPackets(staged, peer, count, now);
        staged.Clear();
    }

    private void Route(PacketBatch batch, int start, int count, ForwardingTable table, Instant now)
    {
        for (int i = 0; i < count; i++)
        {
            _peerOf[i] = Nobody;
            if (!InnerPacket.TryParse(batch[start + i], out InnerPacket packet))
            {
                counters.Add(Counter.PacketsFromTun);
                counters.Add(Counter.DropOutboundMalformed);
                continue;
            }

            int peer = table.Routes.Lookup(packet.Destination);
            if (peer == Nobody)
            {
                counters.Add(Counter.PacketsFromTun);
                counters.Add(Counter.DropNoRoute);
                continue;
            }

            if (MssClamp.IsSyn(batch[start + i], packet))
                MssClamp.TryLower(
                    batch[start + i], packet, table.Peers[peer]!.Path.LargestOffer,
                    (batch.OffloadOf(start + i).Traits & OffloadTraits.ChecksumPending) != 0);
            (_peerOf[i], _viewOf[i]) = (peer, View(packet, packet.TotalLength, now));
        }
    }

    private static PacketView View(in InnerPacket packet, int length, Instant now) => new(
        length, PacketClass.Bulk, packet.Dscp, packet.FlowHash, FlowRecentBytes: 0, now, Instant.Never);

    private static bool MaySend(PeerChannel peer, Instant now) =>
        peer.Keys.CanSeal(now) && peer.Path.IsSet && peer.Path.IsProved;

    // The packets of one peer, in order, by index: grouped, not moved. A batch has few peers.
    private void SendToPeer(PacketBatch batch, int start, PeerChannel peer, int first, int count, Instant now)
    {
        int number = _peerOf[first], members = 0;
        bool maySend = MaySend(peer, now);
        for (int i = first; i < count; i++)
        {
            if (_peerOf[i] != number) continue;
            _peerOf[i] = Nobody;
            bool isSuper = (batch.OffloadOf(start + i).Traits & Segments) != 0;
            if (!isSuper)
            {
                _members[members] = start + i;
                _views[members++] = _viewOf[i];
                continue;
            }

            // What came before it leaves before it.
            SendOrStage(batch, peer, members, maySend, now);
            members = 0;
            SendSegments(batch, start + i, peer, _viewOf[i], maySend, now);
        }

        SendOrStage(batch, peer, members, maySend, now);
        // Without a proved address one round trip is waited, once: the answer to the challenge under way lets them go.
        if (!peer.Keys.CanSeal(now) || !peer.Path.IsSet) wantHandshake(peer, now);
        else if (maySend) sender.ExpectAnswer(peer, now);
    }

    private void SendOrStage(PacketBatch batch, PeerChannel peer, int members, bool maySend, Instant now)
    {
        counters.Add(Counter.PacketsFromTun, members);
        if (maySend) SendPackets(batch, peer, members, now);
        else for (int i = 0; i < members; i++) Stage(batch, _members[i], peer);
    }

    private void Stage(PacketBatch batch, int index, PeerChannel peer)
    {
        ReadOnlySpan<byte> packet = batch[index];
        Span<byte> room = peer.NextStaged(packet.Length);
        if (room.IsEmpty)
        {
            counters.Add(Counter.DropNoSession);
            return;
        }

        packet.CopyTo(room);
        peer.AddStaged(packet.Length, batch.OffloadOf(index));
    }

    private void StageSegment(ReadOnlySpan<byte> superPacket, int segment, PeerChannel peer)
    {
        int payload = _segmenter.PayloadLength(segment), length = _segmenter.HeaderLength + payload;
        Span<byte> room = peer.NextStaged(length);
        if (room.IsEmpty)
        {
            counters.Add(Counter.DropNoSession);
            return;
        }

        _segmenter.WriteHeaders(segment, room);
        superPacket.Slice(_segmenter.PayloadOffset(segment), payload).CopyTo(room[_segmenter.HeaderLength..]);
        peer.AddStaged(length, _segmenter.Offload);
    }

    // The fence around a policy that may come from a plugin: it throws once, then it is gone.
    private ReadOnlySpan<Assignment> Assign(PeerChannel peer, int count, Instant now)
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

        return answers;
    }

    // One path, never paced yet: whatever is not a drop goes there, a wait included.
    private bool IsDropped(in Assignment answer)
    {
        if (answer.Drop == DropReason.None) return false;
        counters.Add(Counter.DropScheduler);
        return true;
    }

    // Who may be told is told, if what he is told will last: hosts remember it for minutes, and IPv6 and we promise that
    // 1280 bytes get through. All else travels in parts.
    private bool IsRefused(PathChannel path, ReadOnlySpan<byte> packet, in InnerPacket view, int length, Instant now)
    {
        bool mayRefuse = length > TunMtu.Smallest && path.Discovery.IsSettled;
        if (!mayRefuse || !PacketTooBig.IsIndivisible(packet, view)) return false;
        counters.Add(Counter.DropTooBig);
        int largest = view.Version == 6 ? Math.Max(path.LargestPacket, TunMtu.Smallest) : path.LargestPacket;
        replies.Reply(packet, view, largest, now);
        return true;
    }

    private void SendLarge(PacketBatch batch, int index, PeerChannel peer, Instant now)
    {
        ReadOnlySpan<byte> packet = batch[index];
        bool isParsed = InnerPacket.TryParse(packet, out InnerPacket view);
        if (!isParsed || IsRefused(peer.Path, packet, view, packet.Length, now)) return;
        Span<byte> frame = batch.Around(index, FrameHeader, 0);
        PacketFrames.WriteUnordered(frame, MarksOf(batch.OffloadOf(index)), Microseconds(now));
        if (_fragmenter.TrySend(peer, frame, now)) peer.TransmittedBytes += packet.Length;
    }

    private static PacketMarks MarksOf(in PacketOffload offload) =>
        (offload.Traits & OffloadTraits.ChecksumPending) != 0 ? PacketMarks.ChecksumPending : PacketMarks.None;

    private void SendPackets(PacketBatch batch, PeerChannel peer, int count, Instant now)
    {
        if (count == 0) return;
        ReadOnlySpan<Assignment> answers = Assign(peer, count, now);
        if (!sender.TryBegin(peer, count, now, out SealedTrain train)) return;
        (int mtu, int largest) = (peer.Path.Mtu, peer.Path.LargestPacket);
        for (int i = 0; i < count; i++)
        {
            int index = _members[i], length = batch[index].Length;
            if (IsDropped(answers[i])) continue;
            if (length > largest)
            {
                SendLarge(batch, index, peer, now);
                continue;
            }

            int padding = SealedSender.Padding(FrameHeader + length, mtu);
            Span<byte> plaintext = batch.Around(index, FrameHeader, padding);
            PacketFrames.WriteUnordered(plaintext, MarksOf(batch.OffloadOf(index)), Microseconds(now));
            plaintext[^padding..].Clear();
            if (sender.Seal(ref train, plaintext)) peer.TransmittedBytes += length;
        }

        sender.End(train, now);
    }

    private void SendSegments(
        PacketBatch batch, int index, PeerChannel peer, PacketView view, bool maySend, Instant now)
    {
        Span<byte> packet = batch[index];
        bool isCut = InnerPacket.TryParse(packet, out InnerPacket parsed)
            && _segmenter.TryBegin(packet, batch.OffloadOf(index), parsed);
        counters.Add(Counter.PacketsFromTun, isCut ? _segmenter.Count : 1);
        if (!isCut)
        {
            counters.Add(Counter.DropOutboundMalformed);
            return;
        }

        int length = _segmenter.HeaderLength + _segmenter.SegmentSize;
        bool isLarge = maySend && length > peer.Path.LargestPacket;
        if (isLarge && IsRefused(peer.Path, packet, parsed, length, now)) return;
        for (int first = 0; first < _segmenter.Count; first += Limits.PacketBatch)
        {
            int count = Math.Min(_segmenter.Count - first, Limits.PacketBatch);
            if (maySend) SealSegments(batch, index, peer, view with { Length = length }, first, count, now);
            else for (int i = 0; i < count; i++) StageSegment(packet, first + i, peer);
        }
    }

    // The headers of a segment are written directly before its payload, over the end of the payload before it, which is
    // sealed by then; the padding goes over the beginning of the next payload, which is put back. So a segment is sealed
    // from where the kernel put it.
    private void SealSegments(
        PacketBatch batch, int index, PeerChannel peer, in PacketView view, int first, int count, Instant now)
    {
        for (int i = 0; i < count; i++) _views[i] = view;
        int last = _segmenter.HeaderLength + _segmenter.PayloadLength(first + count - 1);
        _views[count - 1] = view with { Length = last };
        ReadOnlySpan<Assignment> answers = Assign(peer, count, now);
        if (!sender.TryBegin(peer, count, now, out SealedTrain train)) return;
        (int mtu, int largest) = (peer.Path.Mtu, peer.Path.LargestPacket);
        if (view.Length <= largest)
            sender.Outbound.BeginTrain(count, ((count - 1) * DatagramLength(view.Length, mtu)) + DatagramLength(last, mtu));

        Span<byte> slot = batch.Around(index, PacketBatch.Headroom, PacketBatch.TailRoom);
        int headers = _segmenter.HeaderLength;
        uint sendTime = Microseconds(now);
        for (int i = 0; i < count; i++)
        {
            if (IsDropped(answers[i])) continue;
            int length = headers + _segmenter.PayloadLength(first + i);
            int padding = SealedSender.Padding(FrameHeader + length, mtu);
            int start = PacketBatch.Headroom + _segmenter.PayloadOffset(first + i) - headers - FrameHeader;
            Span<byte> plaintext = slot.Slice(start, FrameHeader + length + padding);
            Span<byte> behind = slot.Slice(start + FrameHeader + length, Vector128<byte>.Count);
            var kept = MemoryMarshal.Read<Vector128<byte>>(behind);

            PacketFrames.WriteUnordered(plaintext, PacketMarks.ChecksumPending, sendTime);
            _segmenter.WriteHeaders(first + i, plaintext[FrameHeader..]);
            plaintext[^padding..].Clear();
            bool isSent = length > largest
                ? _fragmenter.TrySend(peer, plaintext[..^padding], now)
                : sender.Seal(ref train, plaintext);
            if (isSent) peer.TransmittedBytes += length;
            MemoryMarshal.Write(behind, kept);
        }

        sender.End(train, now);
    }

    private static int DatagramLength(int packet, int pathMtu)
    {
        int plaintext = FrameHeader + packet;
        return TransportHeader.Overhead + plaintext + SealedSender.Padding(plaintext, pathMtu);
    }

    private static uint Microseconds(Instant now) => (uint)(now.Nanoseconds / 1_000);
}
