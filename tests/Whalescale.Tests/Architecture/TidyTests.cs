using System.Text.RegularExpressions;

namespace Whalescale.Tests.Architecture;

/// <summary>The repository as text: sizes, ends of lines, words that do not belong.</summary>
public sealed partial class TidyTests
{
    private const int SourceLineLimit = 500;
    private const int TestLineLimit = 700;
    private const int LineLength = 140; // 120 is what an editor is told; a sentence or a table may run over

    private static readonly string[] TextExtensions =
    [
        ".cs", ".csproj", ".editorconfig", ".fsx", ".gitattributes", ".gitignore", ".json", ".md", ".props", ".service",
        ".sh", ".sln", ".targets", ".toml", ".txt", ".xml", ".yaml", ".yml",
    ];

    private static IEnumerable<string> TextFiles => RepositoryFiles.All.Where(file =>
        (TextExtensions.Contains(Path.GetExtension(file)) && !IsPublished(file)) || RepositoryFiles.IsScript(file));

    private static IEnumerable<string> Sources => RepositoryFiles.WithExtension(".cs");

    [Fact]
    public void No_source_file_is_longer_than_its_limit() =>
        RepositoryFiles.AssertNone(Sources.Where(file => LinesOf(file).Length > Limit(file)));

    [Fact]
    public void No_line_of_source_is_longer_than_its_limit() =>
        RepositoryFiles.AssertNone(Where(Sources, line => line.Length > LineLength));

    [Fact]
    public void No_source_file_or_script_carries_a_reminder_to_finish_it()
    {
        IEnumerable<string> files = Sources.Concat(RepositoryFiles.WithExtension(".csproj"))
            .Concat(RepositoryFiles.All.Where(RepositoryFiles.IsScript));
        RepositoryFiles.AssertNone(Where(files, line => Reminder().IsMatch(line)));
    }

    [Fact]
    public void No_source_file_hides_code_in_regions() =>
        RepositoryFiles.AssertNone(Where(Sources, line =>
            line.TrimStart().StartsWith("#region", StringComparison.Ordinal)));

    [Fact]
    public void Lines_end_with_a_line_feed_alone() =>
        RepositoryFiles.AssertNone(TextFiles.Where(file => RepositoryFiles.Read(file).Contains('\r')));

    [Fact]
    public void Files_end_with_one_line_feed()
    {
        // JSON is left out: lock files are written by other tools.
        RepositoryFiles.AssertNone(TextFiles.Where(file => Path.GetExtension(file) != ".json").Where(file =>
        {
            string text = RepositoryFiles.Read(file);
            return text.Length > 0 && (text[^1] != '\n' || text.EndsWith("\n\n", StringComparison.Ordinal));
        }));
    }

    [Fact]
    public void No_file_names_a_directory_of_a_developers_machine() =>
        RepositoryFiles.AssertNone(Where(TextFiles, line => DeveloperPath().IsMatch(line)));

    [Fact]
    public void Scripts_have_the_run_bit()
    {
        if (OperatingSystem.IsWindows()) return; // no such bit there
        foreach (string script in RepositoryFiles.All.Where(RepositoryFiles.IsScript))
        {
            UnixFileMode mode = File.GetUnixFileMode(RepositoryFiles.FullPath(script));
            Assert.True(mode.HasFlag(UnixFileMode.UserExecute), script);
        }
    }

    [Theory]
    [InlineData("// TO" + "DO: later", true)]
    [InlineData("// FIX" + "ME", true)]
    [InlineData("mktemp -d demo.X" + "XXXXX", false)]
    [InlineData("var mastodon = 1;", false)]
    public void A_reminder_is_a_word_of_its_own(string line, bool expected) =>
        Assert.Equal(expected, Reminder().IsMatch(line));

    [Theory]
    [InlineData("see /ho" + "me/ann/src", true)]
    [InlineData("cp /wo" + "rk/x y", true)]
    [InlineData("/tm" + "p/wt-docs", true)]
    [InlineData("a network/wo" + "rk/place", false)]
    [InlineData("/var/lib/whalescale", false)]
    public void A_directory_of_a_developers_machine_starts_at_the_root(string line, bool expected) =>
        Assert.Equal(expected, DeveloperPath().IsMatch(line));

    /// <summary>Vectors stay as their authors published them, byte for byte.</summary>
    private static bool IsPublished(string file) =>
        file.Contains("/Conformance/", StringComparison.Ordinal) && Path.GetExtension(file) is not ".cs" and not ".md";

    private static int Limit(string file) =>
        file.StartsWith("tests/", StringComparison.Ordinal) ? TestLineLimit : SourceLineLimit;

    private static string[] LinesOf(string file) => RepositoryFiles.Read(file).TrimEnd('\n').Split('\n');

    /// <summary>"file:line" of every line that the condition holds for.</summary>
    private static IEnumerable<string> Where(IEnumerable<string> files, Func<string, bool> condition) =>
        files.SelectMany(file => LinesOf(file)
            .Select((line, index) => (line, number: index + 1))
            .Where(at => condition(at.line))
            .Select(at => $"{file}:{at.number}"));

    [GeneratedRegex(@"\b(TO" + @"DO|FIX" + @"ME|HA" + @"CK|XX" + @"X)\b")]
    private static partial Regex Reminder();

    [GeneratedRegex(@"(?<![\w.~*})-])(/(ho" + @"me|wo" + @"rk|Us" + @"ers)/|/tm" + @"p/wt-)")]
    private static partial Regex DeveloperPath();
}
