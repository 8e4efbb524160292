using System.Runtime.InteropServices;

namespace Whalescale.Tun.Interop;

/// <summary>The calls a utun device of macOS needs (sys/kern_control.h, net/if_utun.h, net/route.h). Compiled, not yet
/// run.
/// </summary>
internal static unsafe partial class Darwin
{
    internal const int NotPermitted = 1, AccessDenied = 13, Busy = 16, Exists = 17, Again = 35; // E…
    internal const uint SetMtu = 0x80206934, GetFlags = 0xC0206911, SetFlags = 0x80206910; // SIOC…IF…
    internal const uint AddAddress4 = 0x8040691A, RemoveAddress4 = 0x80206919; // SIOCAIFADDR, SIOCDIFADDR
    internal const uint AddAddress6 = 0x8080691A, RemoveAddress6 = 0x81206919; // SIOC…IFADDR_IN6
    internal const byte FamilyIPv4 = 2, FamilyLink = 18, FamilyIPv6 = 30; // AF_…
    internal const short FlagUp = 1; // IFF_UP
    private const int FamilySystem = 32, FamilyRoute = 17, Datagram = 2, Raw = 3, SystemControl = 2; // PF_…, SOCK_…
    private const uint GetControlId = 0xC0644E03; // CTLIOCGINFO
    private const int InterfaceNameOption = 2; // UTUN_OPT_IFNAME
    private const int SetStatusFlags = 4, NonBlocking = 4, SetDescriptorFlags = 2, CloseOnExec = 1; // F_SETFL, F_SETFD
    private const string ControlName = "com.apple.net.utun_control";

    /// <summary>Makes a utun device.</summary>
    /// <param name="unit">Its number plus one, or 0 for the next free one.</param>
    /// <param name="name">The name the system gave.</param>
    /// <param name="error">errno, or 0.</param>
    internal static FileDescriptor OpenUtun(uint unit, out string name, out int error)
    {
        name = "";
        FileDescriptor device = OpenSocket(FamilySystem, Datagram, SystemControl, out error);
        if (error != 0) return device;

        // struct ctl_info: u32 id, char name[96].
        byte* info = stackalloc byte[100];
        var bytes = new Span<byte>(info, 100);
        bytes.Clear();
        System.Text.Encoding.ASCII.GetBytes(ControlName, bytes[4..]);
        error = Control(device, GetControlId, info);
        if (error != 0) return device;

        // struct sockaddr_ctl: u8 length, u8 family, u16 system address, u32 id, u32 unit, u32 reserved[5].
        byte* address = stackalloc byte[32];
        new Span<byte>(address, 32).Clear();
        (address[0], address[1], address[2]) = (32, FamilySystem, SystemControl);
        *(uint*)(address + 4) = *(uint*)info;
        *(uint*)(address + 8) = unit;
        if (ConnectCore(device, address, 32) != 0) error = Marshal.GetLastPInvokeError();
        if (error == 0) error = SetFlag(device, SetStatusFlags, NonBlocking);
        if (error == 0) error = SetFlag(device, SetDescriptorFlags, CloseOnExec);
        if (error != 0) return device;

        uint length = 100;
        if (GetSocketOptionCore(device, SystemControl, InterfaceNameOption, info, ref length) != 0)
            error = Marshal.GetLastPInvokeError();
        else
            name = Marshal.PtrToStringUTF8((nint)info) ?? "";
        return device;
    }

    /// <summary>Opens a socket to control interfaces of a family by.</summary>
    internal static FileDescriptor OpenControlSocket(byte family, out int error) =>
        OpenSocket(family, Datagram, 0, out error);

    /// <summary>Opens a socket to the routing table; see route(4).</summary>
    internal static FileDescriptor OpenRouteSocket(out int error) => OpenSocket(FamilyRoute, Raw, 0, out error);

    /// <summary>Controls a device or socket; see ioctl(2).</summary>
    /// <returns>0 or errno.</returns>
    internal static int Control(FileDescriptor descriptor, uint request, byte* argument)
    {
        // ioctl is variadic. On arm64 macOS passes variadic arguments on the stack alone: six more fill the registers,
        // so that the argument lands there.
        int result = RuntimeInformation.ProcessArchitecture == Architecture.Arm64
            ? ControlStackCore(descriptor, request, 0, 0, 0, 0, 0, 0, (nint)argument)
            : ControlCore(descriptor, request, (nint)argument);
        return result == 0 ? 0 : Marshal.GetLastPInvokeError();
    }

    /// <summary>Sends a message to the routing table.</summary>
    /// <returns>0 or errno.</returns>
    internal static int SendRoute(FileDescriptor socket, ReadOnlySpan<byte> message)
    {
        fixed (byte* first = message)
            return WriteCore(socket, first, (nuint)message.Length) >= 0 ? 0 : Marshal.GetLastPInvokeError();
    }

    private static FileDescriptor OpenSocket(int family, int type, int protocol, out int error)
    {
        int descriptor = SocketCore(family, type, protocol);
        error = descriptor < 0 ? Marshal.GetLastPInvokeError() : 0;
        return new FileDescriptor(descriptor);
    }

    private static int SetFlag(FileDescriptor descriptor, int command, int value)
    {
        // Variadic like ioctl.
        int result = RuntimeInformation.ProcessArchitecture == Architecture.Arm64
            ? FlagStackCore(descriptor, command, 0, 0, 0, 0, 0, 0, value)
            : FlagCore(descriptor, command, value);
        return result >= 0 ? 0 : Marshal.GetLastPInvokeError();
    }

    [LibraryImport("libc", EntryPoint = "socket", SetLastError = true)]
    private static partial int SocketCore(int family, int type, int protocol);

    [LibraryImport("libc", EntryPoint = "connect", SetLastError = true)]
    private static partial int ConnectCore(FileDescriptor socket, byte* address, uint length);

    [LibraryImport("libc", EntryPoint = "getsockopt", SetLastError = true)]
    private static partial int GetSocketOptionCore(
        FileDescriptor socket, int level, int option, byte* value, ref uint length);

    [LibraryImport("libc", EntryPoint = "ioctl", SetLastError = true)]
    private static partial int ControlCore(FileDescriptor descriptor, nuint request, nint argument);

    [LibraryImport("libc", EntryPoint = "ioctl", SetLastError = true)]
    private static partial int ControlStackCore(
        FileDescriptor descriptor, nuint request, nint x2, nint x3, nint x4, nint x5, nint x6, nint x7, nint argument);

    [LibraryImport("libc", EntryPoint = "fcntl", SetLastError = true)]
    private static partial int FlagCore(FileDescriptor descriptor, int command, nint value);

    [LibraryImport("libc", EntryPoint = "fcntl", SetLastError = true)]
    private static partial int FlagStackCore(
        FileDescriptor descriptor, int command, nint x2, nint x3, nint x4, nint x5, nint x6, nint x7, nint value);

    [LibraryImport("libc", EntryPoint = "write", SetLastError = true)]
    private static partial nint WriteCore(FileDescriptor descriptor, byte* buffer, nuint length);
}
