using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using Microsoft.Win32.SafeHandles;

namespace Whalescale.Agent.Persistence;

/// <summary>What the base class library does not offer: owners of files, and directories on disk.</summary>
[UnsupportedOSPlatform("windows")]
internal static partial class UnixFile
{
    private const int CurrentDirectory = -100; // AT_FDCWD
    private const int EmptyPath = 0x1000; // AT_EMPTY_PATH: the handle itself
    private const uint BasicStatus = 0x7FF; // STATX_BASIC_STATS
    private const int ReadOnly = 0; // O_RDONLY
    private const int EINTR = 4, EINVAL = 22;

    /// <summary>The user this process acts as.</summary>
    [LibraryImport("libc", EntryPoint = "geteuid")]
    public static partial uint GetEffectiveUserId();

    /// <summary>Owner of an open file; null where the system has no statx(2), which only Linux has.</summary>
    /// <exception cref="IOException">The status cannot be read.</exception>
    public static uint? GetOwner(SafeFileHandle file)
    {
        if (!OperatingSystem.IsLinux()) return null;
        if (StatusOfHandle(file, "", EmptyPath, BasicStatus, out FileStatus status) != 0) throw LastError("statx");
        return status.UserId;
    }

    /// <summary>Owner of what is at this path, links followed; null as above.</summary>
    /// <exception cref="IOException">The status cannot be read.</exception>
    public static uint? GetOwner(string path)
    {
        if (!OperatingSystem.IsLinux()) return null;
        if (StatusOfPath(CurrentDirectory, path, 0, BasicStatus, out FileStatus status) != 0) throw LastError("statx");
        return status.UserId;
    }

    /// <summary>Waits until the names in a directory are on disk (fsync(2) of the directory).</summary>
    /// <exception cref="IOException">They may not be.</exception>
    public static void SyncDirectory(string directory)
    {
        using SafeFileHandle handle = OpenDirectory(directory, ReadOnly);
        if (handle.IsInvalid) throw LastError("open");
        while (Sync(handle) != 0)
        {
            int error = Marshal.GetLastPInvokeError();
            if (error == EINVAL) return; // a file system that keeps no names in memory
            if (error != EINTR) throw LastError("fsync");
        }
    }

    private static IOException LastError(string call) => new($"{call}: {Marshal.GetLastPInvokeErrorMessage()}");

    [LibraryImport("libc", EntryPoint = "statx", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int StatusOfHandle(
        SafeFileHandle file, string path, int flags, uint mask, out FileStatus status);

    [LibraryImport("libc", EntryPoint = "statx", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int StatusOfPath(int directory, string path, int flags, uint mask, out FileStatus status);

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial SafeFileHandle OpenDirectory(string path, int flags);

    [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
    private static partial int Sync(SafeFileHandle file);

    /// <summary>struct statx: the same on every architecture, unlike struct stat.</summary>
    [StructLayout(LayoutKind.Explicit, Size = 256)]
    private struct FileStatus
    {
        [FieldOffset(20)]
        public uint UserId;
    }
}
