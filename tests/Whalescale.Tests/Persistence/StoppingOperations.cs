using Whalescale.Agent.Persistence;

namespace Whalescale.Tests.Persistence;

/// <summary>The process dies: nothing after it runs.</summary>
internal sealed class SimulatedCrash : Exception;

/// <summary>The real steps, up to a number; then every further one throws. A torn write leaves half of the
/// bytes.</summary>
internal sealed class StoppingOperations(int steps, Func<Exception> stop, bool canCleanUp) : IFileOperations
{
    /// <summary>Steps done.</summary>
    public int Used { get; private set; }

    public FileStream CreateNew(string path)
    {
        Step();
        return FileOperations.Instance.CreateNew(path);
    }

    public void Write(FileStream file, ReadOnlySpan<byte> content)
    {
        FileOperations.Instance.Write(file, content[..(content.Length / 2)]);
        Step();
        FileOperations.Instance.Write(file, content[(content.Length / 2)..]);
    }

    public void Sync(FileStream file)
    {
        Step();
        FileOperations.Instance.Sync(file);
    }

    public void Replace(string from, string to)
    {
        Step();
        FileOperations.Instance.Replace(from, to);
    }

    public bool TryMoveNew(string from, string to)
    {
        Step();
        return FileOperations.Instance.TryMoveNew(from, to);
    }

    public void SyncDirectory(string directory)
    {
        Step();
        FileOperations.Instance.SyncDirectory(directory);
    }

    public bool TryDelete(string path) => canCleanUp && FileOperations.Instance.TryDelete(path);

    private void Step()
    {
        if (Used == steps) throw stop();
        Used++;
    }
}
