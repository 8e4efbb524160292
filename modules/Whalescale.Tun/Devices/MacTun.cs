using System.Net.NetworkInformation;
using System.Runtime.InteropServices;
using Whalescale.Tun.Interop;
using Whalescale.Types;

namespace Whalescale.Tun.Devices;

/// <summary>A TUN device of macOS: a utun interface. Compiled, not yet run.</summary>
/// <remarks>Each packet has its address family, four bytes in network order, before it. The device, its addresses and
/// routes vanish when it is disposed of. Addresses are set by SIOCAIFADDR and SIOCAIFADDR_IN6, routes by a PF_ROUTE
/// socket. The kernel takes finished packets only, so pending checksums are computed here.</remarks>
public sealed unsafe class MacTun : ITunDevice, AppliedConfiguration.IActions
{
    private const int HeaderSize = 4;
    private const int NoSuchDevice = 6; // ENXIO
    private readonly FileDescriptor _device;
    private readonly AppliedConfiguration _applied = new();
    private readonly NativeSlab _scratch = new(64);
    private readonly int _index;
    private int _sequence;

    internal MacTun(FileDescriptor device, string name, int mtu)
    {
        _device = device;
        Name = name;
        NetworkInterface own = Array.Find(NetworkInterface.GetAllNetworkInterfaces(), it => it.Name == name)
            ?? throw new IOException($"The device {name} is gone.");
        _index = own.GetIPProperties().GetIPv6Properties().Index;
        SetMtu(mtu);
    }

    /// <inheritdoc/>
    public string Name { get; }

    /// <inheritdoc/>
    public int Mtu { get; private set; }

    /// <inheritdoc/>
    public int LargestRead => Limits.OverlayPacketBytes;

    /// <inheritdoc/>
    public TunOffloads Offloads => TunOffloads.None;

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
                // The family goes into the slot's headroom; the packet itself tells it again.
                int length = (int)LibC.Read(_device, packet - HeaderSize, HeaderSize + slot.Length, out int error);
                if (error == Darwin.Again) break;
                if (error != 0) throw new IOException($"The device {Name} is gone: {Words(error)}.");
                if (length > HeaderSize) batch.Append(length - HeaderSize);
            }
        }

        return batch.Count - before;
    }

    /// <inheritdoc/>
    public int Write(PacketBatch batch)
    {
        byte* header = (byte*)_scratch.Address;
        var vectors = (IoVector*)(header + 16);
        vectors[0] = new IoVector { Base = (nint)header, Length = HeaderSize };

        int dropped = 0;
        for (int i = 0; i < batch.Count; i++)
        {
            Span<byte> packet = batch[i];
            if (packet.IsEmpty || !ChecksumCompletion.TryFinish(packet, batch.OffloadOf(i)))
            {
                dropped++;
                continue;
            }

            header[3] = packet[0] >> 4 == 6 ? Darwin.FamilyIPv6 : Darwin.FamilyIPv4;
            vectors[1] = new IoVector { Base = batch.AddressOf(i), Length = (nuint)packet.Length };
            int error = LibC.Write(_device, vectors, 2);
            if (error == NoSuchDevice) throw new IOException($"The device {Name} is gone: {Words(error)}.");
            if (error != 0) dropped++;
        }

        return dropped;
    }

    /// <inheritdoc/>
    public TunOffloads UseOffloads(TunOffloads wanted) => TunOffloads.None;

    /// <inheritdoc/>
    public IReadOnlyList<RefusedRoute> Configure(TunConfiguration wanted)
    {
        RoutePolicy.RequireMtu(wanted.Mtu);
        if (wanted.Mtu != Mtu) SetMtu(wanted.Mtu);
        return _applied.Apply(wanted, OtherInterfaces.GetConnected(Name), this);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _device.Dispose();
        _scratch.Dispose();
    }

    void AppliedConfiguration.IActions.AddAddress(IpPrefix address) => Control(
        address.Address.IsIPv4 ? Darwin.AddAddress4 : Darwin.AddAddress6,
        DarwinMessages.AddAddress(Name, address.Address),
        address.Address.IsIPv4,
        $"{address} cannot be added to {Name}");

    void AppliedConfiguration.IActions.RemoveAddress(IpPrefix address) => Control(
        address.Address.IsIPv4 ? Darwin.RemoveAddress4 : Darwin.RemoveAddress6,
        DarwinMessages.RemoveAddress(Name, address.Address),
        address.Address.IsIPv4,
        $"{address} cannot be removed from {Name}");

    void AppliedConfiguration.IActions.AddRoute(IpPrefix route) =>
        ChangeRoute(add: true, route, $"{route} cannot be routed into {Name}");

    void AppliedConfiguration.IActions.RemoveRoute(IpPrefix route) =>
        ChangeRoute(add: false, route, $"the route to {route} cannot be removed from {Name}");

    private static string Words(int error) => Marshal.GetPInvokeErrorMessage(error);

    private static void Control(uint request, byte[] argument, bool isIPv4, string what)
    {
        using FileDescriptor socket = Darwin.OpenControlSocket(
            isIPv4 ? Darwin.FamilyIPv4 : Darwin.FamilyIPv6, out int error);
        fixed (byte* first = argument)
        {
            if (error == 0) error = Darwin.Control(socket, request, first);
        }

        if (error != 0) throw new IOException($"{what}: {Words(error)}.");
    }

    private void SetMtu(int mtu)
    {
        Control(Darwin.SetMtu, DarwinMessages.Interface(Name, mtu), true, $"the MTU of {Name} cannot be {mtu}");
        byte[] flags = DarwinMessages.Interface(Name, 0);
        Control(Darwin.GetFlags, flags, true, $"the flags of {Name} cannot be read");
        short up = (short)(MemoryMarshal.Read<short>(flags.AsSpan(16)) | Darwin.FlagUp);
        Control(Darwin.SetFlags, DarwinMessages.Interface(Name, (ushort)up), true, $"{Name} cannot be brought up");
        Mtu = mtu;
    }

    private void ChangeRoute(bool add, IpPrefix route, string what)
    {
        using FileDescriptor socket = Darwin.OpenRouteSocket(out int error);
        if (error == 0) error = Darwin.SendRoute(socket, DarwinMessages.Route(add, _index, route, ++_sequence));
        if (error != 0) throw new IOException($"{what}: {Words(error)}.");
    }
}
