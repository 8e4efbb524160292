using System.Runtime.InteropServices;

namespace Whalescale.Tun.Interop;

/// <summary>The calls of wintun.dll 0.14 (wintun.h). Compiled, not yet run.</summary>
internal static unsafe partial class Wintun
{
    internal const int NoMoreItems = 259, HandleEnd = 38, BufferOverflow = 111, AccessDenied = 5; // ERROR_…

    // Chosen: 4 MiB, a power of two from 128 KiB to 64 MiB as the driver asks.
    internal const uint RingBytes = 4 << 20;

    [LibraryImport(
        "wintun", EntryPoint = "WintunCreateAdapter", SetLastError = true, StringMarshalling = StringMarshalling.Utf16)]
    internal static partial nint CreateAdapter(string name, string tunnelType, in Guid requestedId);

    [LibraryImport("wintun", EntryPoint = "WintunCloseAdapter")]
    internal static partial void CloseAdapter(nint adapter);

    [LibraryImport("wintun", EntryPoint = "WintunGetAdapterLUID")]
    internal static partial void GetLuid(nint adapter, out ulong luid);

    [LibraryImport("wintun", EntryPoint = "WintunStartSession", SetLastError = true)]
    internal static partial nint StartSession(nint adapter, uint ringBytes);

    [LibraryImport("wintun", EntryPoint = "WintunEndSession")]
    internal static partial void EndSession(nint session);

    [LibraryImport("wintun", EntryPoint = "WintunGetReadWaitEvent")]
    internal static partial nint GetReadWaitEvent(nint session);

    [LibraryImport("wintun", EntryPoint = "WintunReceivePacket", SetLastError = true)]
    internal static partial byte* ReceivePacket(nint session, out uint length);

    [LibraryImport("wintun", EntryPoint = "WintunReleaseReceivePacket")]
    internal static partial void ReleaseReceivePacket(nint session, byte* packet);

    [LibraryImport("wintun", EntryPoint = "WintunAllocateSendPacket", SetLastError = true)]
    internal static partial byte* AllocateSendPacket(nint session, uint length);

    [LibraryImport("wintun", EntryPoint = "WintunSendPacket")]
    internal static partial void SendPacket(nint session, byte* packet);

    /// <summary>Sets an event; see SetEvent.</summary>
    [LibraryImport("kernel32", EntryPoint = "SetEvent", SetLastError = true)]
    [return: MarshalAs(UnmanagedType.Bool)]
    internal static partial bool SetEvent(nint handle);
}
