using System.Buffers.Binary;
using Whalescale.Tun.Offload;

namespace Whalescale.Tests.Tun.Offload;

/// <summary>A batch under test: packets in, a plan, and what a kernel makes of the plan.</summary>
internal sealed class CoalescedBatch : IDisposable
{
    internal const int Capacity = 300, PacketSize = 2_048;

    private readonly PacketBatch _batch = new(Capacity, PacketSize);
    private readonly List<(byte[] Packet, PacketOffload Offload)> _given = [];

    internal Coalescer Coalescer { get; } = new(Capacity);

    /// <summary>Fills the bytes around packets, which nothing may depend on.</summary>
    internal byte Surroundings { get; init; } = 0xA5;

    internal int Count => _given.Count;

    /// <summary>Packets of each group.</summary>
    internal int[] GroupSizes => [.. Enumerable.Range(0, Coalescer.GroupCount).Select(i => Coalescer.Group(i).Count)];

    internal void Add(byte[] packet, bool isPending) => Add(packet, OverlayFlow.OffloadOf(packet, isPending));

    internal void Add(byte[] packet, PacketOffload offload)
    {
        _given.Add((packet, offload));
        packet.CopyTo(_batch.NextSlot());
        _batch.Append(packet.Length, offload);
        Span<byte> around = _batch.Around(_given.Count - 1, PacketBatch.Headroom, PacketBatch.TailRoom);
        around[..PacketBatch.Headroom].Fill(Surroundings);
        around[(PacketBatch.Headroom + packet.Length)..].Fill(Surroundings);
    }

    internal void Clear()
    {
        _given.Clear();
        _batch.Clear();
    }

    internal byte[] PacketAt(int index) => _batch[index].ToArray();

    internal int[] Members(int group)
    {
        List<int> members = [];
        for (int i = Coalescer.Group(group).First; i >= 0; i = Coalescer.Next(i)) members.Add(i);
        return [.. members];
    }

    /// <summary>Plans the batch, and checks that the kernel makes the given packets of it, flow by flow.</summary>
    internal void Plan()
    {
        Coalescer.Plan(_batch);

        List<int> order = [];
        for (int group = 0; group < Coalescer.GroupCount; group++)
        {
            int[] members = Members(group);
            order.AddRange(members);
            CheckGroup(Coalescer.Group(group), members);
        }

        Assert.Equal(Enumerable.Range(0, Count), order.Order());
        CheckOrder(order);
        for (int i = 0; i < Count; i++)
        {
            Span<byte> around = _batch.Around(i, PacketBatch.Headroom, PacketBatch.TailRoom);
            Assert.Equal(-1, around[..PacketBatch.Headroom].IndexOfAnyExcept(Surroundings));
            Assert.Equal(-1, around[(PacketBatch.Headroom + _batch[i].Length)..].IndexOfAnyExcept(Surroundings));
        }
    }

    public void Dispose() => _batch.Dispose();

    private void CheckGroup(CoalescedGroup group, int[] members)
    {
        Assert.Equal(group.Count, members.Length);
        Assert.InRange(group.Count, 1, Coalescer.MaximumPackets);
        foreach (int later in members[1..]) Assert.Equal(_given[later].Packet, PacketAt(later));
        byte[] written =
            [.. PacketAt(members[0]), .. members[1..].SelectMany(i => PacketAt(i)[group.HeaderLength..])];
        Assert.Equal(group.TotalLength, written.Length);
        if (members.Length == 1)
        {
            Assert.Equal(_given[members[0]].Packet, written);
            Assert.Equal((0, _given[members[0]].Offload), (group.HeaderLength, group.Offload));
            return;
        }

        Assert.InRange(group.TotalLength, 1, 65_535);
        List<byte[]> received = NaiveKernel.Receive(written, group.Offload);
        Assert.Equal(members.Length, received.Count);
        bool anyPush = members.Any(i => HasPush(_given[i].Packet));
        Assert.Equal(anyPush, HasPush(received[^1]));
        for (int i = 0; i < received.Count; i++)
        {
            (byte[] given, PacketOffload offload) = _given[members[i]];
            bool isPending = offload.Traits == OffloadTraits.ChecksumPending;
            byte[] expected = NaiveKernel.Receive(given, offload)[0];
            if (isPending) expected = WithFreeBitsOf(received[i], expected, _given[members[0]].Packet);
            Assert.Equal(expected, received[i]);
        }
    }

    /// <summary>Puts into a packet what may change in one whose checksum was pending: PSH, and a number that stood
    /// still in a datagram not to be fragmented.</summary>
    private static byte[] WithFreeBitsOf(byte[] received, byte[] expected, byte[] first)
    {
        byte[] changed = [.. expected];
        int ip = NaiveKernel.IpLength(expected);
        if (NaiveKernel.Protocol(expected) == 6)
            changed[ip + 13] = (byte)((changed[ip + 13] & ~8) | (received[ip + 13] & 8));
        bool stoodStill = first.AsSpan(4, 2).SequenceEqual(expected.AsSpan(4, 2));
        if (ip == 20 && stoodStill && (expected[6] & 0x40) != 0) received.AsSpan(4, 2).CopyTo(changed.AsSpan(4));
        if (changed.AsSpan().SequenceEqual(expected)) return expected;
        OverlayFlow.Mend(changed, isPending: false);
        return changed;
    }

    private static bool HasPush(byte[] packet) =>
        NaiveKernel.Protocol(packet) == 6 && (packet[NaiveKernel.IpLength(packet) + 13] & 8) != 0;

    /// <summary>No packet passes another that may be of its flow.</summary>
    private void CheckOrder(List<int> order)
    {
        for (int later = 1; later < order.Count; later++)
        {
            for (int earlier = 0; earlier < later; earlier++)
            {
                if (order[earlier] > order[later])
                    Assert.False(MayBeOneFlow(_given[order[earlier]].Packet, _given[order[later]].Packet));
            }
        }
    }

    private static bool MayBeOneFlow(byte[] a, byte[] b)
    {
        if (a.Length < 20 || b.Length < 20 || a[0] >> 4 != b[0] >> 4 || a[0] >> 4 is not (4 or 6)) return false;
        bool isFour = a[0] >> 4 == 4;
        if (!isFour && (a.Length < 40 || b.Length < 40)) return false;
        Range addresses = isFour ? 12..20 : 8..40;
        if (!a.AsSpan(addresses).SequenceEqual(b.AsSpan(addresses))) return false;
        return !TryReadPorts(a, out uint portsOfA) || !TryReadPorts(b, out uint portsOfB)
            || (portsOfA == portsOfB && NaiveKernel.Protocol(a) == NaiveKernel.Protocol(b));
    }

    private static bool TryReadPorts(byte[] packet, out uint ports)
    {
        ports = 0;
        int ip = NaiveKernel.IpLength(packet);
        if (ip == 20 && (packet[0] != 0x45 || (packet[6] & 0x3F) != 0 || packet[7] != 0)) return false;
        if (NaiveKernel.Protocol(packet) is not (6 or 17) || packet.Length < ip + 8) return false;
        ports = BinaryPrimitives.ReadUInt32BigEndian(packet.AsSpan(ip));
        return true;
    }
}
