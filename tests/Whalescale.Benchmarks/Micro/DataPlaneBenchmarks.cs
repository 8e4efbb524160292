using BenchmarkDotNet.Attributes;
using Whalescale.Benchmarks.DataPath;
using Whalescale.Crypto;

namespace Whalescale.Benchmarks.Micro;

/// <summary>The data half as a whole, a packet of a batch of 64 with 1380 bytes each.</summary>
public class DataPlaneBenchmarks : IDisposable
{
    internal const int PacketBytes = 1380;

    private PlanePair _pair = null!;

    /// <summary>The suite.</summary>
    [Params(CipherSuite.ChaChaPolyBlake2s, CipherSuite.AesGcmSha256)]
    public CipherSuite Suite { get; set; }

    /// <summary>Makes two halves with a session.</summary>
    [GlobalSetup]
    public void SetUp()
    {
        _pair = new PlanePair(Suite, PacketBytes);
        _pair.CheckDelivery();
    }

    /// <summary>From the device to the send batch.</summary>
    [Benchmark(OperationsPerInvoke = PlanePair.BatchPackets)]
    public int Egress()
    {
        _pair.HandlePackets();
        _pair.FlushAlpha();
        return 0;
    }

    /// <summary>From one device to the other, one copy between the two halves included.</summary>
    [Benchmark(OperationsPerInvoke = PlanePair.BatchPackets)]
    public int EndToEnd()
    {
        int delivered = _pair.Carry();
        return delivered == PlanePair.BatchPackets ? delivered : throw new InvalidOperationException("Lost packets.");
    }

    /// <inheritdoc/>
    [GlobalCleanup]
    public void Dispose()
    {
        _pair.Dispose();
        GC.SuppressFinalize(this);
    }
}
