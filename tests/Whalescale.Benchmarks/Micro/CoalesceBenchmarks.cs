using System.Buffers.Binary;
using BenchmarkDotNet.Attributes;
using Whalescale.Tun.Offload;

namespace Whalescale.Benchmarks.Micro;

/// <summary>The plan of a batch of 64 received packets with 1000 bytes of payload, for each packet.</summary>
/// <remarks>What a plan rewrites, the first header of each group, is put back before the next: a part of the
/// time.</remarks>
public class CoalesceBenchmarks : IDisposable
{
    private const int Batch = 64, Payload = 1000, Flows = 8, LongestHeader = 72;

    private readonly Coalescer _coalescer = new(Batch);
    private readonly PacketBatch _batch = new(Batch, LongestHeader + Payload);
    private readonly byte[] _headers = new byte[Batch * LongestHeader];
    private int _expectedGroups;

    /// <summary>The packets.</summary>
    [Params(
        CoalesceMix.PendingTcp4, CoalesceMix.PendingTcp6, CoalesceMix.PendingUdp4, CoalesceMix.PendingTcp4Of8Flows,
        CoalesceMix.FinishedTcp4, CoalesceMix.PendingUdp4Of64Flows)]
    public CoalesceMix Mix { get; set; }

    /// <summary>Writes the packets.</summary>
    [GlobalSetup]
    public void SetUp()
    {
        _expectedGroups = Mix switch
        {
            CoalesceMix.PendingTcp4Of8Flows => Flows,
            CoalesceMix.PendingUdp4Of64Flows => Batch,
            _ => 1,
        };
        bool isPending = Mix != CoalesceMix.FinishedTcp4;
        _batch.Clear();
        for (int i = 0; i < Batch; i++)
        {
            Span<byte> slot = _batch.NextSlot();
            PacketOffload offload = Write(slot, i % _expectedGroups, i / _expectedGroups, out int length);
            if (!isPending) Finish(slot[..length], offload);
            _batch.Append(length, isPending ? offload : default);
            _batch[i][..LongestHeader].CopyTo(_headers.AsSpan(i * LongestHeader));
        }
    }

    /// <summary>Groups, and headers of the first packets.</summary>
    [Benchmark(OperationsPerInvoke = Batch)]
    public int Plan()
    {
        _coalescer.Plan(_batch);
        int groups = _coalescer.GroupCount;
        if (groups != _expectedGroups) throw new InvalidOperationException("Merged otherwise than expected.");
        for (int i = 0; i < groups; i++)
        {
            int first = _coalescer.Group(i).First;
            _headers.AsSpan(first * LongestHeader, LongestHeader).CopyTo(_batch[first]);
        }

        return groups;
    }

    /// <inheritdoc/>
    [GlobalCleanup]
    public void Dispose()
    {
        _batch.Dispose();
        GC.SuppressFinalize(this);
    }

    private PacketOffload Write(Span<byte> packet, int flow, int position, out int length)
    {
        bool isIPv6 = Mix == CoalesceMix.PendingTcp6;
        bool isUdp = Mix is CoalesceMix.PendingUdp4 or CoalesceMix.PendingUdp4Of64Flows;
        int ip = isIPv6 ? 40 : 20, header = ip + (isUdp ? 8 : 32);
        length = header + Payload;
        packet.Clear();
        Span<byte> transport = packet[ip..length];
        Span<byte> addresses = isIPv6 ? packet[8..40] : packet[12..20];
        addresses.Fill(10);
        addresses[^1] = 77;
        if (isIPv6)
        {
            (packet[0], packet[6], packet[7]) = (0x60, 6, 64);
            BinaryPrimitives.WriteUInt16BigEndian(packet[4..], (ushort)transport.Length);
        }
        else
        {
            (packet[0], packet[6], packet[8], packet[9]) = (0x45, 0x40, 64, isUdp ? (byte)17 : (byte)6);
            BinaryPrimitives.WriteUInt16BigEndian(packet[2..], (ushort)length);
            BinaryPrimitives.WriteUInt16BigEndian(packet[4..], (ushort)position);
            BinaryPrimitives.WriteUInt16BigEndian(
                packet[10..], (ushort)~InternetChecksum.Fold(InternetChecksum.Sum(packet[..20])));
        }

        BinaryPrimitives.WriteUInt16BigEndian(transport, (ushort)(40_000 + flow));
        BinaryPrimitives.WriteUInt16BigEndian(transport[2..], 5_201);
        uint pseudo = InternetChecksum.PseudoHeader(addresses, isUdp ? (byte)17 : (byte)6, transport.Length);
        int field = isUdp ? 6 : 16;
        BinaryPrimitives.WriteUInt16BigEndian(transport[field..], InternetChecksum.Fold(pseudo));
        if (isUdp)
        {
            BinaryPrimitives.WriteUInt16BigEndian(transport[4..], (ushort)transport.Length);
        }
        else
        {
            BinaryPrimitives.WriteUInt32BigEndian(transport[4..], (uint)(position * Payload));
            (transport[12], transport[13]) = (0x80, 0x10); // 32 bytes of header, ACK
        }

        return new PacketOffload(OffloadTraits.ChecksumPending, 0, (ushort)ip, (ushort)field);
    }

    private static void Finish(Span<byte> packet, PacketOffload offload) => BinaryPrimitives.WriteUInt16BigEndian(
        packet[(offload.ChecksumStart + offload.ChecksumOffset)..],
        (ushort)~InternetChecksum.Fold(InternetChecksum.Sum(packet[offload.ChecksumStart..])));
}

/// <summary>Packets of <see cref="CoalesceBenchmarks"/>.</summary>
public enum CoalesceMix
{
    /// <summary>A TCP flow over IPv4.</summary>
    PendingTcp4,

    /// <summary>A TCP flow over IPv6.</summary>
    PendingTcp6,

    /// <summary>A UDP flow over IPv4.</summary>
    PendingUdp4,

    /// <summary>Eight TCP flows that take turns.</summary>
    PendingTcp4Of8Flows,

    /// <summary>A TCP flow whose checksums are to be verified.</summary>
    FinishedTcp4,

    /// <summary>Nothing to merge: each packet of another flow.</summary>
    PendingUdp4Of64Flows,
}
