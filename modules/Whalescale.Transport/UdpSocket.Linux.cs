using System.Runtime.InteropServices;
using System.Text;
using Whalescale.Transport.Interop;

namespace Whalescale.Transport;

/// <summary>A UDP socket of Linux: many datagrams per system call, runs of equal size as one (UDP_SEGMENT,
/// UDP_GRO).</summary>
/// <remarks>
/// One IPv6 socket carries both families; where IPv6 is switched off it is an IPv4 one. It is bound to the wildcard
/// address, tells for each datagram the address it was sent to, and sends from the address it is told, so that an
/// answer leaves from where the question arrived. Owned by one thread; nothing is allocated after opening.
/// </remarks>
public sealed unsafe class LinuxUdpSocket : IDatagramSocket
{
    // Chosen: 4 MiB hold 30 ms of 1 Gbit/s, the longest pause to be expected of the data thread.
    private const int BufferBytes = 4 << 20;
    private const int GroSlotBytes = 65535;

    // Chosen: each error is news of one ICMP message; a flood of them must not hold the thread.
    private const int MaximumErrorsPerReceive = 16;

    private readonly FileDescriptor _socket;
    private readonly DatagramMessages _incoming, _outgoing;
    private readonly int[] _runLengths = new int[DatagramMessages.Capacity];
    private long _truncated;
    private bool _segmentation;
    private bool _coalescing;
    private bool _coalescingRefused;

    private LinuxUdpSocket(FileDescriptor socket, bool dualStack, Endpoint local, bool offload)
    {
        _coalescingRefused = !offload;
        _socket = socket;
        LocalEndpoint = local;
        _incoming = new DatagramMessages(dualStack);
        _outgoing = new DatagramMessages(dualStack);
        _segmentation = offload && LibC.GetOption(socket, LibC.LevelUdp, LibC.UdpSegment, out _) == 0;
    }

    /// <inheritdoc/>
    public Endpoint LocalEndpoint { get; }

    /// <inheritdoc/>
    public nint ReadyHandle => _socket.Number;

    /// <inheritdoc/>
    public DatagramSocketDrops Drops => new(_truncated, _incoming.BufferDrops);

    /// <summary>Errors told by a receive: news of ICMP messages, harmless.</summary>
    public long ReceiveErrors { get; private set; }

    /// <summary>Whether runs are given to the kernel as one message; false for good once it refused one.</summary>
    public bool UsesSegmentation => _segmentation;

    /// <summary>Opens and binds a socket.</summary>
    /// <param name="interfaceName">Interface to be bound to, or null for all.</param>
    /// <param name="port">Port, or 0 for one the kernel picks.</param>
    /// <param name="offload">Whether runs may be given to the kernel as one message, and taken as one.</param>
    /// <exception cref="IOException">The port is taken, the interface does not exist, or the kernel
    /// refused.</exception>
    public static LinuxUdpSocket Open(string? interfaceName, ushort port, bool offload = true)
    {
        LinuxUdpSocket? socket = TryOpen(LibC.FamilyIPv6, interfaceName, port, offload, out int error);
        if (socket is null && error is ErrorNumber.FamilyNotSupported or ErrorNumber.AddressNotAvailable)
            socket = TryOpen(LibC.FamilyIPv4, interfaceName, port, offload, out error);
        return socket ?? throw OpenFailure(interfaceName, port, error);
    }

    /// <inheritdoc/>
    public int Receive(DatagramBatch batch, ushort number)
    {
        FollowSlotSize(batch.SlotSize);
        int before = batch.Count, errors = 0;
        while (batch.Count < batch.Capacity && errors < MaximumErrorsPerReceive)
        {
            int start = batch.Count, asked = Math.Min(batch.Capacity - start, DatagramMessages.Capacity);
            for (int i = 0; i < asked; i++) _incoming.PrepareReceive(i, batch.Slot(start + i), batch.SlotSize);

            int received = LibC.ReceiveMany(_socket, _incoming.First, asked, out int error);
            if (error == ErrorNumber.Again) break;
            if (received < 0)
            {
                errors++;
                continue;
            }

            for (int i = 0; i < received; i++) Take(batch, start, i, number);
            if (received < asked) break;
        }

        ReceiveErrors += errors;
        return batch.Count - before;
    }

