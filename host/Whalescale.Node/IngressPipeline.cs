using Whalescale.Paths;
using Whalescale.Sessions;
using Whalescale.Tun.Routing;
using Whalescale.Types;

namespace Whalescale.Node;

/// <summary>What the ingress pipeline finds that is not for itself to settle.</summary>
internal interface IIngressEvents
{
    /// <summary>A genuine packet under keys that were waiting for it.</summary>
    void HandleConfirmed(PeerChannel peer, SessionKeys keys, Instant now);

    /// <summary>A challenge to be answered to where it came from.</summary>
    void HandleChallenge(PeerChannel peer, ulong data, AddressPair from, Instant now);

    /// <summary>An answer to a challenge.</summary>
    void HandleResponse(PeerChannel peer, ulong data, Instant now);

    /// <summary>The peer closes its session.</summary>
    void HandleClose(PeerChannel peer, Instant now);

    /// <summary>Timers of this peer may have come nearer.</summary>
    void HandleActivity(PeerChannel peer, Instant now);
}

/// <summary>
/// In: 1 classify · 2 index to keys · 3 open in place · 4 frames · 5 source filter · 6 refer to the packet for the TUN
/// device. Handshake messages leave at 1. One thread, no copy.
/// </summary>
internal sealed class IngressPipeline(
    SessionIndex index, PacketBatch inbound, MessageRing toControl, Counters counters, IIngressEvents events)
{
    private static readonly TokenBucket Strangers = new(Limits.StrangerDatagramsPerSecond, burst: 20);

    /// <summary>Opens every datagram; <paramref name="table"/> is the one in force.</summary>
    internal void Process(DatagramBatch batch, ForwardingTable table, Instant now)
    {
        for (int i = 0; i < batch.Count; i++)
        {
            ref readonly DatagramInfo info = ref batch.Info(i);
            // The kernel may have joined datagrams of one sender; each is independent all the same.
            int size = info.SegmentSize > 0 ? info.SegmentSize : info.Length;
            for (int offset = 0; offset < info.Length; offset += size)
            {
                int length = Math.Min(size, info.Length - offset);
                Handle(batch[i].Slice(offset, length), batch.AddressOf(i) + offset, info, table, now);
            }
        }
    }

    private void Handle(
        Span<byte> datagram, nint address, in DatagramInfo info, ForwardingTable table, Instant now)
    {
        counters.Add(Counter.DatagramsReceived);
        counters.Add(Counter.DatagramBytesReceived, datagram.Length);
        var from = new AddressPair(info.Socket, info.Remote);
        switch (DatagramHeader.Classify(datagram))
        {
            case MessageType.Transport:
                HandleTransport(datagram, address, from, info.Local, table, now);
                break;

            case MessageType.None:
                counters.Add(Counter.DropDatagramMalformed);
                break;

            default:
                var message = new RingMessage(RingMessageKind.HandshakeDatagram) { Pair = from, Local = info.Local };
                // A quarter of the ring is kept for what our own half has to say: a flood cannot silence it.
                bool hasRoom = toControl.Count < MessageRing.Size * 3 / 4;
                if (!hasRoom || !toControl.TryWrite(message, datagram)) counters.Add(Counter.DropInboxFull);
                break;
        }
    }

    private void HandleTransport(
        Span<byte> datagram, nint address, AddressPair from, Endpoint local, ForwardingTable table, Instant now)
    {
        TransportHeader header = TransportHeader.Read(datagram);
        if (!index.TryFind(header.ReceiverIndex, out PeerChannel? peer, out SessionKeys? keys))
        {
            counters.Add(Counter.DropUnknownIndex);
            return;
        }

        if (header.Suite != (byte)keys.Info.Suite)
        {
            counters.Add(Counter.DropSuiteMismatch);
            return;
        }

        EndpointMigration migration = peer.Path.Migration;
        bool isStranger = from != migration.Current && !(migration.IsProbing && from == migration.Candidate);
        if (isStranger && !Strangers.TryTake(ref peer.StrangersPaidUntil, now))
        {
            counters.Add(Counter.DropStrangerRateLimited);
            return;
        }

        OpenVerdict verdict = keys.TryOpen(header, datagram[TransportHeader.Size..], now);
        if (verdict != OpenVerdict.Accepted)
        {
            counters.Add(CounterOf(verdict));
            return;
        }

        NoteReceived(peer, keys, from, local, datagram.Length, now);
        HandleFrames(peer, datagram[TransportHeader.Size..^Protocol.TagSize], address, from, table, now);
        events.HandleActivity(peer, now);
    }

    private void NoteReceived(
        PeerChannel peer, SessionKeys keys, AddressPair from, Endpoint local, int length, Instant now)
    {
        PathChannel path = peer.Path;
        path.LastHeard = now;
        path.NoteReceived(from, length);
        path.NoteLocal(from, local);
        peer.UnansweredSince = Instant.Never;
        events.HandleConfirmed(peer, keys, now);
        path.Migration.HandlePacket(from, length, path.Rtt.Smoothed, now);
    }

    private void HandleFrames(
        PeerChannel peer, ReadOnlySpan<byte> plaintext, nint address, AddressPair from, ForwardingTable table,
        Instant now)
    {
        if (plaintext.IsEmpty) counters.Add(Counter.KeepalivesReceived);
        var reader = new FrameReader(plaintext);
        while (reader.TryRead(out Frame frame))
        {
            ReadOnlySpan<byte> body = plaintext.Slice(frame.BodyOffset, frame.BodyLength);
            switch (frame.Type)
            {
                case FrameType.OrderedPacket or FrameType.UnorderedPacket:
                    Deliver(peer, body, address + TransportHeader.Size + frame.BodyOffset, frame.Marks, table, now);
                    break;

                case FrameType.PathChallenge:
                    events.HandleChallenge(peer, PathFrames.ReadData(body), from, now);
                    break;

                case FrameType.PathResponse:
                    if (PathFrames.TryReadObserved(body, out Endpoint observed)) peer.Path.Observed = observed;
                    events.HandleResponse(peer, PathFrames.ReadData(body), now);
                    break;

                case FrameType.Close:
                    events.HandleClose(peer, now);
                    return;
            }
        }

        if (reader.IsMalformed) counters.Add(Counter.DropFrameMalformed);
    }

    private void Deliver(
        PeerChannel peer, ReadOnlySpan<byte> bytes, nint address, PacketMarks marks, ForwardingTable table,
        Instant now)
    {
        if (peer.UnacknowledgedSince == Instant.Never) peer.UnacknowledgedSince = now;
        if (!InnerPacket.TryParse(bytes, out InnerPacket packet))
        {
            counters.Add(Counter.DropInnerMalformed);
            return;
        }

        switch (SourceFilter.Check(packet, peer.Number, table.Routes, table.Own))
        {
            case FilterVerdict.Accepted:
                break;

            case FilterVerdict.DestinationNotOurs or FilterVerdict.DestinationNotAllowedClass:
                counters.Add(Counter.DropInnerDestination);
                return;

            default:
                counters.Add(Counter.DropInnerSource);
                return;
        }

        if (inbound.IsFull)
        {
            counters.Add(Counter.DropInboundFull);
            return;
        }

        peer.ReceivedBytes += packet.TotalLength;
        inbound.Refer(address, packet.TotalLength, PendingChecksum(packet, marks));
    }

    private static PacketOffload PendingChecksum(in InnerPacket packet, PacketMarks marks)
    {
        const byte Tcp = 6, Udp = 17;
        if ((marks & PacketMarks.ChecksumPending) == 0 || packet.Protocol is not Tcp and not Udp) return default;
        ushort offset = (ushort)(packet.Protocol == Tcp ? 16 : 6);
        if (packet.HeaderLength + offset + 2 > packet.TotalLength) return default;
        return new PacketOffload(OffloadTraits.ChecksumPending, 0, (ushort)packet.HeaderLength, offset);
    }

    private static Counter CounterOf(OpenVerdict verdict) => verdict switch
    {
        OpenVerdict.Expired => Counter.DropExpiredKeys,
        OpenVerdict.TooManyPaths => Counter.DropTooManyPaths,
        OpenVerdict.Replay => Counter.DropReplay,
        _ => Counter.DropForged,
    };
}
