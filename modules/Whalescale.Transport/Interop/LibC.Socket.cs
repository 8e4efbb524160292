using System.Runtime.InteropServices;

namespace Whalescale.Transport.Interop;

/// <summary>The socket calls of Linux that the base class library does not offer without allocation.</summary>
internal static unsafe partial class LibC
{
    internal const int FamilyIPv4 = 2, FamilyIPv6 = 10; // AF_INET, AF_INET6
    internal const int LevelSocket = 1, LevelIP = 0, LevelUdp = 17, LevelIPv6 = 41; // SOL_SOCKET, IPPROTO_…
    internal const int SendBuffer = 7, ReceiveBuffer = 8, BindToDevice = 25; // SO_…
    internal const int SendBufferForce = 32, ReceiveBufferForce = 33, BufferDrops = 40; // SO_…FORCE, SO_RXQ_OVFL
    internal const int PacketInfo4 = 8, MtuDiscover4 = 10; // IP_PKTINFO, IP_MTU_DISCOVER
    internal const int MtuDiscover6 = 23, OnlyIPv6 = 26, ReceivePacketInfo6 = 49, PacketInfo6 = 50; // IPV6_…
    internal const int MtuDiscoverProbe = 3; // IP_PMTUDISC_PROBE, IPV6_PMTUDISC_PROBE
    internal const int UdpSegment = 103, UdpGro = 104; // UDP_SEGMENT, UDP_GRO
    internal const int Truncated = 0x20; // MSG_TRUNC
    private const int Datagram = 2, NonBlocking = 0x800, CloseOnExec = 0x80000; // SOCK_…

    /// <summary>Opens a non-blocking UDP socket; see socket(2).</summary>
    /// <returns>An invalid handle on failure, with the reason in <paramref name="error"/>.</returns>
    internal static FileDescriptor OpenUdpSocket(int family, out int error)
    {
        int descriptor = SocketCore(family, Datagram | NonBlocking | CloseOnExec, 0);
        error = descriptor < 0 ? Marshal.GetLastPInvokeError() : 0;
        return new FileDescriptor(descriptor);
    }

    /// <summary>Binds; see bind(2).</summary>
    /// <returns>0 or errno.</returns>
    internal static int Bind(FileDescriptor socket, ReadOnlySpan<byte> address)
    {
        fixed (byte* first = address)
            return BindCore(socket, first, (uint)address.Length) == 0 ? 0 : Marshal.GetLastPInvokeError();
    }

    /// <summary>The bound address; see getsockname(2).</summary>
    /// <returns>0 or errno.</returns>
    internal static int GetBoundAddress(FileDescriptor socket, Span<byte> address)
    {
        uint length = (uint)address.Length;
        fixed (byte* first = address)
            return GetSocketNameCore(socket, first, ref length) == 0 ? 0 : Marshal.GetLastPInvokeError();
    }

    /// <summary>Sets a number; see setsockopt(2).</summary>
    /// <returns>0 or errno.</returns>
    internal static int SetOption(FileDescriptor socket, int level, int option, int value) =>
        SetSocketOptionCore(socket, level, option, (byte*)&value, sizeof(int)) == 0 ? 0 : Marshal.GetLastPInvokeError();

    /// <summary>Sets bytes; see setsockopt(2).</summary>
    /// <returns>0 or errno.</returns>
    internal static int SetOption(FileDescriptor socket, int level, int option, ReadOnlySpan<byte> value)
    {
        fixed (byte* first = value)
        {
            return SetSocketOptionCore(socket, level, option, first, (uint)value.Length) == 0
                ? 0
                : Marshal.GetLastPInvokeError();
        }
    }

    /// <summary>Reads a number; see getsockopt(2).</summary>
    /// <returns>0 or errno.</returns>
    internal static int GetOption(FileDescriptor socket, int level, int option, out int value)
    {
        uint length = sizeof(int);
        value = 0;
        int result = GetSocketOptionCore(socket, level, option, ref value, ref length);
        return result == 0 ? 0 : Marshal.GetLastPInvokeError();
    }

    /// <summary>Receives datagrams; see recvmmsg(2). A wait that a signal cut short is taken up again.</summary>
    /// <returns>Datagrams received, or -1 with the reason in <paramref name="error"/>.</returns>
    internal static int ReceiveMany(FileDescriptor socket, MultiMessageHeader* messages, int count, out int error)
    {
        int received;
        do
        {
            received = ReceiveManyCore(socket, messages, (uint)count, 0, null);
            error = received < 0 ? Marshal.GetLastPInvokeError() : 0;
        }
        while (error == ErrorNumber.Interrupted);
        return received;
    }

    /// <summary>Sends datagrams in order; see sendmmsg(2). A call that a signal cut short is taken up again.</summary>
    /// <returns>Datagrams the kernel took, or -1 with the reason the first was refused in <paramref
    /// name="error"/>.</returns>
    internal static int SendMany(FileDescriptor socket, MultiMessageHeader* messages, int count, out int error)
    {
        int sent;
        do
        {
            sent = SendManyCore(socket, messages, (uint)count, 0);
            error = sent < 0 ? Marshal.GetLastPInvokeError() : 0;
        }
        while (error == ErrorNumber.Interrupted);
        return sent;
    }

    [LibraryImport("libc", EntryPoint = "socket", SetLastError = true)]
    private static partial int SocketCore(int family, int type, int protocol);

    [LibraryImport("libc", EntryPoint = "bind", SetLastError = true)]
    private static partial int BindCore(FileDescriptor socket, byte* address, uint length);

    [LibraryImport("libc", EntryPoint = "getsockname", SetLastError = true)]
    private static partial int GetSocketNameCore(FileDescriptor socket, byte* address, ref uint length);

    [LibraryImport("libc", EntryPoint = "setsockopt", SetLastError = true)]
    private static partial int SetSocketOptionCore(
        FileDescriptor socket, int level, int option, byte* value, uint length);

    [LibraryImport("libc", EntryPoint = "getsockopt", SetLastError = true)]
    private static partial int GetSocketOptionCore(
        FileDescriptor socket, int level, int option, ref int value, ref uint length);

    [LibraryImport("libc", EntryPoint = "recvmmsg", SetLastError = true)]
    private static partial int ReceiveManyCore(
        FileDescriptor socket, MultiMessageHeader* messages, uint count, int flags, TimeSpecification* timeout);

    [LibraryImport("libc", EntryPoint = "sendmmsg", SetLastError = true)]
    private static partial int SendManyCore(FileDescriptor socket, MultiMessageHeader* messages, uint count, int flags);
}
