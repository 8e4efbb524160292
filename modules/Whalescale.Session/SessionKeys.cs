using Whalescale.Crypto;
using Whalescale.Types;

namespace Whalescale.Sessions;

/// <summary>Why a transport message was not opened, in the order of the checks.</summary>
public enum OpenVerdict
{
    /// <summary>It was.</summary>
    Accepted,

    /// <summary>The keys are too old.</summary>
    Expired,

    /// <summary>Its path number is one too many.</summary>
    TooManyPaths,

    /// <summary>Its number was seen before or is older than the window.</summary>
    Replay,

    /// <summary>Its tag is wrong.</summary>
    Forged,
}

/// <summary>
/// The keys of one handshake: seals and opens transport messages, counts packet numbers and remembers received ones,
/// for each path apart.
/// </summary>
/// <remarks>
/// The path's number is the top byte of the nonce, so paths never share a (key, nonce) pair. Used by the data thread
/// alone; made on the control thread and handed over. Disposal erases the keys.
/// </remarks>
public sealed class SessionKeys : IDisposable
{
    private const int MessageStart = TransportHeader.Size - PacketSealer.NonceSize; // the header ends with the nonce

    private readonly PacketSealer? _sealer; // null only after WithoutSealing
    private readonly PacketOpener? _opener;
    private readonly byte[] _slotOfPath = new byte[256];
    private readonly ReplayWindow?[] _windows = new ReplayWindow?[Limits.PathsPerPeer];
    private readonly ulong[] _nextNumbers = new ulong[Limits.PathsPerPeer];
    private readonly ulong _rejectAfterPackets;
    private int _slots;
    private ulong _sealed;
    private ulong _forged;

    /// <summary>Takes both halves of Split(), ordered by direction; they are copied.</summary>
    public SessionKeys(in SessionKeysInfo info, ReadOnlySpan<byte> sendKey, ReadOnlySpan<byte> receiveKey)
        : this(info)
    {
        _sealer = new PacketSealer(info.Suite, sendKey, (byte)MessageType.Transport, Protocol.Version);
        _opener = new PacketOpener(info.Suite, receiveKey, (byte)MessageType.Transport, Protocol.Version);
    }

    private SessionKeys(in SessionKeysInfo info)
    {
        Info = info;
        _rejectAfterPackets = SessionLimits.RejectAfterPackets(info.Suite);
        Array.Fill(_slotOfPath, byte.MaxValue);
    }

    /// <summary>What was agreed.</summary>
    public SessionKeysInfo Info { get; }

    /// <summary>Packets sealed so far, over all paths.</summary>
    public ulong SealedPackets => _sealed;

    /// <summary>Whether so many packets were sealed or forged that new keys are due.</summary>
    public bool IsWorn => _sealed >= SessionLimits.RekeyAfterPackets(Info.Suite);

    /// <summary>Whether the keys may still seal at this instant.</summary>
    public bool CanSeal(Instant now) =>
        now - Info.EstablishedAt < SessionLimits.RejectAfter && _sealed < _rejectAfterPackets && !IsAttacked;

    /// <summary>Whether so many forgeries were tried that the keys must go.</summary>
    public bool IsAttacked => _forged >= SessionLimits.ForgeryLimit(Info.Suite);

    /// <summary>Reserves consecutive packet numbers of one path, for the packets of one batch.</summary>
    /// <param name="path">The path they will travel on.</param>
    /// <param name="count">How many, at least 1. A number that is not used is lost, and to the peer looks like a packet
    /// that is.</param>
    /// <param name="numbers">The reservation.</param>
    /// <returns>False, and nothing is used up, if so many packets may not be sealed any more or the path is one too
    /// many.</returns>
    public bool TryReserve(PathId path, int count, out PacketNumbers numbers)
    {
        numbers = default;
        int slot = SlotOf(path);
        if (slot < 0 || _sealed + (ulong)count > _rejectAfterPackets) return false;
        if (_nextNumbers[slot] + (ulong)count - 1 > PacketNonce.LargestNumber) return false;
        numbers = new PacketNumbers(this, PacketNonce.Of(path, _nextNumbers[slot]), count);
        _nextNumbers[slot] += (ulong)count;
        _sealed += (ulong)count;
        return true;
    }

