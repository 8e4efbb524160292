using System.Diagnostics;

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
        using var workshop = new Workshop();

        // The control: with its arrow declared and nothing forbidden inside, the same project builds.
        BuildResult lawful = workshop.Build("Lawful", ["Abstractions", "Types"], ("Arrow", UsesAbstractions));
        Assert.True(lawful.Succeeded, lawful.Output);

        // Types references Abstractions; that does not hand Abstractions on.
        BuildResult undeclared = workshop.Build("Undeclared", ["Types"], ("Arrow", UsesAbstractions));
        Assert.False(undeclared.Succeeded, undeclared.Output);
        Assert.True(
            undeclared.Names("Arrow.cs", "error CS0234") || undeclared.Names("Arrow.cs", "error CS0246"),
            undeclared.Output);

        BuildResult impure = workshop.Build("Impure", ["Abstractions"],
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

    private static (string Name, string Text) Returning(string file, string type, string expression) =>
        (file, $"namespace Probe;\n\npublic static class Of{file}\n{{\n"
            + $"    public static {type} Value() => {expression};\n}}\n");

    private sealed record BuildResult(bool Succeeded, string Output)
    {
        /// <summary>Whether a line of the output names both the file and the diagnostic.</summary>
        public bool Names(string file, string diagnostic) => Output.Split('\n').Any(line =>
            line.Contains($"/{file}(", StringComparison.Ordinal)
            && line.Contains(diagnostic, StringComparison.Ordinal));
    }

    /// <summary>A directory under the repository's artifacts: projects in it are under the repository's rules.</summary>
    private sealed class Workshop : IDisposable
    {
        private readonly string _directory =
            RepositoryFiles.FullPath($"artifacts/fences/{Environment.ProcessId}-{Guid.NewGuid():N}");

        public Workshop()
        {
            Directory.CreateDirectory(_directory);
            // Outputs of its own; the product's projects are used as they were built for this test.
            File.WriteAllText(Path.Combine(_directory, "Directory.Build.props"), $"""
                <Project>
                  <PropertyGroup><ArtifactsPath>$(MSBuildThisFileDirectory)out</ArtifactsPath></PropertyGroup>
                  <Import Project="{RepositoryFiles.FullPath("Directory.Build.props")}" />
                </Project>
                """);
        }

        public BuildResult Build(string name, string[] references, params (string Name, string Text)[] sources)
        {
            string folder = Path.Combine(_directory, name);
            Directory.CreateDirectory(folder);
            foreach ((string file, string text) in sources) File.WriteAllText(Path.Combine(folder, $"{file}.cs"), text);
            IEnumerable<string> arrows = references.Select(reference => RepositoryFiles.FullPath(
                ProjectLaw.Table.Single(project => project.Name == reference).ProjectFile));
            File.WriteAllText(Path.Combine(folder, $"{name}.csproj"), $"""
                <Project Sdk="Microsoft.NET.Sdk">
                  <PropertyGroup>
                    <WhalescalePure>true</WhalescalePure>
                    <WhalescaleNoAbstractions>true</WhalescaleNoAbstractions>
                    <RestorePackagesWithLockFile>false</RestorePackagesWithLockFile>
                  </PropertyGroup>
                  <ItemGroup>
                    {string.Join("\n    ", arrows.Select(file => $"<ProjectReference Include=\"{file}\" />"))}
                  </ItemGroup>
                </Project>
                """);
            return Run(Path.Combine(folder, $"{name}.csproj"));
        }

        public void Dispose() => Directory.Delete(_directory, recursive: true);

        private static BuildResult Run(string project)
        {
            string configuration = new DirectoryInfo(RepositoryFiles.Binaries).Name;
            var start = new ProcessStartInfo(Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet")
            {
                RedirectStandardOutput = true,
                RedirectStandardError = true,
                ArgumentList =
                {
                    "build", project, "-c", configuration, "-m:1", "-nodeReuse:false", "-v:minimal", "-tl:off",
                    "-p:BuildProjectReferences=false", "-p:UseSharedCompilation=false",
                },
            };
            // What the test runner's own MSBuild left behind must not steer this one.
            foreach (string variable in start.Environment.Keys.Where(key =>
                key.StartsWith("MSBUILD", StringComparison.OrdinalIgnoreCase)).ToArray())
                start.Environment.Remove(variable);

            using Process build = Process.Start(start)!;
            Task<string> errors = build.StandardError.ReadToEndAsync();
            string output = build.StandardOutput.ReadToEnd();
            build.WaitForExit();
            return new BuildResult(build.ExitCode == 0, (output + errors.Result).Replace('\\', '/'));
        }
    }
}
