using Whalescale.Paths;
using Whalescale.Sessions;
using Whalescale.Tun.Routing;
using Whalescale.Types;

namespace Whalescale.Node;

/// <summary>What the ingress pipeline finds that is not for itself to settle.</summary>
internal interface IIngressEvents
{
    /// <summary>Genuine datagrams came in.</summary>
    void HandleReceived(in ReceivedTrain train, Instant now);

    /// <summary>A challenge to be answered to where it came from.</summary>
    void HandleChallenge(PeerChannel peer, ulong data, AddressPair from, Instant now);

    /// <summary>An answer to a challenge; <paramref name="observed"/> is our own address as the peer sees it, or
    /// none.</summary>
    void HandleResponse(PeerChannel peer, ulong data, Endpoint observed, Instant now);

    /// <summary>The peer closes its session.</summary>
    void HandleClose(PeerChannel peer, Instant now);

    /// <summary>Timers of this peer may have come nearer.</summary>
    void HandleActivity(PeerChannel peer, Instant now);
}

/// <summary>Genuine datagrams that came one after the other under the same keys from the same address.</summary>
internal struct ReceivedTrain
{
    internal PeerChannel Peer;
    internal SessionKeys Keys;
    internal AddressPair From;
    internal Endpoint Local;

    /// <summary>Bytes of the datagrams.</summary>
    internal int Bytes;

    /// <summary>Bytes of the overlay packets in them that were accepted.</summary>
    internal int PacketBytes;

    /// <summary>Whether there was an overlay packet in them, accepted or not.</summary>
    internal bool HasPackets;
}

