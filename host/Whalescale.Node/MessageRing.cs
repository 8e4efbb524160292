using Whalescale.Paths;
using Whalescale.Types;

namespace Whalescale.Node;

/// <summary>What a message between the two halves of a node is about.</summary>
public enum RingMessageKind : byte
{
    None,

    // ---- data half to control half
    /// <summary>A datagram that is not a transport message came in: bytes, pair, local.</summary>
    HandshakeDatagram,

    /// <summary>A peer needs new keys: peer.</summary>
    HandshakeWanted,

    /// <summary>The peer has proved that it has the keys of its own handshake: peer, number = local index.</summary>
    KeysConfirmed,

    /// <summary>Keys were erased; their index is free: peer, number = local index.</summary>
    KeysRetired,

    /// <summary>A path uses another address now: peer, pair.</summary>
    PathMoved,

    /// <summary>The peer has closed the session: peer.</summary>
    PeerClosed,

    /// <summary>A ping was answered: number = ping, duration, pair, path.</summary>
    PingAnswered,

    /// <summary>A snapshot: payload = <see cref="DataSnapshot"/>, number = request.</summary>
    Snapshot,

    /// <summary>A scheduler threw and was replaced by the built-in one: peer, payload = the exception.</summary>
    SchedulerFaulted,

    /// <summary>The device should have another MTU: size.</summary>
    TunMtu,

    // ---- control half to data half
    /// <summary>Send these bytes as they are: bytes, pair, local.</summary>
    SendDatagram,

    /// <summary>A handshake has ended: peer, payload = SessionKeys, pair, local.</summary>
    InstallKeys,

    /// <summary>Use this table from now on: payload = <see cref="ForwardingTable"/>.</summary>
    UseTable,

    /// <summary>Close the session of a peer and forget its keys: peer, number = CloseReason.</summary>
    CloseSession,

    /// <summary>Send a challenge: peer, path, number = ping, size = padding.</summary>
    Ping,

    /// <summary>Make a snapshot: number = request.</summary>
    TakeSnapshot,

    /// <summary>Sockets or own addresses have changed: payload = SocketInfo[] of the sockets there are.</summary>
    UseSockets,
}

/// <summary>A message between the two halves of a node; which fields mean something is said at its kind.</summary>
public readonly record struct RingMessage(RingMessageKind Kind)
{
    public int Peer { get; init; }

    public PathId Path { get; init; }

    public AddressPair Pair { get; init; }

    public Endpoint Local { get; init; }

    public ulong Number { get; init; }

    public TimeSpan Duration { get; init; }

    public object? Payload { get; init; }

    /// <summary>Bytes that came with it; set by the ring.</summary>
    public int Length { get; init; }

    /// <summary>A number of bytes that did not.</summary>
    public int Size { get; init; }
}

/// <summary>
/// A bounded queue from one thread to one other: messages with up to 256 bytes each, in memory made once.
/// Writing never waits: a full ring refuses, and the writer counts it.
/// </summary>
public sealed class MessageRing
{
    private const int Capacity = Limits.RingMessages;

    private readonly RingMessage[] _messages = new RingMessage[Capacity];
    private readonly byte[] _bytes = new byte[Capacity * Limits.RingMessageBytes];
    private int _written; // by the writer; both only ever grow, modulo 2^32
    private int _read;    // by the reader

    /// <summary>Messages waiting; exact for either side's own purposes.</summary>
    public int Count => Volatile.Read(ref _written) - Volatile.Read(ref _read);

    /// <summary>Messages it holds at most.</summary>
    public static int Size => Capacity;

    /// <summary>Adds a message; <paramref name="bytes"/> are copied.</summary>
    /// <returns>False if the ring is full or the bytes are too many.</returns>
    public bool TryWrite(in RingMessage message, ReadOnlySpan<byte> bytes = default)
    {
        int position = _written;
        if (position - Volatile.Read(ref _read) == Capacity || bytes.Length > Limits.RingMessageBytes) return false;
        int slot = position & (Capacity - 1);
        bytes.CopyTo(_bytes.AsSpan(slot * Limits.RingMessageBytes));
        _messages[slot] = bytes.IsEmpty ? message : message with { Length = bytes.Length };
        Volatile.Write(ref _written, position + 1);
        return true;
    }

    /// <summary>Takes the oldest message.</summary>
    /// <param name="message">The message.</param>
    /// <param name="buffer">256 bytes; its first <see cref="RingMessage.Length"/> are the message's bytes, if it has
    /// any.</param>
    public bool TryRead(out RingMessage message, Span<byte> buffer)
    {
        int position = _read;
        message = default;
        if (Volatile.Read(ref _written) == position) return false;
        int slot = position & (Capacity - 1);
        message = _messages[slot];
        _messages[slot] = default;
        _bytes.AsSpan(slot * Limits.RingMessageBytes, Limits.RingMessageBytes).CopyTo(buffer);
        Volatile.Write(ref _read, position + 1);
        return true;
    }
}