    /// <inheritdoc/>
    public DatagramSendResult Send(DatagramBatch batch, int first, int count)
    {
        int next = first, end = first + count, sent = 0, refused = 0;
        int aloneUntil = first, suspectAt = -1;
        bool repeated = false;
        var firstError = DatagramError.None;

        while (next < end)
        {
            int prepared = Prepare(batch, next, end, aloneUntil);
            int taken = LibC.SendMany(_socket, _outgoing.First, prepared, out int error);
            if (taken > 0)
            {
                // A run was refused and its first datagram goes through alone: it is the run that this kernel or device
                // does not want.
                if (next == suspectAt) _segmentation = false;
                int datagrams = 0;
                for (int i = 0; i < taken; i++) datagrams += _runLengths[i];
                (sent, next, suspectAt, repeated) = (sent + datagrams, next + datagrams, -1, false);
                continue;
            }

            if (error == ErrorNumber.Again) return new DatagramSendResult(sent, refused, end - next, firstError);

            int run = _runLengths[0];
            if (run > 1 && MayBeTheRunsFault(error))
            {
                // EIO: the device cannot sum; EINVAL: too old or the source address; EMSGSIZE: all but the last,
                // perhaps.
                if (error == ErrorNumber.InputOutput) _segmentation = false;
                if (error == ErrorNumber.InvalidArgument) suspectAt = next;
                aloneUntil = next + run;
                continue;
            }

            // An ICMP error of an earlier datagram may be told to this one; the second time it is its own.
            if (!repeated && error is ErrorNumber.ConnectionRefused or ErrorNumber.HostUnreachable)
            {
                repeated = true;
                continue;
            }

            if (refused == 0) firstError = Classify(error, batch.Info(next).Local);
            (refused, next, suspectAt, repeated) = (refused + run, next + run, -1, false);
        }

        return new DatagramSendResult(sent, refused, 0, firstError);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _socket.Dispose();
        _incoming.Dispose();
        _outgoing.Dispose();
    }

    /// <summary>What a send error means for the path.</summary>
    /// <param name="error">errno.</param>
    /// <param name="local">The own address to send from, or none.</param>
    internal static DatagramError Classify(int error, in Endpoint local) => error switch
    {
        // Newer kernels say "unreachable" of an IPv4 source that is not ours, older ones EINVAL.
        ErrorNumber.NetworkUnreachable or ErrorNumber.InvalidArgument
            when !local.Address.IsUnspecified && !IsOurs(local) => DatagramError.NoSuchLocalAddress,
        ErrorNumber.NetworkUnreachable or ErrorNumber.HostUnreachable or ErrorNumber.NetworkDown
            or ErrorNumber.HostDown or ErrorNumber.FamilyNotSupported or ErrorNumber.NoSuchDevice
            => DatagramError.Unreachable,
        ErrorNumber.MessageTooLong => DatagramError.TooBig,
        ErrorNumber.AddressNotAvailable => DatagramError.NoSuchLocalAddress,
        ErrorNumber.NotPermitted or ErrorNumber.AccessDenied or ErrorNumber.ConnectionRefused => DatagramError.Refused,
        _ => DatagramError.Other,
    };

    /// <summary>Opens a socket of one family.</summary>
    /// <returns>Null on failure, with errno in <paramref name="error"/>.</returns>
    internal static LinuxUdpSocket? TryOpen(
        int family, string? interfaceName, ushort port, bool offload, out int error)
    {
        FileDescriptor socket = LibC.OpenUdpSocket(family, out error);
        bool dualStack = family == LibC.FamilyIPv6;
        if (error == 0) error = SetOptions(socket, dualStack);
        if (error == 0 && interfaceName is not null)
        {
            byte[] name = Encoding.UTF8.GetBytes(interfaceName);
            error = LibC.SetOption(socket, LibC.LevelSocket, LibC.BindToDevice, name);
        }

        byte* address = stackalloc byte[sizeof(SocketAddress6)];
        var buffer = new Span<byte>(address, sizeof(SocketAddress6));
        if (error == 0)
        {
            var any = new Endpoint(dualStack ? default : IpAddress.FromIPv4(0), port);
            int length = DatagramMessages.WriteAddress(address, any, dualStack);
            error = LibC.Bind(socket, buffer[..length]);
        }

        if (error == 0) error = LibC.GetBoundAddress(socket, buffer);
        if (error == 0) return new LinuxUdpSocket(socket, dualStack, DatagramMessages.ReadAddress(address), offload);
        socket.Dispose();
        return null;
    }

    private static bool MayBeTheRunsFault(int error) =>
        error is ErrorNumber.InputOutput or ErrorNumber.InvalidArgument or ErrorNumber.MessageTooLong;

