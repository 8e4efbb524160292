using System.Runtime.InteropServices;

namespace Whalescale.Tun.Interop;

/// <summary>The calls of a netlink socket.</summary>
internal static unsafe partial class LibC
{
    private const int FamilyNetlink = 16, Raw = 3, Route = 0; // AF_NETLINK, SOCK_RAW, NETLINK_ROUTE
    private const int LevelNetlink = 270, ExtendedAcknowledgement = 11, CappedAcknowledgement = 10; // NETLINK_…

    /// <summary>Opens a socket to the kernel's routing tables; see rtnetlink(7).</summary>
    internal static FileDescriptor OpenRouteSocket(out int error)
    {
        int descriptor = SocketCore(FamilyNetlink, Raw | CloseOnExec, Route);
        error = descriptor < 0 ? Marshal.GetLastPInvokeError() : 0;
        var socket = new FileDescriptor(descriptor);
        if (error != 0) return socket;

        // Words with an error, and not the whole request: kernels before 4.12 know neither and answer with the number.
        int on = 1;
        _ = SetSocketOptionCore(socket, LevelNetlink, ExtendedAcknowledgement, &on, sizeof(int));
        _ = SetSocketOptionCore(socket, LevelNetlink, CappedAcknowledgement, &on, sizeof(int));
        return socket;
    }

    /// <summary>Sends a message to the kernel; see send(2).</summary>
    /// <returns>0 or errno.</returns>
    internal static int SendMessage(FileDescriptor socket, ReadOnlySpan<byte> message)
    {
        fixed (byte* first = message)
        {
            int error;
            do error = SendCore(socket, first, (nuint)message.Length, 0) >= 0 ? 0 : Marshal.GetLastPInvokeError();
            while (error == Interrupted);
            return error;
        }
    }

    /// <summary>Waits for a message of the kernel; see recv(2).</summary>
    /// <returns>Bytes, or -1 with the reason in <paramref name="error"/>.</returns>
    internal static int ReceiveMessage(FileDescriptor socket, Span<byte> buffer, out int error)
    {
        fixed (byte* first = buffer)
        {
            nint received;
            do
            {
                received = ReceiveCore(socket, first, (nuint)buffer.Length, 0);
                error = received < 0 ? Marshal.GetLastPInvokeError() : 0;
            }
            while (error == Interrupted);
            return (int)received;
        }
    }

    [LibraryImport("libc", EntryPoint = "socket", SetLastError = true)]
    private static partial int SocketCore(int family, int type, int protocol);

    [LibraryImport("libc", EntryPoint = "setsockopt", SetLastError = true)]
    private static partial int SetSocketOptionCore(
        FileDescriptor socket, int level, int option, void* value, uint length);

    [LibraryImport("libc", EntryPoint = "send", SetLastError = true)]
    private static partial nint SendCore(FileDescriptor socket, void* buffer, nuint length, int flags);

    [LibraryImport("libc", EntryPoint = "recv", SetLastError = true)]
    private static partial nint ReceiveCore(FileDescriptor socket, void* buffer, nuint length, int flags);
}
