using BenchmarkDotNet.Running;

namespace Whalescale.Benchmarks.Micro;

/// <summary>Bytes that a benchmark allocates, to the byte.</summary>
/// <remarks>
/// A diagnoser that divides by the number of operations and rounds loses one allocation in a batch of 64. Here the
/// benchmark is warmed up until its code is final, then run in several windows; one byte in one of them is reported.
/// </remarks>
/// <param name="Case">The benchmark.</param>
/// <param name="Bytes">Most bytes allocated in a window.</param>
internal sealed record AllocationCheck(BenchmarkCase Case, long Bytes)
{
    private const int Windows = 50;
    private const int WindowInvocations = DataPlaneIngressBenchmarks.PreparedBatches;
    private static readonly TimeSpan WarmUp = TimeSpan.FromMilliseconds(300);

    /// <summary>Runs the check.</summary>
    /// <exception cref="InvalidOperationException">An allocation made on purpose is not seen.</exception>
    internal static AllocationCheck Of(BenchmarkCase benchmark)
    {
        object? kept = null;
        if (Measure(null, () => (kept = new object()).GetHashCode()) == 0 || kept is null)
            throw new InvalidOperationException("Allocations are not counted on this runtime.");

        object instance = Activator.CreateInstance(benchmark.Descriptor.Type)!;
        foreach (var parameter in benchmark.Parameters.Items)
            benchmark.Descriptor.Type.GetProperty(parameter.Name)!.SetValue(instance, parameter.Value);
        benchmark.Descriptor.GlobalSetupMethod?.Invoke(instance, []);
        Action? prepare = benchmark.Descriptor.IterationSetupMethod?.CreateDelegate<Action>(instance);
        var operation = benchmark.Descriptor.WorkloadMethod.CreateDelegate<Func<int>>(instance);
        long end = Environment.TickCount64 + (long)WarmUp.TotalMilliseconds;
        do Measure(prepare, operation);
        while (Environment.TickCount64 < end);
        long most = 0;
        for (int i = 0; i < Windows; i++) most = Math.Max(most, Measure(prepare, operation));
        benchmark.Descriptor.GlobalCleanupMethod?.Invoke(instance, []);
        return new AllocationCheck(benchmark, most);
    }

    private static long Measure(Action? prepare, Func<int> operation)
    {
        prepare?.Invoke();
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < WindowInvocations; i++) operation();
        return GC.GetAllocatedBytesForCurrentThread() - before;
    }
}
