namespace Whalescale.Abstractions;

/// <summary>Underlay datagrams received from, or waiting for, the sockets: one slab, one descriptor each.</summary>
/// <remarks>
/// To receive, a socket fills equal slots (<see cref="Slot"/>, <see cref="Commit"/>). To send, datagrams are laid end
/// to end
/// (<see cref="Reserve"/>, <see cref="Add"/>), so that a run of equal size and destination is one contiguous block:
/// what UDP_SEGMENT asks for. Such a run ends at <see cref="RunDatagrams"/> or <see cref="RunBytes"/>; a train that is
/// announced (<see cref="BeginTrain"/>) begins a new run rather than be torn by that end. Owned by one thread; contents are
/// valid until <see cref="Clear"/>.
/// </remarks>
public sealed class DatagramBatch : IDisposable
{
    /// <summary>Datagrams of a run at most: what kernels before 6.x take in one message (UDP_MAX_SEGMENTS).</summary>
    public const int RunDatagrams = 64;

    /// <summary>Bytes of a run at most. A UDP payload ends at 65507 bytes, but a device whose gso_max_size is 65536 has the
    /// kernel take a train apart whose frame, Ethernet header included, reaches that: the whole gain would be lost for the
    /// longest runs.</summary>
    public const int RunBytes = 65_000;

    private const int CacheLine = 64;

    private readonly NativeSlab _slab;
    private readonly DatagramInfo[] _infos;
    private readonly int _slotSize;
    private int _used;
    private int _runStart, _runBytesStart;
    private bool _runEnds;

    /// <summary>A batch of at most <paramref name="capacity"/> datagrams of up to <paramref name="datagramSize"/>
    /// bytes.</summary>
    public DatagramBatch(int capacity, int datagramSize)
    {
        // An odd number of cache lines: slots a power of two apart would meet in the same few sets of the caches.
        int lines = ((datagramSize + CacheLine - 1) / CacheLine) | 1;
        _slotSize = lines * CacheLine;
        _slab = new NativeSlab(capacity * _slotSize);
        _infos = new DatagramInfo[capacity];
    }

    /// <summary>Datagrams it holds at most.</summary>
    public int Capacity => _infos.Length;

    /// <summary>Bytes of one receive slot.</summary>
    public int SlotSize => _slotSize;

    /// <summary>Datagrams it holds now.</summary>
    public int Count { get; private set; }

    /// <summary>Bytes of all datagrams to be sent.</summary>
    public int Bytes => _used;

    /// <summary>The bytes of a datagram.</summary>
    public Span<byte> this[int index]
    {
        get
        {
            ref readonly DatagramInfo info = ref Info(index);
            return _slab.Slice(info.Offset, info.Length);
        }
    }

    /// <summary>Where a datagram lies and where it came from or goes to.</summary>
    public ref readonly DatagramInfo Info(int index)
    {
        if ((uint)index >= (uint)Count) throw new ArgumentOutOfRangeException(nameof(index));
        return ref _infos[index];
    }

    /// <summary>Address of a datagram's first byte, for system calls.</summary>
    public nint AddressOf(int index) => _slab.Address + Info(index).Offset;

    /// <summary>Address of receive slot <paramref name="index"/>, whether filled or not.</summary>
    public nint Slot(int index)
    {
        if ((uint)index >= (uint)Capacity) throw new ArgumentOutOfRangeException(nameof(index));
        return _slab.Address + (index * _slotSize);
    }

    /// <summary>The bytes of receive slot <paramref name="index"/>, whether filled or not.</summary>
    public Span<byte> SlotSpan(int index) => _slab.Slice(index * _slotSize, _slotSize);

