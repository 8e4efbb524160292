using BenchmarkDotNet.Attributes;
using Whalescale.Tun.Offload;

namespace Whalescale.Benchmarks.Micro;

/// <summary>The Internet checksum over one range.</summary>
public class ChecksumBenchmarks
{
    private byte[] _bytes = [];

    /// <summary>Length of the range.</summary>
    [Params(20, 64, 1380)]
    public int Bytes { get; set; }

    /// <summary>Fills the range.</summary>
    [GlobalSetup]
    public void SetUp()
    {
        _bytes = new byte[Bytes];
        for (int i = 0; i < _bytes.Length; i++) _bytes[i] = (byte)(i * 7);
    }

    /// <summary>Sum and fold.</summary>
    [Benchmark]
    public int Sum() => InternetChecksum.Fold(InternetChecksum.Sum(_bytes));
}