/// <summary>
/// In: 1 classify · 2 index to keys · 3 open in place · 4 frames · 5 source filter · 6 refer to the packet for the TUN
/// device. Handshake messages leave at 1. One thread, no copy. What is to be noted of a peer is noted once for a train of
/// datagrams.
/// </summary>
internal sealed class IngressPipeline(
    SessionIndex index, PacketBatch inbound, MessageRing toControl, Counters counters, IIngressEvents events)
    : IDisposable
{
    private static readonly TokenBucket Strangers = new(Limits.StrangerDatagramsPerSecond, burst: 20);

    private readonly AcceptedFlow _accepted = new();
    private ReceivedTrain _train;
    private PacketBatch? _reassembled;
    private int _opened;

    /// <summary>Opens datagrams until all are or there is enough for the device to be written to.</summary>
    /// <remarks>About as much as one super-packet holds: what is written while it is in the caches costs least.</remarks>
    /// <param name="batch">The datagrams.</param>
    /// <param name="next">The slot to begin with; afterwards the first one not looked at.</param>
    /// <param name="table">The table in force.</param>
    /// <param name="now">The instant.</param>
    internal void Process(DatagramBatch batch, ref int next, ForwardingTable table, Instant now)
    {
        for (; next < batch.Count && HasRoom; next++)
        {
            ref readonly DatagramInfo info = ref batch.Info(next);
            // The kernel may have joined datagrams of one sender; each is independent all the same.
            int size = info.SegmentSize > 0 ? info.SegmentSize : info.Length;
            var from = new AddressPair(info.Socket, info.Remote);
            Span<byte> slot = batch[next];
            nint address = batch.AddressOf(next);
            for (int offset = 0; offset < slot.Length; offset += size)
            {
                int length = Math.Min(size, slot.Length - offset);
                Handle(slot.Slice(offset, length), address + offset, from, info.Local, table, now);
            }

            counters.Add(Counter.DatagramBytesReceived, info.Length);
        }

        EndTrain(now);
        _accepted.Forget();
        _opened = 0;
    }

    /// <summary>The device has taken the packets.</summary>
    internal void Clear() => _reassembled?.Clear();

    /// <inheritdoc/>
    public void Dispose() => _reassembled?.Dispose();

    private bool HasRoom =>
        _opened < Limits.DeviceWriteBytes && inbound.Capacity - inbound.Count >= DatagramBatch.RunDatagrams;

    private void Handle(
        Span<byte> datagram, nint address, AddressPair from, in Endpoint local, ForwardingTable table, Instant now)
    {
        counters.Add(Counter.DatagramsReceived);
        switch (DatagramHeader.Classify(datagram))
        {
            case MessageType.Transport:
                HandleTransport(datagram, address, from, local, table, now);
                break;

            case MessageType.None:
                counters.Add(Counter.DropDatagramMalformed);
                break;

            default:
                var message = new RingMessage(RingMessageKind.HandshakeDatagram) { Pair = from, Local = local };
                // A quarter of the ring is kept for what our own half has to say: a flood cannot silence it.
                bool hasRoom = toControl.Count < MessageRing.Size * 3 / 4;
                if (!hasRoom || !toControl.TryWrite(message, datagram)) counters.Add(Counter.DropInboxFull);
                break;
        }
    }

    private void HandleTransport(
        Span<byte> datagram, nint address, AddressPair from, in Endpoint local, ForwardingTable table, Instant now)
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

        bool isTrain = _train.Keys == keys && _train.From == from && _train.Local == local;
        if (!isTrain)
        {
            EndTrain(now);
            if (IsStranger(peer, from) && !Strangers.TryTake(ref peer.StrangersPaidUntil, now))
            {
                counters.Add(Counter.DropStrangerRateLimited);
                return;
            }
        }

        OpenVerdict verdict = keys.TryOpen(header, datagram, now);
        if (verdict != OpenVerdict.Accepted)
        {
            counters.Add(CounterOf(verdict));
            return;
        }

        if (!isTrain) _train = new ReceivedTrain { Peer = peer, Keys = keys, From = from, Local = local };
        _train.Bytes += datagram.Length;
        HandleFrames(peer, datagram[TransportHeader.Size..^Protocol.TagSize], address + TransportHeader.Size, table, now);
    }

    private static bool IsStranger(PeerChannel peer, AddressPair from)
    {
        EndpointMigration migration = peer.Path.Migration;
        return from != migration.Current && !(migration.IsProbing && from == migration.Candidate);
    }

    private void HandleFrames(
        PeerChannel peer, Span<byte> plaintext, nint address, ForwardingTable table, Instant now)
    {
        if (plaintext.IsEmpty) counters.Add(Counter.KeepalivesReceived);
        var reader = new FrameReader(plaintext);
        while (reader.TryRead(out Frame frame))
        {
            Span<byte> body = plaintext.Slice(frame.BodyOffset, frame.BodyLength);
            if (frame.Type is FrameType.OrderedPacket or FrameType.UnorderedPacket)
            {
                Deliver(peer, body, address + frame.BodyOffset, frame.Marks, table);
                continue;
            }

            if (frame.Type == FrameType.PacketFragment)
            {
                HandleFragment(peer, body, table, now);
                continue;
            }

            // What answers a frame must know of the datagram that the frame came in.
            AddressPair from = _train.From;
            EndTrain(now);
            HandleControlFrame(peer, frame.Type, body, from, now);
            if (frame.Type == FrameType.Close) return;
        }

        if (reader.IsMalformed) counters.Add(Counter.DropFrameMalformed);
    }

    private void HandleControlFrame(
        PeerChannel peer, FrameType type, ReadOnlySpan<byte> body, AddressPair from, Instant now)
    {
        switch (type)
        {
            case FrameType.PathChallenge:
                events.HandleChallenge(peer, PathFrames.ReadData(body), from, now);
                break;

            case FrameType.PathResponse:
                PathFrames.TryReadObserved(body, out Endpoint observed);
                events.HandleResponse(peer, PathFrames.ReadData(body), observed, now);
                break;

            case FrameType.Close:
                events.HandleClose(peer, now);
                return;
        }

        events.HandleActivity(peer, now);
    }

    // A packet that is whole now is copied once, to memory that stays as it is until the device has taken it.
    private void HandleFragment(PeerChannel peer, ReadOnlySpan<byte> body, ForwardingTable table, Instant now)
    {
        _train.HasPackets = true;
        counters.Add(Counter.FragmentsReceived);
        ReassemblyBuffer buffer = peer.Reassembly ??= new ReassemblyBuffer();
        long abandoned = buffer.Abandoned;
        FragmentVerdict verdict = buffer.HandleFragment(body, now, out ReadOnlySpan<byte> whole);
        counters.Add(Counter.DropReassembly, buffer.Abandoned - abandoned);
        if (verdict is FragmentVerdict.Malformed or FragmentVerdict.Contradiction) counters.Add(Counter.DropReassembly);
        if (verdict != FragmentVerdict.Completed) return;

        var reader = new FrameReader(whole);
        bool isPacket = reader.TryRead(out Frame frame)
            && frame.Type is FrameType.OrderedPacket or FrameType.UnorderedPacket
            && frame.BodyOffset + frame.BodyLength == whole.Length;
        if (!isPacket)
        {
            counters.Add(Counter.DropFrameMalformed);
            return;
        }

        _reassembled ??= new PacketBatch(
            Limits.DeviceWritePackets, FragmentFrame.LargestTotal, Limits.ReassembledBatch);
        if (_reassembled.IsFull)
        {
            counters.Add(Counter.DropInboundFull);
            return;
        }

        whole.Slice(frame.BodyOffset, frame.BodyLength).CopyTo(_reassembled.NextSlot());
        _reassembled.Append(frame.BodyLength);
        int last = _reassembled.Count - 1;
        Deliver(peer, _reassembled[last], _reassembled.AddressOf(last), frame.Marks, table);
    }

    private void EndTrain(Instant now)
    {
        if (_train.Bytes > 0)
        {
            events.HandleReceived(_train, now);
            events.HandleActivity(_train.Peer, now);
        }

        _train = default;
    }

    private void Deliver(
        PeerChannel peer, Span<byte> bytes, nint address, PacketMarks marks, ForwardingTable table)
    {
        _train.HasPackets = true;
        if (!InnerPacket.TryParse(bytes, out InnerPacket packet))
        {
            counters.Add(Counter.DropInnerMalformed);
            return;
        }

        if (!_accepted.Holds(packet, peer))
        {
            FilterVerdict verdict = SourceFilter.Check(packet, peer.Number, table.Routes, table.Own);
            if (verdict != FilterVerdict.Accepted)
            {
                bool isDestination =
                    verdict is FilterVerdict.DestinationNotOurs or FilterVerdict.DestinationNotAllowedClass;
                counters.Add(isDestination ? Counter.DropInnerDestination : Counter.DropInnerSource);
                return;
            }

            _accepted.Remember(packet, peer);
        }

        if (inbound.IsFull)
        {
            counters.Add(Counter.DropInboundFull);
            return;
        }

        if (MssClamp.IsSyn(bytes, packet))
            MssClamp.TryLower(bytes, packet, peer.Path.LargestOffer, (marks & PacketMarks.ChecksumPending) != 0);
        _train.PacketBytes += packet.TotalLength;
        _opened += packet.TotalLength;
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

    /// <summary>The ends that the source filter accepted last; most packets of a batch have the same.</summary>
    private sealed class AcceptedFlow
    {
        private PeerChannel? _peer;
        private byte _version;
        private IpAddress _source, _destination;

        internal bool Holds(in InnerPacket packet, PeerChannel peer) =>
            peer == _peer && packet.Version == _version
            && packet.Source == _source && packet.Destination == _destination;

        internal void Remember(in InnerPacket packet, PeerChannel peer) =>
            (_peer, _version, _source, _destination) = (peer, packet.Version, packet.Source, packet.Destination);

        /// <summary>The next batch may come under another forwarding table.</summary>
        internal void Forget() => _peer = null;
    }
}
