namespace Whalescale.Abstractions;

/// <summary>Overlay packets on their way from or to the TUN device.</summary>
/// <remarks>
/// A batch owns a slab of <c>Capacity</c> slots, <c>[headroom | packet | tail room]</c>, that a device reads into;
/// and it may also refer to packets that live elsewhere (a received datagram, opened in place), so that nothing is
/// copied on the way to the device. Contents are valid until <see cref="Clear"/>; a referred packet only as long as
/// its own memory. Owned by one thread.
/// </remarks>
public sealed unsafe class PacketBatch : IDisposable
{
    private readonly NativeSlab? _slab;
    private readonly Entry[] _entries;
    private readonly int _slotSize;

    /// <summary>A batch of <paramref name="capacity"/> slots for packets of up to <paramref name="packetSize"/>
    /// bytes.</summary>
    /// <param name="capacity">Packets it holds at most.</param>
    /// <param name="packetSize">Largest packet to be read into it; 0 for a batch that only refers.</param>
    public PacketBatch(int capacity, int packetSize)
    {
        _entries = new Entry[capacity];
        if (packetSize == 0) return;
        _slotSize = (Headroom + packetSize + TailRoom + 63) & ~63;
        _slab = new NativeSlab(capacity * _slotSize);
    }

    /// <summary>Free bytes before each slot's packet: room for a frame's own header and the device's.</summary>
    public static int Headroom => 32;

    /// <summary>Free bytes after each slot's packet: room for padding.</summary>
    public static int TailRoom => 32;

    /// <summary>Packets it holds at most.</summary>
    public int Capacity => _entries.Length;

    /// <summary>Packets it holds now.</summary>
    public int Count { get; private set; }

    /// <summary>Whether no further packet fits.</summary>
    public bool IsFull => Count == _entries.Length;

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
        return _slab.Slice((Count * _slotSize) + Headroom, _slotSize - Headroom - TailRoom);
    }

    /// <summary>Makes the first <paramref name="length"/> bytes of <see cref="NextSlot"/> a packet.</summary>
    public void Append(int length, PacketOffload offload = default)
    {
        Span<byte> slot = NextSlot();
        ArgumentOutOfRangeException.ThrowIfGreaterThan(length, slot.Length);
        fixed (byte* address = slot) _entries[Count++] = new Entry((nint)address, length, offload, Owned: true);
    }

    /// <summary>Refers to a packet elsewhere in native memory.</summary>
    /// <exception cref="InvalidOperationException">The batch is full.</exception>
    public void Refer(nint address, int length, PacketOffload offload = default)
    {
        if (IsFull) throw new InvalidOperationException("The batch is full.");
        _entries[Count++] = new Entry(address, length, offload, Owned: false);
    }

    /// <summary>Forgets the packets; their memory may be used again.</summary>
    public void Clear() => Count = 0;

    /// <inheritdoc/>
    public void Dispose() => _slab?.Dispose();

    private ref readonly Entry Checked(int index)
    {
        if ((uint)index >= (uint)Count) throw new ArgumentOutOfRangeException(nameof(index));
        return ref _entries[index];
    }

    private readonly record struct Entry(nint Address, int Length, PacketOffload Offload, bool Owned);
}
