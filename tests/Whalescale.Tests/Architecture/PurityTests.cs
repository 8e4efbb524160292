namespace Whalescale.Tests.Architecture;

/// <summary>What the built assemblies mention: the analyzer sees most of it, the metadata sees the rest.</summary>
public sealed class PurityTests
{
    [Fact]
    public void No_pure_assembly_mentions_a_clock_chance_a_socket_a_file_a_thread_or_a_task()
    {
        foreach (ProjectLaw project in ProjectLaw.Pure)
            AssertNone(project, Forbidden.ImpurityIn(AssemblyFacts.Of(project.AssemblyFile)));
    }

    [Fact]
    public void Only_transport_tun_connectors_and_agent_open_sockets_files_and_threads()
    {
        foreach (ProjectLaw project in ProjectLaw.WithoutInputOutput)
            AssertNone(project, Forbidden.InputOutputIn(AssemblyFacts.Of(project.AssemblyFile)));
    }

    [Fact]
    public void Node_and_simulation_use_of_the_tun_module_its_pure_parts_alone()
    {
        foreach (ProjectLaw project in ProjectLaw.Table.Where(project => project.Name is "Node" or "Simulation"))
            AssertNone(project, AssemblyFacts.Of(project.AssemblyFile).Types
                .Where(type => type.Assembly == "Whalescale.Tun")
                .Select(type => type.FullName)
                .Where(name => !name.StartsWith("Whalescale.Tun.Routing.", StringComparison.Ordinal)
                    && !name.StartsWith("Whalescale.Tun.Offload.", StringComparison.Ordinal)));
    }

    [Fact]
    public void Of_the_pure_assemblies_only_crypto_calls_native_libraries_and_only_cryptographic_ones()
    {
        foreach (ProjectLaw project in ProjectLaw.Pure)
            AssertNone(project, AssemblyFacts.Of(project.AssemblyFile).NativeLibraries.Where(library =>
                project.Name != "Crypto" || !(library.Contains("crypto") || library.Contains("sodium"))));
    }

    [Fact]
    public void The_reader_of_metadata_sees_a_task_in_a_signature_and_a_file_in_a_method()
    {
        // The contracts have tasks in their signatures; this assembly opens files.
        AssemblyFacts contracts = AssemblyFacts.Of(typeof(IDiscoverySource).Assembly.Location);
        AssemblyFacts tests = AssemblyFacts.Of(typeof(PurityTests).Assembly.Location);

        Assert.Contains("System.Threading.Tasks.Task", Forbidden.ImpurityIn(contracts));
        Assert.DoesNotContain("System.Threading.Tasks.Task", Forbidden.InputOutputIn(contracts));
        Assert.Contains("System.IO.File", Forbidden.InputOutputIn(tests));
        Assert.Contains("System.IO.File.OpenRead", tests.Members);
    }

    private static void AssertNone(ProjectLaw project, IEnumerable<string> found)
    {
        string[] names = [.. found.Distinct().Order(StringComparer.Ordinal)];
        Assert.True(names.Length == 0, $"Whalescale.{project} mentions {string.Join(", ", names)}.");
    }
}
