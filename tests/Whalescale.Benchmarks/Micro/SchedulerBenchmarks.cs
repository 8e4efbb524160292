using BenchmarkDotNet.Attributes;
using Whalescale.Multipath.Schedulers;

namespace Whalescale.Benchmarks.Micro;

/// <summary>Schedulers, a packet of a batch of 64.</summary>
public class SchedulerBenchmarks
{
    private const int Batch = 64, PacketBytes = 1380;

    private readonly PacketView[] _packets = new PacketView[Batch];
    private readonly Assignment[] _answers = new Assignment[Batch];
    private readonly EarliestDelivery _earliestDelivery = new();
    private readonly WeightedRoundRobin _weightedRoundRobin = new();
    private PathView[] _paths = [];
    private SessionView _session;

    /// <summary>Paths to the peer.</summary>
    [Params(1, 4)]
    public int Paths { get; set; }

    /// <summary>Makes paths that differ in rate and delay.</summary>
    [GlobalSetup]
    public void SetUp()
    {
        var now = new Instant(1_000_000_000);
        _session = new SessionView(now, Batch * PacketBytes, Batch, 0, 0);
        Array.Fill(_packets, new PacketView(PacketBytes, PacketClass.Bulk, 0, 7, 0, now, Instant.Never));
        _paths = [.. Enumerable.Range(0, Paths).Select(i => new PathView
        {
            Id = new PathId((byte)i),
            Mtu = 1452,
            PacingBytesPerSecond = 12_500_000 << i,
            DeliveryBytesPerSecond = 12_500_000 << i,
            NextFree = now,
            SmoothedRttNanoseconds = 5_000_000L << i,
        })];
    }

    /// <summary>The scheduler that agents use unless told otherwise.</summary>
    [Benchmark(OperationsPerInvoke = Batch)]
    public int EarliestDelivery() => Assign(_earliestDelivery);

    /// <summary>The base line.</summary>
    [Benchmark(OperationsPerInvoke = Batch)]
    public int WeightedRoundRobin() => Assign(_weightedRoundRobin);

    private int Assign(IPacketScheduler scheduler)
    {
        scheduler.Assign(_packets, _paths, _session, _answers);
        return (int)_answers[^1].Paths.Bits;
    }
}
