using System.Runtime.InteropServices;

namespace Whalescale.Connectors.Interop;

/// <summary>The calls of the C library about accounts and files that the base class library does not offer.
/// Linux.</summary>
internal static partial class LibC
{
    /// <summary>AT_FDCWD: relative names are looked up in the current directory.</summary>
    internal const int CurrentDirectory = -100;

    /// <summary>AT_SYMLINK_NOFOLLOW: tell of a link itself, not of what it names.</summary>
    internal const int NoFollow = 0x100;

    /// <summary>STATX_BASIC_STATS.</summary>
    internal const uint BasicStatistics = 0x7FF;

    /// <summary>Bytes of struct statx, the same on every architecture.</summary>
    internal const int FileStatisticsSize = 256;

    /// <summary>(gid_t)-1 and (uid_t)-1: leave as it is.</summary>
    internal const uint Unchanged = uint.MaxValue;

    [LibraryImport("libc", EntryPoint = "geteuid")]
    internal static partial uint GetEffectiveUserId();

    [LibraryImport("libc", EntryPoint = "getegid")]
    internal static partial uint GetEffectiveGroupId();

    [LibraryImport("libc", EntryPoint = "chown", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int ChangeOwner(string path, uint user, uint group);

    [LibraryImport("libc", EntryPoint = "statx", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int FileStatistics(int directory, string path, int flags, uint mask, Span<byte> result);

    [LibraryImport("libc", EntryPoint = "getgrnam_r", StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int GetGroup(
        string name, out GroupEntry entry, Span<byte> buffer, nuint length, out nint result);

    [LibraryImport("libc", EntryPoint = "getpwuid_r")]
    internal static partial int GetUser(uint user, out UserEntry entry, Span<byte> buffer, nuint length, out nint result);

    [LibraryImport("libc", EntryPoint = "getgrouplist")]
    internal static partial int GetGroups(nint userName, uint primaryGroup, Span<uint> groups, ref int count);

    /// <summary>struct group</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct GroupEntry
    {
        internal nint Name;
        internal nint Password;
        internal uint GroupId;
        internal nint Members;
    }

    /// <summary>struct passwd, as Linux lays it out.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct UserEntry
    {
        internal nint Name;
        internal nint Password;
        internal uint UserId;
        internal uint GroupId;
        internal nint Description;
        internal nint HomeDirectory;
        internal nint Shell;
    }
}
