using System.Xml.Linq;

namespace Whalescale.Tests.Architecture;

/// <summary>The repository this test was built from, as files.</summary>
internal static class RepositoryFiles
{
    private static readonly string[] Generated =
        [".git", ".idea", ".vs", "artifacts", "bin", "obj", "BenchmarkDotNet.Artifacts", "TestResults"];

    /// <summary>Directory of Whalescale.sln, found upwards from the test assembly.</summary>
    public static string Root { get; } = FindRoot();

    /// <summary>Directory of the assemblies under test: the test's own output.</summary>
    public static string Binaries => AppContext.BaseDirectory;

    /// <summary>Every file that people write, relative to the root, with forward slashes, in ordinal order.</summary>
    public static IReadOnlyList<string> All { get; } = [.. Walk(Root).Order(StringComparer.Ordinal)];

    public static IEnumerable<string> WithExtension(string extension) =>
        All.Where(file => file.EndsWith(extension, StringComparison.Ordinal));

    public static string FullPath(string relative) => Path.Combine(Root, relative);

    public static string Read(string relative) => File.ReadAllText(FullPath(relative));

    public static XElement Xml(string relative) => XDocument.Load(FullPath(relative)).Root!;

    /// <summary>Whether the file starts as a script does.</summary>
    public static bool IsScript(string relative)
    {
        using FileStream stream = File.OpenRead(FullPath(relative));
        return stream.ReadByte() == '#' && stream.ReadByte() == '!';
    }

    /// <summary>Fails with the whole list, one finding a line.</summary>
    public static void AssertNone(IEnumerable<string> findings)
    {
        string text = string.Join("\n", findings);
        Assert.True(text.Length == 0, text);
    }

    private static IEnumerable<string> Walk(string directory)
    {
        foreach (string file in Directory.EnumerateFiles(directory))
            if (Path.GetFileName(file) != ".git") // a file, not a directory, in a linked working tree
                yield return Path.GetRelativePath(Root, file).Replace('\\', '/');
        foreach (string child in Directory.EnumerateDirectories(directory))
            if (!Generated.Contains(Path.GetFileName(child)))
                foreach (string file in Walk(child)) yield return file;
    }

    private static string FindRoot()
    {
        for (DirectoryInfo? at = new(AppContext.BaseDirectory); at is not null; at = at.Parent)
            if (File.Exists(Path.Combine(at.FullName, "Whalescale.sln"))) return at.FullName;
        throw new InvalidOperationException($"No Whalescale.sln above {AppContext.BaseDirectory}.");
    }
}