    /// <summary>Whether the address is on an interface of this machine: then a socket can be bound to it.</summary>
    private static bool IsOurs(in Endpoint local)
    {
        int family = local.Address.IsIPv4 ? LibC.FamilyIPv4 : LibC.FamilyIPv6;
        using FileDescriptor probe = LibC.OpenUdpSocket(family, out int error);
        if (error != 0) return false;
        byte* address = stackalloc byte[sizeof(SocketAddress6)];
        int length = DatagramMessages.WriteAddress(address, local with { Port = 0 }, dualStack: false);
        return LibC.Bind(probe, new ReadOnlySpan<byte>(address, length)) == 0;
    }

    private static int SetOptions(FileDescriptor socket, bool dualStack)
    {
        // Beyond the system's limit with CAP_NET_ADMIN, up to it without.
        if (LibC.SetOption(socket, LibC.LevelSocket, LibC.ReceiveBufferForce, BufferBytes) != 0)
            _ = LibC.SetOption(socket, LibC.LevelSocket, LibC.ReceiveBuffer, BufferBytes);
        if (LibC.SetOption(socket, LibC.LevelSocket, LibC.SendBufferForce, BufferBytes) != 0)
            _ = LibC.SetOption(socket, LibC.LevelSocket, LibC.SendBuffer, BufferBytes);

        // What the buffer had no room for is told with the next datagram; kernels have known this since 2.6.33.
        _ = LibC.SetOption(socket, LibC.LevelSocket, LibC.BufferDrops, 1);

        // PROBE: never fragment, and do not believe ICMP about the path's MTU (RFC 8899, section 4.6: it is easily
        // forged).
        int error = LibC.SetOption(socket, LibC.LevelIP, LibC.MtuDiscover4, LibC.MtuDiscoverProbe);
        if (error != 0) return error;
        if (!dualStack) return LibC.SetOption(socket, LibC.LevelIP, LibC.PacketInfo4, 1);

        error = LibC.SetOption(socket, LibC.LevelIPv6, LibC.OnlyIPv6, 0);
        if (error == 0) error = LibC.SetOption(socket, LibC.LevelIPv6, LibC.MtuDiscover6, LibC.MtuDiscoverProbe);
        if (error == 0) error = LibC.SetOption(socket, LibC.LevelIPv6, LibC.ReceivePacketInfo6, 1);
        return error;
    }

    private static IOException OpenFailure(string? interfaceName, ushort port, int error) => error switch
    {
        ErrorNumber.AddressInUse => new IOException($"UDP port {port} is in use."),
        ErrorNumber.AccessDenied => new IOException($"UDP port {port} may not be used without CAP_NET_BIND_SERVICE."),
        ErrorNumber.NoSuchDevice => new IOException($"There is no network interface named {interfaceName}."),
        ErrorNumber.NotPermitted => new IOException($"Binding to interface {interfaceName} needs CAP_NET_RAW."),
        _ => new IOException($"UDP port {port} cannot be opened: {Marshal.GetPInvokeErrorMessage(error)}."),
    };

    /// <summary>Lets the kernel join datagrams if, and only if, the slots hold the longest joint.</summary>
    private void FollowSlotSize(int slotSize)
    {
        bool wanted = slotSize >= GroSlotBytes && !_coalescingRefused;
        if (wanted == _coalescing) return;
        _coalescingRefused = LibC.SetOption(_socket, LibC.LevelUdp, LibC.UdpGro, wanted ? 1 : 0) != 0;
        _coalescing = wanted && !_coalescingRefused;
    }

    private void Take(DatagramBatch batch, int start, int index, ushort number)
    {
        int length = _incoming.ReadReceived(
            index, LocalEndpoint.Port, out Endpoint remote, out Endpoint local, out int segmentSize);
        if (length < 0)
        {
            _truncated++;
            return;
        }

        // Only after a dropped one do slot and position differ.
        if (batch.Count != start + index)
            batch.SlotSpan(start + index)[..length].CopyTo(batch.SlotSpan(batch.Count));
        batch.Commit(length, segmentSize, remote, local, number);
    }

    private int Prepare(DatagramBatch batch, int next, int end, int aloneUntil)
    {
        int messages = 0;
        for (; messages < DatagramMessages.Capacity && next < end; messages++)
        {
            ref readonly DatagramInfo head = ref batch.Info(next);
            int run = _segmentation && next >= aloneUntil ? batch.RunLength(next, end) : 1;
            ref readonly DatagramInfo last = ref batch.Info(next + run - 1);
            int bytes = last.Offset + last.Length - head.Offset;
            _outgoing.PrepareSend(
                messages, batch.AddressOf(next), bytes, head.Remote, head.Local, run > 1 ? head.Length : 0);
            _runLengths[messages] = run;
            next += run;
        }

        return messages;
    }
}
