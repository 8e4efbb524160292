using System.Runtime.InteropServices;
using Whalescale.Tun.Interop;

namespace Whalescale.Tun.Devices;

/// <summary>A TUN device of Linux, with a virtio header before each packet.</summary>
/// <remarks>
/// The header lets the kernel leave checksums undone in both directions. Segmentation offload is off: every packet read
/// is at most as long as the MTU. Addresses, routes and the device itself vanish when it is disposed of.
/// </remarks>
public sealed unsafe class LinuxTun : ITunDevice
{
    private readonly FileDescriptor _device;
    private readonly RouteSocket _kernel;
    private readonly LinuxTunConfigurator _configurator;
    private readonly NativeSlab _scratch = new(64);

    internal LinuxTun(FileDescriptor device, RouteSocket kernel, string name, int mtu)
    {
        _device = device;
        _kernel = kernel;
        _configurator = new LinuxTunConfigurator(kernel, name);
        Name = name;
        _configurator.SetMtu(mtu);
        Mtu = mtu;
    }

    /// <inheritdoc/>
    public string Name { get; }

    /// <inheritdoc/>
    public int Mtu { get; private set; }

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
        // [virtio header, padded to 16][two iovecs]: made once, changed per packet.
        byte* header = (byte*)_scratch.Address;
        var vectors = (IoVector*)(header + 16);
        vectors[0] = new IoVector { Base = (nint)header, Length = VirtioHeader.Size };

        int dropped = 0;
        for (int i = 0; i < batch.Count; i++)
        {
            ReadOnlySpan<byte> packet = batch[i];
            VirtioHeader.Write(new Span<byte>(header, VirtioHeader.Size), batch.OffloadOf(i), packet);
            vectors[1] = new IoVector { Base = batch.AddressOf(i), Length = (nuint)packet.Length };

            int error = LibC.Write(_device, vectors, 2);
            if (error == 0) continue;
            if (error == LibC.BadDescriptorState) throw Gone(error);
            // EIO before the device is up, EINVAL for a packet whose headers lie, ENOMEM, EAGAIN: the packet is lost.
            dropped++;
        }

        return dropped;
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

    private IOException Gone(int error) =>
        new($"The device {Name} is gone: {Marshal.GetPInvokeErrorMessage(error)}.");
}
