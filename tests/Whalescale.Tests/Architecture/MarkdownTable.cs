namespace Whalescale.Tests.Architecture;

/// <summary>Tables in the repository's documents, read as data.</summary>
internal static class MarkdownTable
{
    /// <summary>Rows of the first table after a heading, cells trimmed, without its head and rule.</summary>
    public static IReadOnlyList<string[]> Under(string file, string heading)
    {
        IEnumerable<string> afterHeading = RepositoryFiles.Read(file).Split('\n')
            .SkipWhile(line => !(line.StartsWith('#') && line.TrimStart('#', ' ') == heading))
            .Skip(1)
            .TakeWhile(line => !line.StartsWith('#'));
        string[] table =
        [
            .. afterHeading.SkipWhile(line => !line.StartsWith('|')).TakeWhile(line => line.StartsWith('|')).Skip(2),
        ];
        Assert.True(table.Length > 0, $"{file} has no table under the heading \"{heading}\".");
        return [.. table.Select(line => line.Trim().Trim('|').Split('|', StringSplitOptions.TrimEntries))];
    }
}
