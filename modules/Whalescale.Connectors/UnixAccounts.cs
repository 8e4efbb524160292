using Whalescale.Connectors.Interop;

namespace Whalescale.Connectors;

/// <summary>Users and groups of this machine, by number. Linux; elsewhere nobody is a member of anything.</summary>
public static class UnixAccounts
{
    /// <summary>Bytes for one entry of the account database; getgrnam_r fails above, which reads as "no such
    /// group".</summary>
    private const int EntryBufferBytes = 64 * 1024;

    /// <summary>Groups of one user that are looked at; the kernel's own limit is 65536, real users have a
    /// dozen.</summary>
    private const int GroupsPerUser = 1024;

    /// <summary>User id this process acts with.</summary>
    public static uint EffectiveUserId => LibC.GetEffectiveUserId();

    /// <summary>Group id this process acts with.</summary>
    public static uint EffectiveGroupId => LibC.GetEffectiveGroupId();

    /// <summary>Number of the group of this name, or null.</summary>
    public static uint? FindGroup(string name)
    {
        if (!OperatingSystem.IsLinux()) return null;
        var buffer = new byte[EntryBufferBytes];
        int error = LibC.GetGroup(name, out LibC.GroupEntry entry, buffer, (nuint)buffer.Length, out nint found);
        return error == 0 && found != 0 ? entry.GroupId : null;
    }

    /// <summary>Whether the user belongs to the group, by primary group or by membership.</summary>
    public static bool IsMember(uint user, uint group)
    {
        if (!OperatingSystem.IsLinux()) return false;
        // The name that the entry points to lies in the buffer: it must not move before the groups are read.
        byte[] buffer = GC.AllocateUninitializedArray<byte>(EntryBufferBytes, pinned: true);
        int error = LibC.GetUser(user, out LibC.UserEntry entry, buffer, (nuint)buffer.Length, out nint found);
        if (error != 0 || found == 0) return false;
        Span<uint> groups = stackalloc uint[GroupsPerUser];
        int count = GroupsPerUser;
        if (LibC.GetGroups(entry.Name, entry.GroupId, groups, ref count) < 0) return entry.GroupId == group;
        return groups[..count].Contains(group);
    }
}
