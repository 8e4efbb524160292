using BenchmarkDotNet.Attributes;
using Whalescale.Benchmarks.DataPath;
using Whalescale.Types;

namespace Whalescale.Benchmarks.Micro;

/// <summary>Reading of headers: a datagram's, and the frames of a plaintext.</summary>
public class WireBenchmarks
{
    private const int PacketBytes = 1380, PlaintextBytes = 1392;

    private readonly byte[] _datagram = new byte[TransportHeader.Overhead + PlaintextBytes];
    private readonly byte[] _plaintext = new byte[PlaintextBytes];

    /// <summary>Writes what is read.</summary>
    [GlobalSetup]
    public void SetUp()
    {
        new TransportHeader(Protocol.FirstSuite, 0x1234_5678, 42).Write(_datagram);
        PacketFrames.WriteUnordered(_plaintext, PacketMarks.None, 7);
        TestPackets.WriteUdp4(_plaintext.AsSpan(PacketFrames.UnorderedHeader, PacketBytes), 0x0A4D_0001, 0x0A4D_0002);
    }

    /// <summary>What a datagram is, and whose.</summary>
    [Benchmark]
    public int ParseTransport() => DatagramHeader.Classify(_datagram) == MessageType.Transport
        ? (int)TransportHeader.Read(_datagram).ReceiverIndex
        : throw new InvalidOperationException("No transport message.");

    /// <summary>One packet and padding.</summary>
    [Benchmark]
    public int WalkFrames()
    {
        var reader = new FrameReader(_plaintext);
        int bytes = 0;
        while (reader.TryRead(out Frame frame)) bytes += frame.BodyLength;
        return reader.IsMalformed ? throw new InvalidOperationException("No frames.") : bytes;
    }
}
