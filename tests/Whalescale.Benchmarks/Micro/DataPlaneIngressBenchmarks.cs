using BenchmarkDotNet.Attributes;
using Whalescale.Benchmarks.DataPath;
using Whalescale.Crypto;

namespace Whalescale.Benchmarks.Micro;

/// <summary>The data half on the way in, a packet of a batch of 64 with 1380 bytes each.</summary>
/// <remarks>A datagram is opened once only, so batches are sealed beforehand. They do not fit the inner caches, as
/// datagrams fresh from the kernel may not either.</remarks>
public class DataPlaneIngressBenchmarks : IDisposable
{
    /// <summary>Batches sealed at a time: 3 MB.</summary>
    internal const int PreparedBatches = 32;

    private readonly DatagramBatch[] _prepared = new DatagramBatch[PreparedBatches];
    private PlanePair _pair = null!;
    private int _next;

    /// <summary>The suite.</summary>
    [Params(CipherSuite.ChaChaPolyBlake2s, CipherSuite.AesGcmSha256)]
    public CipherSuite Suite { get; set; }

    /// <summary>Makes two halves with a session.</summary>
    [GlobalSetup]
    public void SetUp()
    {
        _pair = new PlanePair(Suite, DataPlaneBenchmarks.PacketBytes);
        _pair.CheckDelivery();
        for (int i = 0; i < PreparedBatches; i++)
            _prepared[i] = new DatagramBatch(PlanePair.BatchPackets, PlanePair.DatagramBytes);
    }

    /// <summary>Seals the next batches.</summary>
    [IterationSetup]
    public void Prepare()
    {
        foreach (DatagramBatch batch in _prepared)
        {
            batch.Clear();
            _pair.HandlePackets();
            _pair.HandOver(batch);
            _pair.FlushAlpha();
        }

        _next = 0;
    }

    /// <summary>From the receive batch to references for the device.</summary>
    [Benchmark(OperationsPerInvoke = PlanePair.BatchPackets)]
    public int Ingress()
    {
        _pair.HandleDatagrams(_prepared[_next++]);
        int delivered = _pair.Delivered.Count;
        _pair.FlushBeta();
        return delivered == PlanePair.BatchPackets ? delivered : throw new InvalidOperationException("Lost packets.");
    }

    /// <inheritdoc/>
    [GlobalCleanup]
    public void Dispose()
    {
        foreach (DatagramBatch batch in _prepared) batch.Dispose();
        _pair.Dispose();
        GC.SuppressFinalize(this);
    }
}
