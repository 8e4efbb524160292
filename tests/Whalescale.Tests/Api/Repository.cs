namespace Whalescale.Tests.Api;

/// <summary>Finds files of the repository from where the tests run.</summary>
internal static class Repository
{
    private static readonly Lazy<string> Root = new(FindRoot);

    public static string File(string relativePath) => Path.Combine(Root.Value, relativePath);

    private static string FindRoot()
    {
        for (DirectoryInfo? at = new(AppContext.BaseDirectory); at is not null; at = at.Parent)
        {
            if (System.IO.File.Exists(Path.Combine(at.FullName, "Whalescale.sln"))) return at.FullName;
        }

        throw new DirectoryNotFoundException("Whalescale.sln is not above the tests.");
    }
}
