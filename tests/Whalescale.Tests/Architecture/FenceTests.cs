namespace Whalescale.Tests.Architecture;

/// <summary>Shows on small projects of its own that the build refuses what the law forbids.</summary>
[Trait("Category", "Build")]
public sealed class FenceTests
{
    private const string UsesAbstractions =
        "using Whalescale.Abstractions;\n\nnamespace Probe;\n\npublic static class Arrow\n{\n"
        + "    public static int Size => NodeId.Size;\n}\n";

    [Fact]
    public void Putting_an_arrow_a_clock_or_a_socket_where_it_must_not_be_fails_the_build()
    {
        using var workshop = new ProjectWorkshop();

        // The control: with its arrow declared and nothing forbidden inside, the same project builds.
        BuildResult lawful = workshop.Build("Lawful", ["Abstractions", "Types"], [], ("Arrow", UsesAbstractions));
        Assert.True(lawful.Succeeded, lawful.Output);

        // Types references Abstractions; that does not hand Abstractions on.
        BuildResult undeclared = workshop.Build("Undeclared", ["Types"], [], ("Arrow", UsesAbstractions));
        Assert.False(undeclared.Succeeded, undeclared.Output);
        Assert.True(
            undeclared.Names("Arrow.cs", "error CS0234") || undeclared.Names("Arrow.cs", "error CS0246"),
            undeclared.Output);

        BuildResult impure = workshop.Build("Impure", ["Abstractions"], [],
            Returning("Clock", "long", "System.Diagnostics.Stopwatch.GetTimestamp()"),
            Returning("Chance", "int", "System.Random.Shared.Next()"),
            Returning("Socket", "object", "new System.Net.Sockets.Socket(default, default, default)"),
            Returning("Task", "object", "System.Threading.Tasks.Task.CompletedTask"),
            Returning("Lawful", "long", "1"));
        Assert.False(impure.Succeeded, impure.Output);
        foreach (string file in (string[])["Clock.cs", "Chance.cs", "Socket.cs", "Task.cs"])
            Assert.True(impure.Names(file, "error RS0030"), $"{file}\n{impure.Output}");
        Assert.False(impure.Names("Lawful.cs", "error"), impure.Output);
    }

    [Fact]
    public void The_scheduler_of_the_plugin_guide_builds_against_the_abstractions_alone()
    {
        using var workshop = new ProjectWorkshop();
        string guide = RepositoryFiles.Read("docs/plugins.md");
        string code = guide.Split("```csharp\n")[1].Split("```")[0];

        BuildResult built = workshop.Build(
            "Guide", ["Abstractions"], ["System.Composition.AttributedModel"], ("FirstPath", code));

        Assert.True(built.Succeeded, built.Output);
    }

    private static (string Name, string Text) Returning(string file, string type, string expression) =>
        (file, $"namespace Probe;\n\npublic static class Of{file}\n{{\n"
            + $"    public static {type} Value() => {expression};\n}}\n");
}
