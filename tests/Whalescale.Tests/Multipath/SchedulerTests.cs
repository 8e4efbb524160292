using Whalescale.Multipath.Schedulers;
using Whalescale.Tests.Support;

namespace Whalescale.Tests.Multipath;

public sealed class SchedulerTests
{
    private static readonly SessionView Session = new(new Instant(1_000_000_000), 0, 0, 0, 0);

    [Fact]
    public void Weighted_round_robin_deals_three_to_one_smoothly()
    {
        PathView[] paths = [Path(1, rate: 3_000), Path(2, rate: 1_000)];

        string dealt = string.Concat(Assign(new WeightedRoundRobin(), 12, paths).Select(Position));

        Assert.Equal("001000100010", dealt);
    }

    [Fact]
    public void Weighted_round_robin_is_exact_to_one_packet_whatever_the_rates_sizes_and_positions()
    {
        RandomSource random = TestRandom.Of("wrr");
        for (int round = 0; round < 200; round++)
        {
            var scheduler = new WeightedRoundRobin();
            int count = 1 + random.NextBelow(6);
            var paths = new PathView[count];
            for (int i = 0; i < count; i++) paths[i] = Path((byte)(i + 1), 1_000 + random.NextBelow(100_000_000));
            long total = paths.Sum(path => path.DeliveryBytesPerSecond);
            var sent = new long[256];
            long all = 0;
            for (int batch = 0; batch < 50; batch++)
            {
                random.Shuffle(paths);
                PacketView[] packets = Packets(16, _ => 40 + random.NextBelow(1_400));
                Assignment[] answers = Assign(scheduler, packets, paths);
                for (int i = 0; i < packets.Length; i++)
                {
                    sent[paths[Position(answers[i])].Id.Value] += packets[i].Length;
                    all += packets[i].Length;
                }
            }

            foreach (PathView path in paths)
            {
                double fair = (double)all * path.DeliveryBytesPerSecond / total;
                Assert.InRange(sent[path.Id.Value], fair - (1_440 * count), fair + (1_440 * count));
            }
        }
    }

    [Fact]
    public void Earliest_delivery_fills_the_fast_path_until_its_queue_is_worth_the_slow_ones_delay()
    {
        PathView fast = Path(1, rate: 0) with
        {
            PacingBytesPerSecond = 1_000_000,
            OneWayDelayNanoseconds = 10_000_000,
        };
        PathView slow = Path(2, rate: 0) with
        {
            PacingBytesPerSecond = 1_000_000,
            OneWayDelayNanoseconds = 15_000_000,
        };

        int[] dealt = Assign(new EarliestDelivery(), 10, [fast, slow]).Select(Position).ToArray();

        // A packet of 1000 bytes takes 1 ms: five fit before the slow path's 5 ms are used up, then both alternate.
        Assert.Equal([0, 0, 0, 0, 0], dealt[..5]);
        Assert.Contains(1, dealt[5..7]);
        Assert.Equal(2, dealt[5..].Count(position => position == 1));
    }

    [Fact]
    public void Earliest_delivery_prefers_the_shorter_delay_on_idle_paths()
    {
        PathView near = Path(2, rate: 0) with { SmoothedRttNanoseconds = 10_000_000 };
        PathView far = Path(1, rate: 0) with { SmoothedRttNanoseconds = 80_000_000 };

        Assert.All(Assign(new EarliestDelivery(), 5, [far, near]), answer => Assert.Equal(1, Position(answer)));
    }

    [Theory]
    [InlineData("earliest-delivery")]
    [InlineData("weighted-round-robin")]
    public void A_path_of_worse_state_gets_nothing_while_a_better_one_lives(string name)
    {
        PathView[] paths = [Path(1, 10) with { State = PathState.Suspect }, Path(2, 10) with { State = PathState.Active }];

        Assert.All(Assign(ByName(name), 20, paths), answer => Assert.Equal(1, Position(answer)));
    }

    [Theory]
    [InlineData("earliest-delivery")]
    [InlineData("weighted-round-robin")]
    public void A_scheduler_allocates_nothing_per_batch(string name)
    {
        IPacketScheduler scheduler = ByName(name);
        PathView[] paths = [Path(1, 5_000), Path(2, 1_000)];
        PacketView[] packets = Packets(64, _ => 1_000);
        var answers = new Assignment[64];
        for (int i = 0; i < 100; i++) scheduler.Assign(packets, paths, Session, answers);

        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 1_000; i++) scheduler.Assign(packets, paths, Session, answers);

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    private static IPacketScheduler ByName(string name) =>
        name == "earliest-delivery" ? new EarliestDelivery() : new WeightedRoundRobin();

    private static PathView Path(byte id, long rate) => new()
    {
        Id = new PathId(id),
        State = PathState.Active,
        Mtu = 1452,
        DeliveryBytesPerSecond = rate,
    };

    private static PacketView[] Packets(int count, Func<int, int> size) => Enumerable.Range(0, count)
        .Select(i => new PacketView(size(i), PacketClass.Bulk, 0, 1, 0, Session.Now, Instant.Never)).ToArray();

    private static Assignment[] Assign(IPacketScheduler scheduler, int count, PathView[] paths) =>
        Assign(scheduler, Packets(count, _ => 1_000), paths);

    private static Assignment[] Assign(IPacketScheduler scheduler, PacketView[] packets, PathView[] paths)
    {
        var answers = new Assignment[packets.Length];
        scheduler.Assign(packets, paths, Session, answers);
        return answers;
    }

    private static int Position(Assignment answer)
    {
        Assert.Equal(DropReason.None, answer.Drop);
        return System.Numerics.BitOperations.Log2(answer.Paths.Bits);
    }
}
