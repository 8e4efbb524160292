using System.Buffers.Binary;
using Whalescale.Tests.Support;

namespace Whalescale.Tests.Tun.Offload;

/// <summary>Whatever comes, the kernel makes of the plan what was received: <see cref="CoalescedBatch.Plan"/>
/// checks.</summary>
public sealed class CoalescerPropertyTests
{
    private const int Batches = 400;

    [Fact]
    public void Any_mix_of_flows_and_damage_comes_out_as_it_went_in()
    {
        RandomSource random = TestRandom.Of("coalescer mixes");
        int packets = 0, groups = 0;
        for (int i = 0; i < Batches; i++)
        {
            List<(byte[] Packet, PacketOffload Offload)> mix = Mix(random, damagePerMille: i % 2 * 150);
            packets += mix.Count;
            groups += PlanTwice(mix);
        }

        // Neither nothing nor everything merged, or the property says little.
        Assert.InRange(groups, packets / 4, packets * 3 / 4);
    }

    [Fact]
    public void Random_bytes_behind_a_believable_beginning_are_answered()
    {
        RandomSource random = TestRandom.Of("coalescer hostile");
        for (int i = 0; i < Batches; i++)
        {
            List<(byte[] Packet, PacketOffload Offload)> mix = [];
            for (int k = random.NextBelow(64); k >= 0; k--) mix.Add((Hostile(random), AnyOffload(random)));
            PlanTwice(mix);
        }
    }

    [Fact]
    public void Every_truncation_of_every_packet_is_answered_from_its_own_bytes()
    {
        foreach ((int version, bool isTcp) in new[] { (4, true), (4, false), (6, true), (6, false) })
        {
            var flow = new OverlayFlow(version, isTcp);
            byte[] whole = flow.Next(30, isPending: true);
            List<(byte[] Packet, PacketOffload Offload)> cut = [];
            for (int length = 0; length < whole.Length; length++)
                cut.Add((whole[..length], OverlayFlow.OffloadOf(whole, isPending: true)));

            Assert.Equal(cut.Count, PlanTwice(cut));
        }
    }

    /// <summary>Plans the same packets between different bytes, of which nothing may depend.</summary>
    /// <returns>The number of groups.</returns>
    private static int PlanTwice(List<(byte[] Packet, PacketOffload Offload)> packets)
    {
        using var one = new CoalescedBatch { Surroundings = 0x00 };
        using var two = new CoalescedBatch { Surroundings = 0x5A };
        foreach (CoalescedBatch batch in new[] { one, two })
        {
            foreach ((byte[] packet, PacketOffload offload) in packets) batch.Add(packet, offload);
            batch.Plan();
        }

        Assert.Equal(one.Coalescer.GroupCount, two.Coalescer.GroupCount);
        for (int i = 0; i < one.Coalescer.GroupCount; i++)
        {
            Assert.Equal(one.Coalescer.Group(i), two.Coalescer.Group(i));
            Assert.Equal(one.Members(i), two.Members(i));
        }

        for (int i = 0; i < packets.Count; i++) Assert.Equal(one.PacketAt(i), two.PacketAt(i));
        return one.Coalescer.GroupCount;
    }

    private static List<(byte[] Packet, PacketOffload Offload)> Mix(RandomSource random, int damagePerMille)
    {
        OverlayFlow[] flows = [.. Enumerable.Range(0, 1 + random.NextBelow(6)).Select(i => AnyFlow(random, i))];
        int size = 1 + random.NextBelow(1_400), current = 0;
        List<(byte[] Packet, PacketOffload Offload)> mix = [];
        for (int count = 1 + random.NextBelow(120); count > 0; count--)
        {
            if (random.NextBelow(4) == 0) current = random.NextBelow(flows.Length);
            int payload = random.NextBelow(10) == 0 ? random.NextBelow(1_400) : size;
            bool isPending = random.NextBelow(3) != 0;
            byte flags = random.NextBelow(12) switch { < 2 => 0x18, 2 => (byte)random.NextBelow(256), _ => 0x10 };
            byte[] packet = flows[current].Next(payload, isPending, flags);
            PacketOffload offload = OverlayFlow.OffloadOf(packet, isPending);
            if (random.NextBelow(1_000) < damagePerMille) packet = Damaged(packet, isPending, random);
            if (random.NextBelow(50) == 0) packet = RawPacket.IPv4("10.77.0.1", "10.77.0.2", protocol: 1);
            mix.Add((packet, packet.Length < 50 ? default : offload));
            if (random.NextBelow(100) == 0) mix.Add(mix[random.NextBelow(mix.Count)]); // one sent twice
        }

        return mix;
    }

    private static OverlayFlow AnyFlow(RandomSource random, int number)
    {
        bool isTcp = random.NextBelow(3) != 0;
        return new OverlayFlow(random.NextBelow(2) == 0 ? 4 : 6, isTcp, number)
        {
            Options = isTcp ? new byte[random.NextBelow(11) * 4] : [],
            IdentificationStep = (ushort)(random.NextBelow(4) == 0 ? 0 : 1),
        };
    }

    private static byte[] Damaged(byte[] packet, bool isPending, RandomSource random)
    {
        byte[] damaged = [.. packet];
        int within = random.NextBelow(2) == 0 ? Math.Min(packet.Length, 80) : packet.Length;
        damaged[random.NextBelow(within)] ^= (byte)(1 << random.NextBelow(8));
        // Half of the damage is known to its sender: checksums are right.
        bool isSameKind = damaged[0] >> 4 == packet[0] >> 4
            && NaiveKernel.Protocol(damaged) == NaiveKernel.Protocol(packet);
        if (isSameKind && random.NextBelow(2) == 0) OverlayFlow.Mend(damaged, isPending);
        return random.NextBelow(8) == 0 ? damaged[..random.NextBelow(damaged.Length)] : damaged;
    }

    private static byte[] Hostile(RandomSource random)
    {
        byte[] packet = random.Bytes(200);
        if (packet.Length < 48) return packet;
        bool isFour = random.NextBelow(2) == 0;
        byte protocol = random.NextBelow(2) == 0 ? (byte)6 : (byte)17;
        int ip = isFour ? 20 : 40;
        if (isFour)
        {
            (packet[0], packet[6], packet[7], packet[9]) = (0x45, 0x40, 0, protocol);
            BinaryPrimitives.WriteUInt16BigEndian(packet.AsSpan(2), (ushort)packet.Length);
            packet.AsSpan(12, 8).Clear();
        }
        else
        {
            (packet[0], packet[6]) = (0x60, protocol);
            BinaryPrimitives.WriteUInt16BigEndian(packet.AsSpan(4), (ushort)(packet.Length - 40));
            packet.AsSpan(8, 32).Clear();
        }

        packet.AsSpan(ip, 4).Clear();
        if (protocol == 17) BinaryPrimitives.WriteUInt16BigEndian(packet.AsSpan(ip + 4), (ushort)(packet.Length - ip));
        return packet;
    }

    private static PacketOffload AnyOffload(RandomSource random) => random.NextBelow(4) switch
    {
        0 => default,
        1 => new(OffloadTraits.ChecksumPending, 0, 20, 16),
        2 => new(OffloadTraits.ChecksumPending, 0, 40, 6),
        _ => new((OffloadTraits)random.NextBelow(8), (ushort)random.NextUInt32(), (ushort)random.NextUInt32(), 16),
    };
}
