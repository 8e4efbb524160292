using System.Reflection;
using System.Runtime.CompilerServices;
using Whalescale.Sessions;

namespace Whalescale.Tests.Architecture;

/// <summary>Keys that seal nothing exist for a measurement; no agent can have them.</summary>
public sealed class UnsealedTests
{
    [Fact]
    public void No_product_project_sees_the_inside_of_the_session()
    {
        IEnumerable<string> friends = typeof(SessionKeys).Assembly
            .GetCustomAttributes<InternalsVisibleToAttribute>().Select(friend => friend.AssemblyName);

        Assert.Equal(
            ["Whalescale.Benchmarks", "Whalescale.Tests", "Whalescale.Tests.Simulation"],
            friends.Order(StringComparer.Ordinal));
        Assert.False(typeof(SessionKeys).GetMethod("WithoutSealing", Everything)!.IsPublic);
    }

    [Fact]
    public void The_session_itself_makes_no_keys_without_sealing()
    {
        IEnumerable<string> callers = RepositoryFiles.WithExtension(".cs")
            .Where(file => !file.StartsWith("tests/", StringComparison.Ordinal))
            .Where(file => RepositoryFiles.Read(file).Contains("WithoutSealing(", StringComparison.Ordinal));

        Assert.Equal(["modules/Whalescale.Session/SessionKeys.cs"], callers); // where it is declared
    }

    private const BindingFlags Everything =
        BindingFlags.Static | BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic;
}
