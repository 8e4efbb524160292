using System.Runtime.InteropServices;

namespace Whalescale.Tun.Interop;

/// <summary>The calls a TUN device of Linux needs.</summary>
internal static unsafe partial class LibC
{
    internal const int NotPermitted = 1, NoEntry = 2, Interrupted = 4, InputOutput = 5, NoDeviceOrAddress = 6; // E…
    internal const int Again = 11, AccessDenied = 13, Busy = 16, Exists = 17, NoSuchDevice = 19; // E…
    internal const int InvalidArgument = 22, BadDescriptorState = 77, NotSupported = 95; // E…
    internal const int FamilyNotSupported = 97, AddressNotAvailable = 99; // E…
    internal const uint SetInterface = 0x400454ca, SetOffload = 0x400454d0, SetHeaderSize = 0x400454d8; // TUNSET…
    internal const short TunNoInfoVirtioHeader = 0x0001 | 0x1000 | 0x4000; // IFF_TUN, IFF_NO_PI, IFF_VNET_HDR
    internal const int OffloadChecksum = 1, OffloadTcp = 2 | 4, OffloadUdp = 0x20 | 0x40; // TUN_F_CSUM, …TSO4 | 6, …USO4 | 6
    internal const int InterfaceRequestSize = 40, InterfaceNameSize = 16, InterfaceFlagsOffset = 16; // struct ifreq
    private const int ReadWrite = 2, NonBlocking = 0x800, CloseOnExec = 0x80000; // O_…

    /// <summary>Opens a device file for reading and writing, non-blocking; see open(2).</summary>
    internal static FileDescriptor OpenDevice(string path, out int error)
    {
        int descriptor = OpenCore(path, ReadWrite | NonBlocking | CloseOnExec);
        error = descriptor < 0 ? Marshal.GetLastPInvokeError() : 0;
        return new FileDescriptor(descriptor);
    }

    /// <summary>Controls a device; see ioctl(2).</summary>
    /// <returns>0 or errno.</returns>
    internal static int Control(FileDescriptor device, uint request, nint argument) =>
        ControlCore(device, request, argument) == 0 ? 0 : Marshal.GetLastPInvokeError();

    /// <summary>Reads one packet; see read(2). A call that a signal cut short is taken up again.</summary>
    /// <returns>Bytes, or -1 with the reason in <paramref name="error"/>.</returns>
    internal static nint Read(FileDescriptor device, byte* buffer, int length, out int error)
    {
        nint read;
        do
        {
            read = ReadCore(device, buffer, (nuint)length);
            error = read < 0 ? Marshal.GetLastPInvokeError() : 0;
        }
        while (error == Interrupted);
        return read;
    }

    /// <summary>Writes one packet from several places; see writev(2). A call that a signal cut short is taken up
    /// again.</summary>
    /// <returns>0 or errno.</returns>
    internal static int Write(FileDescriptor device, IoVector* vectors, int count)
    {
        int error;
        do error = WriteCore(device, vectors, count) >= 0 ? 0 : Marshal.GetLastPInvokeError();
        while (error == Interrupted);
        return error;
    }

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int OpenCore(string path, int flags);

    [LibraryImport("libc", EntryPoint = "ioctl", SetLastError = true)]
    private static partial int ControlCore(FileDescriptor device, nuint request, nint argument);

    [LibraryImport("libc", EntryPoint = "read", SetLastError = true)]
    private static partial nint ReadCore(FileDescriptor device, byte* buffer, nuint length);

    [LibraryImport("libc", EntryPoint = "writev", SetLastError = true)]
    private static partial nint WriteCore(FileDescriptor device, IoVector* vectors, int count);
}

/// <summary>struct iovec.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct IoVector
{
    public nint Base;
    public nuint Length;
}
