namespace Whalescale.Agent.Persistence;

/// <summary>Files that are there whole or not at all, whatever happens between two instructions.</summary>
/// <remarks>
/// <code>
/// create .name.x.tmp (new, 0600) → write → fsync → rename to name → fsync the directory
/// └───────────── a crash leaves the old file and a leftover ────────┘└─ a crash leaves the new file ─┘
/// </code>
/// Leftovers end in ".tmp", begin with a dot, and are never read.
/// </remarks>
internal static class AtomicFile
{
    private const string LeftoverSuffix = ".tmp";

    /// <summary>Replaces or creates a file; mode 0600.</summary>
    /// <exception cref="IOException">It could not be done; the old content still stands. Or, from the last step: the
    /// new one stands, and may not survive a loss of power.</exception>
    /// <exception cref="UnauthorizedAccessException">It is not permitted; the old content still stands.</exception>
    public static void Replace(string path, ReadOnlySpan<byte> content, IFileOperations operations) =>
        Write(path, content, operations, isNew: false);

    /// <summary>Creates a file unless there is one; mode 0600.</summary>
    /// <returns>False, and nothing has changed, if there is one.</returns>
    /// <exception cref="IOException">It could not be done.</exception>
    /// <exception cref="UnauthorizedAccessException">It is not permitted.</exception>
    public static bool TryCreate(string path, ReadOnlySpan<byte> content, IFileOperations operations) =>
        !File.Exists(path) && Write(path, content, operations, isNew: true);

    /// <summary>Whether a file of this name was left by a write that did not end.</summary>
    public static bool IsLeftover(string fileName) =>
        fileName.StartsWith('.') && fileName.EndsWith(LeftoverSuffix, StringComparison.Ordinal);

    private static bool Write(string path, ReadOnlySpan<byte> content, IFileOperations operations, bool isNew)
    {
        string directory = Path.GetDirectoryName(path) is { Length: > 0 } parent ? parent : ".";
        string leftover = Path.Combine(directory,
            $".{Path.GetFileName(path)}.{Path.GetRandomFileName()}{LeftoverSuffix}");
        bool isMoved = false;
        try
        {
            using (FileStream file = operations.CreateNew(leftover))
            {
                operations.Write(file, content);
                operations.Sync(file);
            }

            isMoved = isNew ? operations.TryMoveNew(leftover, path) : Move(leftover, path, operations);
        }
        finally
        {
            // Nothing more can be done if this fails too: the next start removes it.
            if (!isMoved) _ = operations.TryDelete(leftover);
        }

        if (isMoved) operations.SyncDirectory(directory);
        return isMoved;
    }

    private static bool Move(string from, string to, IFileOperations operations)
    {
        operations.Replace(from, to);
        return true;
    }
}