    /// <summary>Seals a plaintext into a whole datagram: header, ciphertext, tag.</summary>
    /// <param name="numbers">A reservation made by these keys; one number is taken from it.</param>
    /// <param name="plaintext">Frames.</param>
    /// <param name="datagram">At least <see cref="TransportHeader.Overhead"/> longer than the plaintext, which stands
    /// behind the header already or apart from the datagram.</param>
    /// <exception cref="InvalidOperationException">The reservation is used up, or of other keys.</exception>
    public void Seal(ref PacketNumbers numbers, ReadOnlySpan<byte> plaintext, Span<byte> datagram)
    {
        ulong nonce = numbers.Take(this);
        new TransportHeader((byte)Info.Suite, Info.RemoteIndex, nonce).Write(datagram);
        if (_sealer is null) UnsealedTransport.Seal(plaintext, datagram[TransportHeader.Size..]);
        else _sealer.Seal(nonce, plaintext, datagram.Slice(MessageStart, PacketSealer.Overhead + plaintext.Length));
    }

    /// <summary>Reserves one number and seals with it.</summary>
    /// <returns>False, and nothing is used up, if no further packet may be sealed or the path is one too
    /// many.</returns>
    /// <inheritdoc cref="Seal"/>
    public bool TrySeal(PathId path, ReadOnlySpan<byte> plaintext, Span<byte> datagram)
    {
        if (!TryReserve(path, 1, out PacketNumbers numbers)) return false;
        Seal(ref numbers, plaintext, datagram);
        return true;
    }

    /// <summary>Opens a transport message in place. Anything but acceptance leaves every state as it was.</summary>
    /// <param name="header">Its header.</param>
    /// <param name="datagram">All of it, header included; on acceptance the plaintext stands behind the header.</param>
    /// <param name="now">The instant.</param>
    public OpenVerdict TryOpen(in TransportHeader header, Span<byte> datagram, Instant now)
    {
        if (now - Info.EstablishedAt >= SessionLimits.RejectAfter || IsAttacked) return OpenVerdict.Expired;
        PathId path = PacketNonce.Path(header.Nonce);
        ulong number = PacketNonce.Number(header.Nonce);
        int slot = _slotOfPath[path.Value];
        if (slot == byte.MaxValue && _slots == Limits.PathsPerPeer) return OpenVerdict.TooManyPaths;
        ReplayWindow? window = slot == byte.MaxValue ? null : _windows[slot];
        if (window is not null && !window.IsFresh(number)) return OpenVerdict.Replay;
        if (_opener is not null && !_opener.TryOpen(datagram[MessageStart..]))
        {
            _forged++;
            return OpenVerdict.Forged;
        }

        // Only a genuine packet makes a window: a forged path number costs nothing.
        window ??= _windows[SlotOf(path)] ??= new ReplayWindow();
        window.TryAccept(number);
        return OpenVerdict.Accepted;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _sealer?.Dispose();
        _opener?.Dispose();
    }

    /// <summary>Keys that encrypt and authenticate nothing; for measuring what everything else costs.</summary>
    /// <remarks>Nothing of the product may call it, and a test looks for that.</remarks>
    internal static SessionKeys WithoutSealing(in SessionKeysInfo info) => new(info);

    /// <summary>Moves a path's next packet number ahead; for tests of the limits.</summary>
    internal void SkipTo(PathId path, ulong number, ulong sealedPackets)
    {
        _nextNumbers[SlotOf(path)] = number;
        _sealed = sealedPackets;
    }

    private int SlotOf(PathId path)
    {
        byte slot = _slotOfPath[path.Value];
        if (slot != byte.MaxValue) return slot;
        if (_slots == Limits.PathsPerPeer) return -1;
        _slotOfPath[path.Value] = (byte)_slots;
        return _slots++;
    }
}

/// <summary>What a handshake agreed, apart from the keys.</summary>
/// <param name="Suite">The suite.</param>
/// <param name="IsInitiator">Whether this node began.</param>
/// <param name="LocalIndex">What the peer puts into its headers.</param>
/// <param name="RemoteIndex">What we put into ours.</param>
/// <param name="StartedAt">When the initiation was sent, or received.</param>
/// <param name="EstablishedAt">When the handshake was done on this side; the age of the keys counts from here.</param>
public readonly record struct SessionKeysInfo(
    CipherSuite Suite, bool IsInitiator, uint LocalIndex, uint RemoteIndex, Instant StartedAt,
    Instant EstablishedAt);
