using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Diagnosers;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Loggers;
using BenchmarkDotNet.Reports;
using BenchmarkDotNet.Running;
using BenchmarkDotNet.Toolchains.InProcess.Emit;
using Perfolizer.Horology;
using Whalescale.Benchmarks.Harness;
using Whalescale.Crypto;

namespace Whalescale.Benchmarks.Micro;

/// <summary><c>bench micro</c>: each step of the packet path alone, its time and that it allocates nothing.</summary>
internal static class MicroCommand
{
    // Beside bin/, whatever the current directory is.
    private static readonly string ArtifactsPath =
        Path.GetFullPath(Path.Combine(AppContext.BaseDirectory, "..", "..", "..", "benchmarks"));

    private static readonly Type[] Benchmarks =
    [
        typeof(WireBenchmarks), typeof(SealingBenchmarks), typeof(ReplayWindowBenchmarks), typeof(RoutingBenchmarks),
        typeof(InnerPacketBenchmarks), typeof(SchedulerBenchmarks), typeof(DataPlaneBenchmarks),
        typeof(DataPlaneIngressBenchmarks), typeof(ChecksumBenchmarks), typeof(CoalesceBenchmarks),
        typeof(SplitBenchmarks),
    ];

    /// <summary>Runs the benchmarks that the filter names.</summary>
    /// <returns>0; 1 if one allocates or fails; 2 if the filter names none.</returns>
    internal static int Run(Arguments arguments)
    {
        CryptoLibraries.Require();
        Directory.CreateDirectory(ArtifactsPath);
        using var log = new StreamWriter(Path.Combine(ArtifactsPath, "micro.log"));
        BenchmarkRunInfo[] chosen =
        [
            .. Benchmarks.Select(type => BenchmarkConverter.TypeToBenchmarks(type, ConfigOf(type, log)))
                .Select(info => Choose(info, arguments.Filter)).Where(info => info.BenchmarksCases.Length > 0),
        ];
        if (chosen.Length == 0)
        {
            Console.Error.WriteLine($"bench: no benchmark's name contains \"{arguments.Filter}\".");
            return 2;
        }

        var table = new MicroTable(Console.Out, arguments.AllocationsOnly);
        bool isGood = true;
        foreach (BenchmarkRunInfo info in chosen)
        {
            AllocationCheck[] checks = Array.ConvertAll(info.BenchmarksCases, AllocationCheck.Of);
            Summary? summary = arguments.AllocationsOnly ? null : BenchmarkRunner.Run(info);
            foreach (AllocationCheck check in checks)
            {
                BenchmarkReport? report = summary?[check.Case];
                isGood &= table.Write(check, report) && (arguments.AllocationsOnly || report is { Success: true });
            }
        }

        Console.WriteLine(isGood ? "No operation allocates." : "An operation allocates, or a benchmark failed.");
        return isGood ? 0 : 1;
    }

    /// <summary>The name of a case, as the filter and the table have it: "DataPlane.Egress AesGcmSha256".</summary>
    internal static string NameOf(BenchmarkCase benchmark)
    {
        string type = benchmark.Descriptor.Type.Name.Replace("Benchmarks", "", StringComparison.Ordinal);
        string values = string.Join(' ', benchmark.Parameters.Items.Select(item => $"{item.Name}={item.Value}"));
        return $"{type}.{benchmark.Descriptor.WorkloadMethod.Name} {values}".TrimEnd();
    }

    private static BenchmarkRunInfo Choose(BenchmarkRunInfo info, string? filter) => filter is null ? info : new(
        [.. info.BenchmarksCases.Where(one => NameOf(one).Contains(filter, StringComparison.OrdinalIgnoreCase))],
        info.Type, info.Config);

    private static ManualConfig ConfigOf(Type type, TextWriter log)
    {
        // In this process: no build for each benchmark. Iterations short and many, as the referee's slices are and for
        // the same reason.
        Job job = Job.Default.WithToolchain(InProcessEmitToolchain.Instance)
            .WithWarmupCount(300).WithIterationCount(501).WithIterationTime(TimeInterval.FromMilliseconds(1));
        if (type == typeof(DataPlaneIngressBenchmarks))
            job = job.WithInvocationCount(DataPlaneIngressBenchmarks.PreparedBatches).WithUnrollFactor(1);
        return ManualConfig.CreateEmpty().AddJob(job).AddDiagnoser(MemoryDiagnoser.Default)
            .AddLogger(new TextLogger(log)).WithArtifactsPath(ArtifactsPath)
            .WithOptions(ConfigOptions.DisableLogFile);
    }
}
