using System.Diagnostics;

namespace Whalescale.Tests.Architecture;

/// <summary>Builds small projects in a directory under the repository's artifacts, where the repository's rules
/// hold.</summary>
internal sealed class ProjectWorkshop : IDisposable
{
    private readonly string _directory =
        RepositoryFiles.FullPath($"artifacts/fences/{Environment.ProcessId}-{Guid.NewGuid():N}");

    public ProjectWorkshop()
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

    public BuildResult Build(
        string name, string[] references, string[] packages, params (string Name, string Text)[] sources)
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
                {string.Join("\n    ", packages.Select(package => $"<PackageReference Include=\"{package}\" />"))}
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

/// <summary>What the build said.</summary>
internal sealed record BuildResult(bool Succeeded, string Output)
{
    /// <summary>Whether a line of the output names both the file and the diagnostic.</summary>
    public bool Names(string file, string diagnostic) => Output.Split('\n').Any(line =>
        line.Contains($"/{file}(", StringComparison.Ordinal)
        && line.Contains(diagnostic, StringComparison.Ordinal));
}
