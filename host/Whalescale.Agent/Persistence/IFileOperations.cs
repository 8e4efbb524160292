namespace Whalescale.Agent.Persistence;

/// <summary>The steps of replacing a file, each a single system call or nearly: a test can fail or stop between any
/// two.</summary>
internal interface IFileOperations
{
    /// <summary>Creates a file that did not exist, readable and writable by the owner alone.</summary>
    FileStream CreateNew(string path);

    void Write(FileStream file, ReadOnlySpan<byte> content);

    /// <summary>Waits until the content is on disk.</summary>
    void Sync(FileStream file);

    /// <summary>Renames; what was at <paramref name="to"/> is gone in the same instant.</summary>
    void Replace(string from, string to);

    /// <summary>Renames if there is nothing at <paramref name="to"/>.</summary>
    /// <returns>False, and nothing is done, if there is.</returns>
    bool TryMoveNew(string from, string to);

    /// <summary>Waits until the names of a directory are on disk.</summary>
    void SyncDirectory(string directory);

    /// <summary>Removes what a failed attempt left; says whether it could.</summary>
    bool TryDelete(string path);
}

/// <summary>The real ones.</summary>
internal sealed class FileOperations : IFileOperations
{
    public static readonly FileOperations Instance = new();

    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    public FileStream CreateNew(string path)
    {
        var options = new FileStreamOptions
        {
            Mode = FileMode.CreateNew,
            Access = FileAccess.Write,
            Share = FileShare.None,
            BufferSize = 0,
        };
        // From the first instant: a file that is closed to others only later may have been opened by them before.
        if (!OperatingSystem.IsWindows()) options.UnixCreateMode = OwnerOnly;
        return new FileStream(path, options);
    }

    public void Write(FileStream file, ReadOnlySpan<byte> content) => file.Write(content);

    public void Sync(FileStream file) => file.Flush(flushToDisk: true);

    public void Replace(string from, string to) => File.Move(from, to, overwrite: true);

    public bool TryMoveNew(string from, string to)
    {
        try
        {
            File.Move(from, to, overwrite: false); // link(2) and unlink(2): whole or not at all
            return true;
        }
        catch (IOException) when (File.Exists(to))
        {
            return false;
        }
    }

    public void SyncDirectory(string directory)
    {
        if (!OperatingSystem.IsWindows()) UnixFile.SyncDirectory(directory);
    }

    public bool TryDelete(string path)
    {
        try
        {
            File.Delete(path);
            return true;
        }
        catch (Exception error) when (StateFileException.IsOfFileSystem(error))
        {
            return false;
        }
    }
}
