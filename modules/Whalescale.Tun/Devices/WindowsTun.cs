using System.ComponentModel;
using System.Runtime.InteropServices;
using Whalescale.Tun.Interop;
using Whalescale.Types;

namespace Whalescale.Tun.Devices;

/// <summary>A TUN device of Windows: a Wintun adapter. Compiled, not yet run.</summary>
/// <remarks>Packets pass through two rings shared with the driver; the adapter, its addresses and routes vanish when it
/// is disposed of. The driver takes finished packets only, so pending checksums are computed here.</remarks>
public sealed unsafe class WindowsTun : ITunDevice, AppliedConfiguration.IActions
{
    private readonly AppliedConfiguration _applied = new();
    private readonly ulong _luid;
    private nint _adapter;
    private nint _session;

    internal WindowsTun(nint adapter, nint session, string name, int mtu)
    {
        _adapter = adapter;
        _session = session;
        Wintun.GetLuid(adapter, out _luid);
        Name = name;
        Mtu = mtu;
        ReadyHandle = Wintun.GetReadWaitEvent(session);
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
    public nint ReadyHandle { get; }

    /// <inheritdoc/>
    public int Read(PacketBatch batch)
    {
        ObjectDisposedException.ThrowIf(_session == 0, this);
        int before = batch.Count;
        while (!batch.IsFull)
        {
            byte* packet = Wintun.ReceivePacket(_session, out uint length);
            if (packet == null)
            {
                int error = Marshal.GetLastPInvokeError();
                if (error == Wintun.NoMoreItems) return batch.Count - before;
                throw Gone(error);
            }

            Span<byte> slot = batch.NextSlot();
            bool fits = length <= slot.Length;
            if (fits) new ReadOnlySpan<byte>(packet, (int)length).CopyTo(slot);
            Wintun.ReleaseReceivePacket(_session, packet);
            if (fits) batch.Append((int)length);
        }

        // The driver sets its event for new packets only; what is left in the ring has to be remembered here.
        if (!Wintun.SetEvent(ReadyHandle)) throw new Win32Exception(Marshal.GetLastPInvokeError());
        return batch.Count - before;
    }

    /// <inheritdoc/>
    public int Write(PacketBatch batch)
    {
        ObjectDisposedException.ThrowIf(_session == 0, this);
        int dropped = 0;
        for (int i = 0; i < batch.Count; i++)
        {
            Span<byte> packet = batch[i];
            if (packet.IsEmpty || !ChecksumCompletion.TryFinish(packet, batch.OffloadOf(i)))
            {
                dropped++;
                continue;
            }

            byte* place = Wintun.AllocateSendPacket(_session, (uint)packet.Length);
            if (place == null)
            {
                int error = Marshal.GetLastPInvokeError();
                if (error == Wintun.HandleEnd) throw Gone(error);
                // The ring is full: the packet is lost.
                dropped++;
                continue;
            }

            packet.CopyTo(new Span<byte>(place, packet.Length));
            Wintun.SendPacket(_session, place);
        }

        return dropped;
    }

    /// <inheritdoc/>
    public TunOffloads UseOffloads(TunOffloads wanted) => TunOffloads.None;

    /// <inheritdoc/>
    public IReadOnlyList<RefusedRoute> Configure(TunConfiguration wanted)
    {
        RoutePolicy.RequireMtu(wanted.Mtu);
        foreach (bool isIPv4 in new[] { true, false })
        {
            if (!wanted.Addresses.Any(address => address.Address.IsIPv4 == isIPv4)) continue;
            int error = WindowsNetwork.SetInterface(_luid, isIPv4, wanted.Mtu);
            if (error != 0) throw new IOException($"The MTU of {Name} cannot be {wanted.Mtu}: {WindowsNetwork.Words(error)}");
        }

        Mtu = wanted.Mtu;
        return _applied.Apply(wanted, OtherInterfaces.GetConnected(Name), this);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_session != 0) Wintun.EndSession(_session);
        if (_adapter != 0) Wintun.CloseAdapter(_adapter);
        _session = _adapter = 0;
    }

    void AppliedConfiguration.IActions.AddAddress(IpPrefix address) =>
        Require(WindowsNetwork.AddAddress(_luid, address), $"{address} cannot be added to {Name}");

    void AppliedConfiguration.IActions.RemoveAddress(IpPrefix address) =>
        Require(WindowsNetwork.RemoveAddress(_luid, address), $"{address} cannot be removed from {Name}");

    void AppliedConfiguration.IActions.AddRoute(IpPrefix route) =>
        Require(WindowsNetwork.AddRoute(_luid, route), $"{route} cannot be routed into {Name}");

    void AppliedConfiguration.IActions.RemoveRoute(IpPrefix route) =>
        Require(WindowsNetwork.RemoveRoute(_luid, route), $"the route to {route} cannot be removed from {Name}");

    private static void Require(int error, string what)
    {
        if (error is not (0 or WindowsNetwork.AlreadyExists)) throw new IOException($"{what}: {WindowsNetwork.Words(error)}");
    }

    private IOException Gone(int error) => new($"The device {Name} is gone: {WindowsNetwork.Words(error)}");
}
