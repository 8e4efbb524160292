using System.Runtime.InteropServices;
using Whalescale.Connectors.Interop;

namespace Whalescale.Connectors;

/// <summary>Owner, mode and identity of a file: what trust in a path is decided by. Linux.</summary>
/// <param name="UserId">Owner.</param>
/// <param name="GroupId">Group.</param>
/// <param name="Mode">Permission bits with set-id and sticky bits.</param>
/// <param name="Kind">What it is.</param>
/// <param name="Device">Device it lies on.</param>
/// <param name="Inode">Number on that device; with <paramref name="Device"/> the same file, whatever its name.</param>
public readonly record struct UnixFile(
    uint UserId, uint GroupId, UnixFileMode Mode, UnixFileKind Kind, ulong Device, ulong Inode)
{
    private const int PermissionBits = 0xFFF;

    /// <summary>Whether anybody but the owner may write it.</summary>
    public bool IsWritableByOthers => (Mode & (UnixFileMode.GroupWrite | UnixFileMode.OtherWrite)) != 0;

    /// <summary>Looks at a file itself: a symbolic link is told of, not followed.</summary>
    /// <returns>Null if there is no such file, or it cannot be looked at.</returns>
    public static UnixFile? Find(string path)
    {
        if (!OperatingSystem.IsLinux()) return null;
        Span<byte> result = stackalloc byte[LibC.FileStatisticsSize];
        if (LibC.FileStatistics(LibC.CurrentDirectory, path, LibC.NoFollow, LibC.BasicStatistics, result) != 0)
            return null;

        // Offsets of struct statx (statx(2)): uid 20, gid 24, mode 28, inode 32, device 136 and 140.
        int mode = MemoryMarshal.Read<ushort>(result[28..]);
        uint major = MemoryMarshal.Read<uint>(result[136..]), minor = MemoryMarshal.Read<uint>(result[140..]);
        return new UnixFile(
            MemoryMarshal.Read<uint>(result[20..]),
            MemoryMarshal.Read<uint>(result[24..]),
            (UnixFileMode)(mode & PermissionBits),
            KindOf(mode),
            ((ulong)major << 32) | minor,
            MemoryMarshal.Read<ulong>(result[32..]));
    }

    /// <summary>S_IFMT of the mode (inode(7)).</summary>
    private static UnixFileKind KindOf(int mode) => (mode & 0xF000) switch
    {
        0x8000 => UnixFileKind.Regular,
        0x4000 => UnixFileKind.Directory,
        0xA000 => UnixFileKind.SymbolicLink,
        0xC000 => UnixFileKind.Socket,
        _ => UnixFileKind.Other,
    };
}

/// <summary>What a name in the file system stands for.</summary>
public enum UnixFileKind
{
    /// <summary>A device, a pipe.</summary>
    Other,

    /// <summary>A file with content.</summary>
    Regular,

    /// <summary>A directory.</summary>
    Directory,

    /// <summary>A symbolic link.</summary>
    SymbolicLink,

    /// <summary>A Unix domain socket.</summary>
    Socket,
}
