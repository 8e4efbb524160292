namespace Whalescale.Agent.Persistence;

/// <summary>State as files in one directory that nobody else can enter (0700).</summary>
/// <remarks>Names are lower-case letters, digits, '.' and '-'. One process owns the directory; its calls may come from
/// any thread.</remarks>
internal sealed class FileStateStore : IStateStore
{
    /// <summary>Bytes of a file; a larger one is not ours.</summary>
    private const long LargestFile = 16 << 20;

    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    private readonly IFileOperations _operations;
    private readonly Lock _gate = new();

    private FileStateStore(string directory, IFileOperations operations) =>
        (DirectoryPath, _operations) = (directory, operations);

    /// <summary>The directory.</summary>
    public string DirectoryPath { get; }

    /// <summary>Opens the directory, and creates it if it is missing.</summary>
    /// <exception cref="StateFileException">It cannot be created, belongs to somebody else, or others can enter it.
    /// </exception>
    public static FileStateStore Open(string directory, IFileOperations? operations = null)
    {
        directory = Path.GetFullPath(directory);
        try
        {
            if (File.Exists(directory))
                throw new StateFileException(StateFileFault.Failed,
                    $"{directory}: is a file; a directory is needed here");
            if (OperatingSystem.IsWindows()) Directory.CreateDirectory(directory);
            else CreateForOwner(directory);
            return new FileStateStore(directory, operations ?? FileOperations.Instance);
        }
        catch (Exception error) when (StateFileException.IsOfFileSystem(error))
        {
            throw StateFileException.From(error, directory, "creating the state directory");
        }
    }

    /// <summary>Removes what writes that did not end have left. For the one process that owns the directory, at
    /// start.</summary>
    /// <returns>Files removed.</returns>
    public int RemoveLeftovers() => Directory.EnumerateFiles(DirectoryPath)
        .Count(file => AtomicFile.IsLeftover(Path.GetFileName(file)) && _operations.TryDelete(file));

    /// <inheritdoc/>
    public byte[]? Load(string name)
    {
        string path = PathOf(name);
        try
        {
            lock (_gate)
            {
                var file = new FileInfo(path);
                if (!file.Exists) return null;
                if (file.Length > LargestFile)
                    throw new StateFileException(StateFileFault.Content, $"{path}: is larger than any file of ours");
                return File.ReadAllBytes(path);
            }
        }
        catch (Exception error) when (StateFileException.IsOfFileSystem(error))
        {
            throw StateFileException.From(error, path, "reading");
        }
    }

    /// <inheritdoc/>
    public void Save(string name, ReadOnlySpan<byte> content)
    {
        string path = PathOf(name);
        try
        {
            lock (_gate) AtomicFile.Replace(path, content, _operations);
        }
        catch (Exception error) when (StateFileException.IsOfFileSystem(error))
        {
            throw StateFileException.From(error, path, "writing");
        }
    }

    [System.Runtime.Versioning.UnsupportedOSPlatform("windows")]
    private static void CreateForOwner(string directory)
    {
        if (!Directory.Exists(directory))
        {
            if (Path.GetDirectoryName(directory) is { Length: > 0 } parent) Directory.CreateDirectory(parent);
            Directory.CreateDirectory(directory, OwnerOnly);
        }

        uint self = UnixFile.GetEffectiveUserId();
        if (UnixFile.GetOwner(directory) is { } owner && owner != self)
        {
            throw new StateFileException(StateFileFault.Permission,
                FormattableString.Invariant($"{directory}: belongs to user {owner}, and this process is user {self}; ")
                + FormattableString.Invariant($"run as that user, or: chown {self} '{directory}'"));
        }

        UnixFileMode mode = File.GetUnixFileMode(directory);
        if ((mode & ~OwnerOnly) == 0) return;
        string octal = Convert.ToString((int)mode, toBase: 8).PadLeft(4, '0');
        throw new StateFileException(StateFileFault.Permission,
            $"{directory}: others can enter it (mode {octal}), and it holds secrets; run: chmod 700 '{directory}'");
    }

    private string PathOf(string name)
    {
        bool isGood = name.Length is > 0 and <= 100 && name[0] != '.'
            && name.All(each => char.IsAsciiLetterLower(each) || char.IsAsciiDigit(each) || each is '.' or '-');
        if (!isGood) throw new ArgumentException($"\"{name}\" is no name for a file of state.", nameof(name));
        return Path.Combine(DirectoryPath, name);
    }
}
