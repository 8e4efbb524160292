using System.Xml.Linq;

namespace Whalescale.Tests.Architecture;

/// <summary>Who may see whom, in the project files and in DESIGN.md.</summary>
public sealed class ArrowTests
{
    [Fact]
    public void Every_product_project_stands_in_the_table_and_every_row_has_its_project()
    {
        IEnumerable<string> product = RepositoryFiles.WithExtension(".csproj").Where(file =>
            !file.StartsWith("tests/", StringComparison.Ordinal)
            && !file.StartsWith("plugins/", StringComparison.Ordinal));

        Assert.Equal(ProjectLaw.Table.Select(project => project.ProjectFile).Order(StringComparer.Ordinal), product);
    }

    [Fact]
    public void Project_references_are_those_of_the_table()
    {
        foreach (ProjectLaw project in ProjectLaw.Table)
            Assert.Equal(
                $"{project}: {Joined(project.References)}", $"{project}: {Joined(ReferencesOf(project.ProjectFile))}");
    }

    [Fact]
    public void The_arrows_table_of_the_design_is_the_same()
    {
        IEnumerable<string> law = ProjectLaw.Table.Select(project =>
            $"{project.Name}|{Joined(project.References)}|{Word(project.Kind)}");

        // Rows of the table under the heading "Arrows"; plugins have no project of their own.
        IEnumerable<string> design = MarkdownTable.Under("DESIGN.md", "Arrows")
            .Where(row => row[0] != "plugins")
            .Select(row => $"{row[0].Trim('`')}|{Joined(NamesIn(row[1]))}|{row[2]}");

        Assert.Equal(law.Order(StringComparer.Ordinal), design.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Plugins_reference_the_abstractions_alone()
    {
        foreach (string plugin in RepositoryFiles.WithExtension(".csproj")
            .Where(file => file.StartsWith("plugins/", StringComparison.Ordinal)))
            Assert.Equal((plugin, "Abstractions"), (plugin, Joined(ReferencesOf(plugin))));
    }

    [Fact]
    public void No_product_project_references_a_test()
    {
        foreach (ProjectLaw project in ProjectLaw.Table)
            Assert.DoesNotContain(ReferencesOf(project.ProjectFile), name =>
                name.StartsWith("Tests", StringComparison.Ordinal) || name is "Integration" or "Benchmarks");
    }

    [Fact]
    public void The_pure_projects_and_no_others_carry_the_mark_of_purity()
    {
        IEnumerable<string> marked = RepositoryFiles.WithExtension(".csproj")
            .Where(file => Property(file, "WhalescalePure") == "true");

        Assert.Equal(ProjectLaw.Pure.Select(project => project.ProjectFile).Order(StringComparer.Ordinal), marked);
    }

    [Fact]
    public void Unsafe_blocks_are_allowed_only_where_native_memory_or_native_calls_are() =>
        Assert.Empty(ProjectLaw.Table
            .Where(project => Property(project.ProjectFile, "AllowUnsafeBlocks") == "true")
            .Select(project => project.Name)
            .Except(ProjectLaw.MayBeUnsafe));

    private static IReadOnlyList<string> ReferencesOf(string projectFile) =>
    [
        .. RepositoryFiles.Xml(projectFile).Descendants("ProjectReference")
            .Select(reference => Path.GetFileNameWithoutExtension(reference.Attribute("Include")!.Value))
            .Select(name => name["Whalescale.".Length..]),
    ];

    private static string? Property(string projectFile, string name) =>
        RepositoryFiles.Xml(projectFile).Elements("PropertyGroup").Elements(name).Select(e => e.Value).LastOrDefault();

    private static string Joined(IEnumerable<string> names) => string.Join(", ", names.Order(StringComparer.Ordinal));

    private static string Word(ProjectKind kind) => kind switch
    {
        ProjectKind.Contracts => "contracts",
        ProjectKind.Pure => "pure",
        _ => "I/O",
    };

    private static IEnumerable<string> NamesIn(string cell) =>
        cell.Split(',', StringSplitOptions.TrimEntries).Where(name => name != "—");
}
