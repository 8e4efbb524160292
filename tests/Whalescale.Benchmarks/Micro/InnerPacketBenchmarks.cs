using BenchmarkDotNet.Attributes;
using Whalescale.Benchmarks.DataPath;
using Whalescale.Tun.Routing;

namespace Whalescale.Benchmarks.Micro;

/// <summary>Reading of an overlay packet's headers.</summary>
public class InnerPacketBenchmarks
{
    private readonly byte[] _udp4 = new byte[1380];
    private readonly byte[] _udp6 = new byte[1380];

    /// <summary>Writes what is read.</summary>
    [GlobalSetup]
    public void SetUp()
    {
        TestPackets.WriteUdp4(_udp4, 0x0A4D_0001, 0x0A4D_0002);
        TestPackets.WriteUdp6(_udp6, new IpAddress(0xFD77UL << 48, 1), new IpAddress(0xFD77UL << 48, 2));
    }

    /// <summary>IPv4.</summary>
    [Benchmark]
    public int Parse4() => Parse(_udp4);

    /// <summary>IPv6.</summary>
    [Benchmark]
    public int Parse6() => Parse(_udp6);

    /// <summary>IPv4, and what a scheduler is told of the flow.</summary>
    [Benchmark]
    public int Parse4AndFlow() => InnerPacket.TryParse(_udp4, out InnerPacket packet) ? (int)packet.FlowHash : 0;

    private static int Parse(byte[] bytes) => InnerPacket.TryParse(bytes, out InnerPacket packet)
        ? packet.DestinationPort
        : throw new InvalidOperationException("No packet.");
}
