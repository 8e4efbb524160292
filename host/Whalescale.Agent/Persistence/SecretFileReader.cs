using System.Security.Cryptography;
using Microsoft.Win32.SafeHandles;

namespace Whalescale.Agent.Persistence;

/// <summary>Opens a file that holds a secret, if it is one: nobody but its owner may read it, and we are its
/// owner.</summary>
internal static class SecretFileReader
{
    private const UnixFileMode Others =
        UnixFileMode.GroupRead | UnixFileMode.GroupWrite | UnixFileMode.GroupExecute
        | UnixFileMode.OtherRead | UnixFileMode.OtherWrite | UnixFileMode.OtherExecute;

    /// <summary>Reads a small file into <paramref name="buffer"/>.</summary>
    /// <returns>Bytes read; one more than <paramref name="limit"/> if the file is larger than that.</returns>
    /// <exception cref="StateFileException">It is missing, cannot be read, or others can read it.</exception>
    public static int Read(string path, Span<byte> buffer, int limit)
    {
        try
        {
            using SafeFileHandle file = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.Read);
            if (!OperatingSystem.IsWindows()) CheckOwner(path, UnixFile.GetOwner(file), File.GetUnixFileMode(file));
            int length = 0;
            while (length <= limit && RandomAccess.Read(file, buffer[length..(limit + 1)], length) is var read and > 0)
                length += read;
            return length;
        }
        catch (Exception error) when (StateFileException.IsOfFileSystem(error))
        {
            CryptographicOperations.ZeroMemory(buffer);
            throw StateFileException.From(error, path, "reading");
        }
    }

    /// <summary>Refuses what others can read or own; says which command mends it.</summary>
    internal static void CheckOwner(string path, uint? owner, UnixFileMode mode)
    {
        if (OperatingSystem.IsWindows()) return;
        uint self = UnixFile.GetEffectiveUserId();
        if (owner is { } other && other != self)
        {
            throw new StateFileException(StateFileFault.Permission,
                FormattableString.Invariant($"{path}: belongs to user {other}, and this process is user {self}; ")
                + FormattableString.Invariant($"run as that user, or: chown {self} '{path}'"));
        }

        if ((mode & Others) == 0) return;
        string octal = Convert.ToString((int)mode, toBase: 8).PadLeft(4, '0');
        throw new StateFileException(StateFileFault.Permission,
            $"{path}: others can use it (mode {octal}), and it holds a secret; run: chmod 600 '{path}'");
    }
}
