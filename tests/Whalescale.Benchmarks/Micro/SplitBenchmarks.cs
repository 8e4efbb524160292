using System.Buffers.Binary;
using BenchmarkDotNet.Attributes;
using Whalescale.Tun.Offload;
using Whalescale.Tun.Routing;

namespace Whalescale.Benchmarks.Micro;

/// <summary>The headers of the segments of a TCP super-packet, for each of 44 segments with 1328 bytes of payload.</summary>
/// <remarks>That is all that splitting is: payloads are sealed from where they lie.</remarks>
public class SplitBenchmarks
{
    private const int Segments = 44, SegmentSize = 1328, Tcp = 6, TcpHeader = 32;

    private readonly Segmenter _segmenter = new();
    private byte[] _superPacket = [];
    private PacketOffload _offload;
    private byte[] _room = [];

    /// <summary>Version of IP.</summary>
    [Params(4, 6)]
    public int Version { get; set; }

    /// <summary>Writes the super-packet.</summary>
    [GlobalSetup]
    public void SetUp()
    {
        int ip = Version == 4 ? 20 : 40;
        _superPacket = new byte[ip + TcpHeader + (Segments * SegmentSize)];
        Span<byte> packet = _superPacket;
        packet[0] = (byte)(Version << 4 | (Version == 4 ? 5 : 0));
        int length = Version == 4 ? packet.Length : packet.Length - ip;
        BinaryPrimitives.WriteUInt16BigEndian(packet[(Version == 4 ? 2 : 4)..], (ushort)length);
        packet[Version == 4 ? 9 : 6] = Tcp;
        packet[ip + 12] = TcpHeader / 4 << 4;
        _offload = new PacketOffload(
            OffloadTraits.ChecksumPending | OffloadTraits.TcpSegments, SegmentSize, (ushort)ip, 16);
        _room = new byte[Segmenter.LargestHeader];
    }

    /// <summary>Parsed, begun, and the headers of every segment written.</summary>
    [Benchmark(OperationsPerInvoke = Segments)]
    public int Split()
    {
        bool isCut = InnerPacket.TryParse(_superPacket, out InnerPacket parsed)
            && _segmenter.TryBegin(_superPacket, _offload, parsed);
        if (!isCut || _segmenter.Count != Segments) throw new InvalidOperationException("Cut otherwise than expected.");
        for (int i = 0; i < Segments; i++) _segmenter.WriteHeaders(i, _room);
        return _room[0];
    }
}
