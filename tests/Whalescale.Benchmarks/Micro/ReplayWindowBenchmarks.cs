using BenchmarkDotNet.Attributes;
using Whalescale.Sessions;

namespace Whalescale.Benchmarks.Micro;

/// <summary>The replay window, asked before and told after each packet as a session does.</summary>
public class ReplayWindowBenchmarks
{
    private const int Batch = 64;

    private readonly ReplayWindow _window = new();
    private ulong _next;

    /// <summary>Every packet is the next one.</summary>
    [Benchmark(OperationsPerInvoke = Batch)]
    public int InOrder()
    {
        int accepted = 0;
        for (int i = 0; i < Batch; i++) accepted += Accept(_next++);
        return Whole(accepted);
    }

    /// <summary>Packets come as over two paths, one of them 64 packets behind.</summary>
    [Benchmark(OperationsPerInvoke = Batch)]
    public int Reordered()
    {
        // Even numbers of this block, odd ones of the block before.
        int accepted = 0;
        _next += Batch;
        for (ulong i = 0; i < Batch; i += 2)
        {
            accepted += Accept(_next + Batch + i);
            accepted += Accept(_next + i + 1);
        }

        return Whole(accepted);
    }

    private int Accept(ulong number) => _window.IsFresh(number) && _window.TryAccept(number) ? 1 : 0;

    private static int Whole(int accepted) =>
        accepted == Batch ? accepted : throw new InvalidOperationException("The window refused a new number.");
}
