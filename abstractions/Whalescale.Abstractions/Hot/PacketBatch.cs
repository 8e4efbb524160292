namespace Whalescale.Abstractions;

/// <summary>Overlay packets on their way from or to the TUN device.</summary>
/// <remarks>
/// A batch owns a slab that a device reads into, packets side by side, each <c>[headroom | packet | tail room]</c>: the
/// slot offered next always has room for the largest packet, and what a packet does not use goes to the one after it. So
/// a batch that can take super-packets of 64 KiB stays as small as the caches are.
/// It may also refer to packets that live elsewhere (a received datagram, opened in place), so that nothing is
/// copied on the way to the device. Contents are valid until <see cref="Clear"/>; a referred packet only as long as
/// its own memory. Owned by one thread.
/// </remarks>
public sealed unsafe class PacketBatch : IDisposable
{
    private const int Alignment = 64;

    private readonly NativeSlab? _slab;
    private readonly Entry[] _entries;
    private readonly int _slotSize;
    private int _used;

    /// <summary>A batch of <paramref name="capacity"/> packets of up to <paramref name="packetSize"/> bytes each.</summary>
    /// <param name="capacity">Packets it holds at most.</param>
    /// <param name="packetSize">Largest packet to be read into it; 0 for a batch that only refers.</param>
    public PacketBatch(int capacity, int packetSize)
        : this(capacity, packetSize, largestPackets: capacity)
    {
    }

    /// <summary>A batch with room for <paramref name="largestPackets"/> packets of the largest size, or for more that are
    /// smaller.</summary>
    /// <param name="capacity">Packets it holds at most.</param>
    /// <param name="packetSize">Largest packet to be read into it; 0 for a batch that only refers.</param>
    /// <param name="largestPackets">How many of that size it holds; the batch is full when no other would fit.</param>
    public PacketBatch(int capacity, int packetSize, int largestPackets)
    {
        _entries = new Entry[capacity];
        if (packetSize == 0) return;
        _slotSize = Slot(packetSize);
        _slab = new NativeSlab(largestPackets * _slotSize);
    }

    /// <summary>Free bytes before each slot's packet: room for a frame's own header and the device's.</summary>
    public static int Headroom => 32;

    /// <summary>Free bytes after each slot's packet: room for padding.</summary>
    public static int TailRoom => 32;

    private static int Slot(int packetSize) => (Headroom + packetSize + TailRoom + Alignment - 1) & ~(Alignment - 1);

    /// <summary>Packets it holds at most.</summary>
    public int Capacity => _entries.Length;

    /// <summary>Packets it holds now.</summary>
    public int Count { get; private set; }

    /// <summary>Whether no further packet fits.</summary>
    public bool IsFull => Count == _entries.Length || (_slab is not null && _used + _slotSize > _slab.Length);

    /// <summary>The bytes of a packet.</summary>
    public Span<byte> this[int index]
    {
        get
        {
            ref readonly Entry entry = ref Checked(index);
            return new Span<byte>((void*)entry.Address, entry.Length);
        }
    }

    /// <summary>Address of a packet's first byte, for system calls.</summary>
    public nint AddressOf(int index) => Checked(index).Address;

    /// <summary>What the kernel left undone in a packet, or may.</summary>
    public PacketOffload OffloadOf(int index) => Checked(index).Offload;

    /// <summary>A packet with <paramref name="before"/> bytes of the headroom in front and <paramref name="after"/>
    /// behind.</summary>
    /// <remarks>Only for packets in the batch's own slots.</remarks>
    /// <exception cref="ArgumentOutOfRangeException">More than <see cref="Headroom"/> or
    /// <see cref="TailRoom"/>.</exception>
    public Span<byte> Around(int index, int before, int after)
    {
        ref readonly Entry entry = ref Checked(index);
        if (!entry.Owned || (uint)before > (uint)Headroom || (uint)after > (uint)TailRoom)
            throw new ArgumentOutOfRangeException(nameof(before));
        return new Span<byte>((byte*)entry.Address - before, before + entry.Length + after);
    }

    /// <summary>The free slot that the next <see cref="Append(int, PacketOffload)"/> makes a packet of.</summary>
    /// <exception cref="InvalidOperationException">The batch is full or has no slots.</exception>
    public Span<byte> NextSlot()
    {
        if (_slab is null || IsFull) throw new InvalidOperationException("No free slot.");
        return _slab.Slice(_used + Headroom, _slotSize - Headroom - TailRoom);
    }

    /// <summary>Makes the first <paramref name="length"/> bytes of <see cref="NextSlot"/> a packet.</summary>
    public void Append(int length, PacketOffload offload = default)
    {
        Span<byte> slot = NextSlot();
        ArgumentOutOfRangeException.ThrowIfGreaterThan(length, slot.Length);
        _entries[Count++] = new Entry(_slab!.Address + _used + Headroom, length, offload, Owned: true);
        _used += Slot(length);
    }

    /// <summary>Refers to a packet elsewhere in native memory.</summary>
    /// <exception cref="InvalidOperationException">The batch is full.</exception>
    public void Refer(nint address, int length, PacketOffload offload = default)
    {
        if (IsFull) throw new InvalidOperationException("The batch is full.");
        _entries[Count++] = new Entry(address, length, offload, Owned: false);
    }

    /// <summary>Forgets the packets; their memory may be used again.</summary>
    public void Clear() => Count = _used = 0;

    /// <inheritdoc/>
    public void Dispose() => _slab?.Dispose();

    private ref readonly Entry Checked(int index)
    {
        if ((uint)index >= (uint)Count) throw new ArgumentOutOfRangeException(nameof(index));
        return ref _entries[index];
    }

    private readonly record struct Entry(nint Address, int Length, PacketOffload Offload, bool Owned);
}
