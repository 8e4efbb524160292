using System.Runtime.InteropServices;
using Whalescale.Tun.Interop;
using Whalescale.Tun.Offload;
using Whalescale.Types;

namespace Whalescale.Tun.Devices;

/// <summary>A TUN device of Linux, with a virtio header before each packet.</summary>
/// <remarks>
/// The header lets the kernel leave checksums undone in both directions, and hand over and take super-packets: a whole
/// train of segments of one flow in one call (TSO, USO). What the kernel does not have is found out when the device is
/// opened. Addresses, routes and the device itself vanish when it is disposed of.
/// </remarks>
public sealed unsafe class LinuxTun : ITunDevice
{
    private const int HeaderRoom = 16; // the virtio header, padded to what the vectors behind it need

    private readonly FileDescriptor _device;
    private readonly RouteSocket _kernel;
    private readonly LinuxTunConfigurator _configurator;
    private readonly Coalescer _coalescer = new(Limits.DeviceWritePackets);
    private readonly NativeSlab _scratch = new(HeaderRoom + ((Coalescer.MaximumPackets + 1) * sizeof(IoVector)));

    internal LinuxTun(FileDescriptor device, RouteSocket kernel, string name, int mtu)
    {
        _device = device;
        _kernel = kernel;
        _configurator = new LinuxTunConfigurator(kernel, name);
        Name = name;
        UseOffloads(TunOffloads.All);
        _configurator.SetMtu(mtu);
        Mtu = mtu;
    }

    /// <inheritdoc/>
    public string Name { get; }

    /// <inheritdoc/>
    public int Mtu { get; private set; }

    /// <inheritdoc/>
    public int LargestRead => Limits.SuperPacketBytes;

    /// <inheritdoc/>
    public TunOffloads Offloads { get; private set; }

    /// <inheritdoc/>
    public nint ReadyHandle => _device.Number;

    /// <inheritdoc/>
    public int Read(PacketBatch batch)
    {
        int before = batch.Count;
        while (!batch.IsFull)
        {
            Span<byte> slot = batch.NextSlot();
            fixed (byte* packet = slot)
            {
                // The header goes into the slot's headroom, which is there for it: one piece, one plain read.
                byte* start = packet - VirtioHeader.Size;
                int length = (int)LibC.Read(_device, start, VirtioHeader.Size + slot.Length, out int error);
                if (error == LibC.Again) break;
                if (error != 0) throw Gone(error);
                if (length < VirtioHeader.Size) continue;
                PacketOffload offload = VirtioHeader.Read(new ReadOnlySpan<byte>(start, VirtioHeader.Size));
                batch.Append(length - VirtioHeader.Size, offload);
            }
        }

        return batch.Count - before;
    }

    /// <inheritdoc/>
    public int Write(PacketBatch batch)
    {
        byte* header = (byte*)_scratch.Address;
        var vectors = (IoVector*)(header + HeaderRoom);
        vectors[0] = new IoVector { Base = (nint)header, Length = VirtioHeader.Size };

        int dropped = 0;
        _coalescer.Plan(batch);
        for (int i = 0; i < _coalescer.GroupCount; i++)
        {
            ref readonly CoalescedGroup group = ref _coalescer.Group(i);
            int count = Gather(batch, group, vectors);
            VirtioHeader.Write(new Span<byte>(header, VirtioHeader.Size), group.Offload, batch[group.First]);
            int error = LibC.Write(_device, vectors, count);
            if (error == 0) continue;
            if (error == LibC.BadDescriptorState) throw Gone(error);
            // EIO before the device is up, EINVAL for a packet whose headers lie, ENOMEM, EAGAIN: the packets are lost.
            dropped += group.Count;
        }

        return dropped;
    }

    /// <inheritdoc/>
    public TunOffloads UseOffloads(TunOffloads wanted)
    {
        // Segments without pending checksums are no offload that virtio knows.
        if ((wanted & TunOffloads.Checksum) == 0) wanted = TunOffloads.None;
        Offloads = TunOffloads.None;
        // Kernels before 6.2 do not know USO and refuse the whole set.
        foreach (TunOffloads attempt in (ReadOnlySpan<TunOffloads>)[wanted, wanted & ~TunOffloads.Udp, TunOffloads.None])
        {
            int bits = (attempt.HasFlag(TunOffloads.Checksum) ? LibC.OffloadChecksum : 0)
                | (attempt.HasFlag(TunOffloads.Tcp) ? LibC.OffloadTcp : 0)
                | (attempt.HasFlag(TunOffloads.Udp) ? LibC.OffloadUdp : 0);
            if (LibC.Control(_device, LibC.SetOffload, bits) != 0) continue;
            Offloads = attempt;
            break;
        }

        _coalescer.MergesTcp = Offloads.HasFlag(TunOffloads.Tcp);
        _coalescer.MergesUdp = Offloads.HasFlag(TunOffloads.Udp);
        return Offloads;
    }

    /// <inheritdoc/>
    public IReadOnlyList<RefusedRoute> Configure(TunConfiguration wanted)
    {
        IReadOnlyList<RefusedRoute> refused = _configurator.Apply(wanted);
        Mtu = wanted.Mtu;
        return refused;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _device.Dispose();
        _kernel.Dispose();
        _scratch.Dispose();
    }

    // The first packet whole, of the others the payload, all where they were opened.
    private int Gather(PacketBatch batch, in CoalescedGroup group, IoVector* vectors)
    {
        int count = 1, headers = 0;
        for (int i = group.First; i >= 0; i = _coalescer.Next(i))
        {
            nuint length = (nuint)(batch[i].Length - headers);
            vectors[count++] = new IoVector { Base = batch.AddressOf(i) + headers, Length = length };
            headers = group.HeaderLength;
        }

        return count;
    }

    private IOException Gone(int error) =>
        new($"The device {Name} is gone: {Marshal.GetPInvokeErrorMessage(error)}.");
}
