using Whalescale.Paths;
using Whalescale.Tests.Support;
using Whalescale.Types;

namespace Whalescale.Tests.Paths;

public sealed class ReassemblyBufferTests
{
    private static readonly Instant Start = new(1_000_000_000);
    private readonly ReassemblyBuffer _buffer = new();
    private readonly RandomSource _random = TestRandom.Of("reassembly");

    [Fact]
    public void Parts_in_any_order_come_together_to_what_was_split()
    {
        for (uint id = 0; id < 500; id++)
        {
            byte[] frame = Frame(2 + _random.NextBelow(FragmentFrame.LargestTotal - 1));
            byte[][] bodies = Split(frame, id, room: 1_200);
            _random.Shuffle(bodies);

            for (int i = 0; i < bodies.Length; i++)
            {
                FragmentVerdict verdict = _buffer.HandleFragment(bodies[i], Start, out ReadOnlySpan<byte> whole);
                bool isLast = i == bodies.Length - 1;
                Assert.Equal(isLast ? FragmentVerdict.Completed : FragmentVerdict.Kept, verdict);
                Assert.Equal(isLast ? frame : [], whole.ToArray());
            }
        }

        Assert.Equal(0, _buffer.Abandoned);
    }

    [Fact]
    public void Parts_are_as_few_as_possible_and_as_equal_as_possible()
    {
        for (int i = 0; i < 2_000; i++)
        {
            int total = 1 + _random.NextBelow(FragmentFrame.LargestTotal), room = 200 + _random.NextBelow(1_300);
            int size = FragmentFrame.PartSize(total, room);
            int parts = (total + size - 1) / size;

            Assert.InRange(size + FragmentFrame.Header, 1, room);
            Assert.Equal((total + room - FragmentFrame.Header - 1) / (room - FragmentFrame.Header), parts);
            Assert.InRange((parts * size) - total, 0, parts);
        }

        Assert.InRange(FragmentFrame.LargestTotal / FragmentFrame.PartSize(FragmentFrame.LargestTotal, 1_200), 1, 8);
    }

    [Fact]
    public void As_many_packets_as_there_are_places_may_be_interleaved()
    {
        byte[][][] packets =
            [.. Enumerable.Range(0, Limits.ReassembliesPerPeer).Select(id => Split(Frame(1_300), (uint)id, 1_200))];
        foreach (byte[][] bodies in packets) Assert.Equal(FragmentVerdict.Kept, Add(bodies[0], Start));

        Assert.All(packets, bodies => Assert.Equal(FragmentVerdict.Completed, Add(bodies[1], Start)));
    }

    [Fact]
    public void One_packet_too_many_takes_the_place_of_the_oldest()
    {
        byte[][][] packets =
            [.. Enumerable.Range(0, Limits.ReassembliesPerPeer + 1).Select(id => Split(Frame(1_300), (uint)id, 1_200))];
        for (int i = 0; i < packets.Length; i++) Add(packets[i][0], Start + TimeSpan.FromMilliseconds(i));
        Instant now = Start + TimeSpan.FromMilliseconds(100);

        Assert.Equal(1, _buffer.Abandoned);
        Assert.All(packets[1..], bodies => Assert.Equal(FragmentVerdict.Completed, Add(bodies[1], now)));
        Assert.Equal(FragmentVerdict.Kept, Add(packets[0][1], now));
    }

    [Fact]
    public void What_is_not_whole_after_a_second_is_worth_nothing()
    {
        byte[][] bodies = Split(Frame(1_300), 7, 1_200);
        Add(bodies[0], Start);

        Assert.Equal(FragmentVerdict.Kept, Add(bodies[1], Start + TimeSpan.FromSeconds(1.1)));
        Assert.Equal(1, _buffer.Abandoned);
    }

    [Fact]
    public void A_part_that_came_twice_counts_once()
    {
        byte[][] bodies = Split(Frame(1_300), 7, 1_200);
        Add(bodies[0], Start);

        Assert.Equal(FragmentVerdict.Duplicate, Add(bodies[0], Start));
        Assert.Equal(FragmentVerdict.Completed, Add(bodies[1], Start));
    }

    [Fact]
    public void Parts_that_overlap_or_disagree_on_the_total_cost_the_whole_packet()
    {
        byte[] frame = Frame(1_000);
        byte[] first = Body(new(7, 0, 1_000), frame[..600]);
        foreach (byte[] other in new[] { Body(new(7, 599, 1_000), frame[599..]), Body(new(7, 600, 1_001), frame[600..]) })
        {
            Assert.Equal(FragmentVerdict.Kept, Add(first, Start));
            Assert.Equal(FragmentVerdict.Contradiction, Add(other, Start));
            Assert.Equal(FragmentVerdict.Kept, Add(Body(new(7, 600, 1_000), frame[600..]), Start));
            Assert.Equal(FragmentVerdict.Completed, Add(first, Start));
        }
    }

    [Fact]
    public void A_packet_in_too_many_parts_is_dropped()
    {
        for (int i = 0; i < Limits.FragmentsPerPacket; i++)
            Assert.Equal(FragmentVerdict.Kept, Add(Body(new(7, i, 100), [1]), Start));

        Assert.Equal(FragmentVerdict.Contradiction, Add(Body(new(7, 99, 100), [1]), Start));
    }

    [Fact]
    public void A_part_outside_of_its_frame_or_of_a_frame_too_large_is_malformed()
    {
        Assert.Equal(FragmentVerdict.Malformed, Add(Body(new(7, 0, 100), []), Start));
        Assert.Equal(FragmentVerdict.Malformed, Add(Body(new(7, 100, 100), [1]), Start));
        Assert.Equal(FragmentVerdict.Malformed, Add(Body(new(7, 0, FragmentFrame.LargestTotal + 1), [1]), Start));
        Assert.Equal(FragmentVerdict.Malformed, Add([], Start));
    }

    [Fact]
    public void Whatever_members_send_is_taken_and_costs_no_more_memory_than_the_places_have()
    {
        byte[][] good = [.. Split(Frame(1_300), 1, 1_200), .. Split(Frame(9_000), 2, 1_200)];
        Instant now = Start;
        foreach (int total in new[] { FragmentFrame.LargestTotal })
            for (uint id = 0; id < Limits.ReassembliesPerPeer; id++) Add(Body(new(id, 0, total), [1]), now);
        var seen = new HashSet<FragmentVerdict>();

        Totality.Assert(
            "reassembly", 300, bytes => seen.Add(Add(bytes, now += TimeSpan.FromMicroseconds(50))), 64, good);

        Assert.Equal(5, seen.Count);
    }

    private FragmentVerdict Add(ReadOnlySpan<byte> body, Instant now) => _buffer.HandleFragment(body, now, out _);

    private byte[] Frame(int length)
    {
        byte[] frame = new byte[length];
        _random.Fill(frame);
        return frame;
    }

    private static byte[][] Split(byte[] frame, uint id, int room)
    {
        int size = FragmentFrame.PartSize(frame.Length, room);
        return [.. frame.Chunk(size).Select((part, i) => Body(new(id, i * size, frame.Length), part))];
    }

    private static byte[] Body(FragmentFrame fragment, byte[] part)
    {
        byte[] frame = [.. new byte[FragmentFrame.Header], .. part];
        fragment.Write(frame, part.Length);
        return frame[(FragmentFrame.Header - FragmentFrame.BodyHeader)..];
    }
}
