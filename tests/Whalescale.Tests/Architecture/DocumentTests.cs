using System.Text;
using System.Text.RegularExpressions;
using Whalescale.Node;
using Whalescale.Types;

namespace Whalescale.Tests.Architecture;

/// <summary>The documents against each other and against the build.</summary>
public sealed partial class DocumentTests
{
    private static readonly string[] DecisionHeadings =
        ["## Context", "## Decision", "## Consequences", "## What would prove us wrong"];

    [Fact]
    public void No_document_has_a_dead_relative_link()
    {
        string[] dead =
        [
            .. from document in RepositoryFiles.WithExtension(".md")
               from Match link in Link().Matches(WithoutCode(RepositoryFiles.Read(document)))
               let target = link.Groups["target"].Value
               where !target.Contains("://", StringComparison.Ordinal)
                   && !target.StartsWith("mailto:", StringComparison.Ordinal)
               where !Exists(document, target)
               select $"{document}: {target}",
        ];

        RepositoryFiles.AssertNone(dead);
    }

    [Fact]
    public void Every_decision_record_has_its_four_headings_and_a_number_of_its_own()
    {
        string[] records =
        [
            .. RepositoryFiles.WithExtension(".md").Where(file =>
                file.StartsWith("docs/adr/", StringComparison.Ordinal)),
        ];

        Assert.All(records, record => Assert.Matches(@"^docs/adr/\d{4}-[a-z0-9-]+\.md$", record));
        Assert.Equal(records.Length, records.Select(record => record["docs/adr/".Length..][..4]).Distinct().Count());
        Assert.All(records, record => Assert.Equal(
            DecisionHeadings,
            RepositoryFiles.Read(record).Split('\n').Where(line => line.StartsWith("## ", StringComparison.Ordinal))));
    }

    [Fact]
    public void Every_package_has_an_exact_version_and_a_line_in_the_decision_record()
    {
        string record = RepositoryFiles.Read("docs/adr/0011-packages.md");

        foreach (var package in RepositoryFiles.Xml("Directory.Packages.props").Descendants("PackageVersion"))
        {
            string name = package.Attribute("Include")!.Value;
            Assert.Matches(@"^\d+(\.\d+){1,3}(-[0-9A-Za-z.]+)?$", package.Attribute("Version")!.Value);
            Assert.Contains($"| `{name}` |", record);
        }
    }

    [Fact]
    public void Project_files_leave_versions_to_the_central_list()
    {
        foreach (string project in RepositoryFiles.WithExtension(".csproj"))
            Assert.All(RepositoryFiles.Xml(project).Descendants("PackageReference"), package =>
                Assert.True(
                    package.Attribute("Version") is null && package.Attribute("VersionOverride") is null,
                    $"{project}: {package}"));
    }

    [Fact]
    public void The_design_states_every_limit_as_the_code_has_it()
    {
        IEnumerable<string> code = typeof(Limits).GetFields()
            .Select(field => $"`{field.Name}` {field.GetRawConstantValue()}");

        IEnumerable<string> design = MarkdownTable.Under("DESIGN.md", "Limits").Select(row => $"{row[0]} {row[1]}");

        Assert.Equal(code.Order(StringComparer.Ordinal), design.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Every_log_event_has_a_number_of_its_own_and_a_line_for_the_operator()
    {
        string[] events =
        [
            .. RepositoryFiles.WithExtension(".cs")
                .Where(file => file.StartsWith("host/", StringComparison.Ordinal))
                .SelectMany(file => EventId().Matches(RepositoryFiles.Read(file)))
                .Select(match => match.Groups[1].Value),
        ];
        IEnumerable<string> explained = MarkdownTable.Under("docs/operations.md", "Log events").Select(row => row[0]);

        Assert.Equal(events.Distinct(), events);
        RepositoryFiles.AssertNone(events.Except(explained));
    }

    [Fact]
    public void Every_counter_of_a_node_has_a_line_for_the_operator()
    {
        string operations = RepositoryFiles.Read("docs/operations.md");
        Type? counters = typeof(NodeStatus).Assembly.GetType("Whalescale.Node.Counter");
        IEnumerable<string> names = counters is null ? [] : Enum.GetNames(counters).Select(name =>
            string.Join('_', Word().Matches(name).Select(word => word.Value.ToLowerInvariant())));

        RepositoryFiles.AssertNone(names.Where(name => !operations.Contains($"`{name}`", StringComparison.Ordinal)));
    }

    [Fact]
    public void No_type_bears_a_word_that_the_naming_table_rules_out()
    {
        string[] words =
        [
            .. MarkdownTable.Under("docs/naming.md", "Words")
                .SelectMany(row => InlineCode().Matches(row[^1]))
                .Select(match => match.Groups[1].Value),
        ];
        Assert.Contains("hello", words);

        IEnumerable<string> named =
            from project in ProjectLaw.Table
            from type in AssemblyFacts.Of(project.AssemblyFile).DefinedTypes
            where type.Namespace.StartsWith("Whalescale", StringComparison.Ordinal)
            where WordsOf(type.Name).Any(words.Contains)
            select $"{type.Namespace}.{type.Name}";

        RepositoryFiles.AssertNone(named);
    }

    [Theory]
    [InlineData("HelloMessage", "hello message")]
    [InlineData("UdpSocketSet", "udp socket set")]
    [InlineData("IPacketScheduler", "i packet scheduler")]
    [InlineData("Synopsis", "synopsis")]
    public void A_type_name_is_read_word_by_word(string name, string words) =>
        Assert.Equal(words, string.Join(' ', WordsOf(name)));

    private static IEnumerable<string> WordsOf(string typeName) =>
        Word().Matches(typeName).Select(match => match.Value.ToLowerInvariant());

    private static bool Exists(string document, string target)
    {
        string[] parts = target.Split('#', 2);
        string file = parts[0].Length == 0
            ? document
            : Path.GetRelativePath(
                RepositoryFiles.Root,
                Path.GetFullPath(Path.Combine(RepositoryFiles.Root, Path.GetDirectoryName(document)!, parts[0])));
        string full = RepositoryFiles.FullPath(file);
        if (!File.Exists(full) && !Directory.Exists(full)) return false;
        return parts.Length == 1 || !file.EndsWith(".md", StringComparison.Ordinal) || Anchors(file).Contains(parts[1]);
    }

    /// <summary>Anchors of a document's headings, as the usual viewers make them.</summary>
    private static IEnumerable<string> Anchors(string file) =>
        RepositoryFiles.Read(file).Split('\n').Where(line => line.StartsWith('#')).Select(line =>
        {
            var anchor = new StringBuilder();
            foreach (char c in line.TrimStart('#').Trim().ToLowerInvariant())
                if (char.IsLetterOrDigit(c) || c is '-' or '_') anchor.Append(c);
                else if (c == ' ') anchor.Append('-');
            return anchor.ToString();
        });

    private static string WithoutCode(string text) => Code().Replace(text, "");

    [GeneratedRegex(@"\]\((?<target>[^)\s]+)\)")]
    private static partial Regex Link();

    [GeneratedRegex(@"^```.*?^```|`[^`\n]*`", RegexOptions.Singleline | RegexOptions.Multiline)]
    private static partial Regex Code();

    [GeneratedRegex(@"\bEventId = (\d+)")]
    private static partial Regex EventId();

    [GeneratedRegex("`([a-z]+)`")]
    private static partial Regex InlineCode();

    [GeneratedRegex("[A-Z]+(?![a-z])|[A-Z][a-z0-9]*|[a-z0-9]+")]
    private static partial Regex Word();
}