    /// <summary>Declares slot <c>Count</c> filled with <paramref name="length"/> bytes.</summary>
    /// <param name="length">Bytes received; at most <see cref="SlotSize"/>.</param>
    /// <param name="segmentSize">Size of each datagram if the kernel joined several (UDP_GRO), otherwise 0.</param>
    /// <param name="remote">The sender.</param>
    /// <param name="local">The address it was sent to, if the socket knows; its port is the socket's.</param>
    /// <param name="socket">Number of the socket.</param>
    public void Commit(int length, int segmentSize, Endpoint remote, Endpoint local, ushort socket)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan((uint)length, (uint)_slotSize);
        _infos[Count] = new DatagramInfo(Count * _slotSize, length, segmentSize, remote, local, socket);
        Count++;
    }

    /// <summary>Room for a datagram to send, directly after the one before.</summary>
    /// <returns>Empty if the batch is full.</returns>
    public Span<byte> Reserve(int length) =>
        Count == Capacity || length > _slab.Length - _used ? default : _slab.Slice(_used, length);

    /// <summary>Announces datagrams that travel best together, the segments of a super-packet: if they do not fit into what
    /// is left of the run that the next datagram would continue, it begins a new one.</summary>
    /// <param name="count">Datagrams.</param>
    /// <param name="bytes">Bytes of all of them.</param>
    public void BeginTrain(int count, int bytes) =>
        _runEnds |= Count - _runStart + count > RunDatagrams || _used - _runBytesStart + bytes > RunBytes;

    /// <summary>Lets the next datagram begin a run of its own: what is joined may be dropped together on the way.</summary>
    public void EndRun() => _runEnds = true;

    /// <summary>Adds what was written to <see cref="Reserve"/>'s span.</summary>
    public void Add(int length, in Endpoint remote, in Endpoint local, ushort socket)
    {
        bool joins = Count > 0 && !_runEnds && JoinsRun(_infos[Count - 1], length, remote, local, socket);
        if (!joins) (_runStart, _runBytesStart, _runEnds) = (Count, _used, false);
        _infos[Count++] = new DatagramInfo(_used, length, 0, remote, local, socket) { JoinsRun = joins };
        _used += length;
    }

    /// <summary>How many datagrams from <paramref name="first"/> on may be given to the kernel as one message with
    /// UDP_SEGMENT: equal ends, equal size (the last may be shorter), laid end to end.</summary>
    /// <param name="first">The first one; not necessarily the beginning of its run.</param>
    /// <param name="end">Not beyond this one.</param>
    public int RunLength(int first, int end)
    {
        int count = 1;
        int size = Info(first).Length;
        while (first + count < end && Info(first + count).JoinsRun)
        {
            count++;
            if (Info(first + count - 1).Length < size) break;
        }

        return count;
    }

    /// <summary>Forgets the datagrams; their memory may be used again.</summary>
    public void Clear()
    {
        Count = _used = _runStart = _runBytesStart = 0;
        _runEnds = false;
    }

    /// <inheritdoc/>
    public void Dispose() => _slab.Dispose();

    private bool JoinsRun(in DatagramInfo last, int length, in Endpoint remote, in Endpoint local, ushort socket)
    {
        int size = _infos[_runStart].Length;
        return Count - _runStart < RunDatagrams && _used - _runBytesStart + length <= RunBytes
            && last.Length == size && length <= size && length > 0
            && last.Socket == socket && last.Remote == remote && last.Local == local;
    }
}

/// <summary>One datagram of a <see cref="DatagramBatch"/>.</summary>
/// <param name="Offset">Offset in the batch's slab.</param>
/// <param name="Length">Bytes.</param>
/// <param name="SegmentSize">Size of each datagram if several were joined by the kernel, otherwise 0.</param>
/// <param name="Remote">Sender or destination.</param>
/// <param name="Local">Own address it was sent to, or is to be sent from; none: the kernel chooses.</param>
/// <param name="Socket">Number of the socket in its set.</param>
public readonly record struct DatagramInfo(
    int Offset, int Length, int SegmentSize, Endpoint Remote, Endpoint Local, ushort Socket)
{
    /// <summary>Whether it may leave in one message with the datagram before it.</summary>
    public bool JoinsRun { get; init; }
}
