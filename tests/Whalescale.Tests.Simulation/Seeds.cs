using System.Reflection;
using Xunit.Sdk;

namespace Whalescale.Tests.Simulation;

/// <summary>Runs a theory with the seeds 1 to <paramref name="count"/>, or with the one in WHALESCALE_SEED.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class SeedsAttribute(int count) : DataAttribute
{
    public override IEnumerable<object[]> GetData(MethodInfo testMethod)
    {
        string? one = Environment.GetEnvironmentVariable("WHALESCALE_SEED");
        if (one is not null) return [[ulong.Parse(one, System.Globalization.CultureInfo.InvariantCulture)]];
        return Enumerable.Range(1, count).Select(seed => new object[] { (ulong)seed });
    }
}
