namespace Whalescale.Tests.Persistence;

/// <summary>A directory of the test's own (0700), gone after it.</summary>
internal sealed class TemporaryDirectory : IDisposable
{
    public string FullPath { get; } = Directory.CreateTempSubdirectory("whalescale-test-").FullName;

    public string this[string name] => Path.Combine(FullPath, name);

    public string[] Names => [.. Directory.GetFileSystemEntries(FullPath).Select(each => Path.GetFileName(each)!)];

    public void Dispose() => Directory.Delete(FullPath, recursive: true);
}
