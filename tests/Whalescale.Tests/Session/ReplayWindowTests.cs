using Whalescale.Sessions;
using Whalescale.Tests.Support;

namespace Whalescale.Tests.Sessions;

public sealed class ReplayWindowTests
{
    [Fact]
    public void A_number_is_accepted_once()
    {
        var window = new ReplayWindow();

        Assert.True(window.TryAccept(5));
        Assert.False(window.IsFresh(5));
        Assert.False(window.TryAccept(5));
        Assert.True(window.TryAccept(4));
    }

    [Fact]
    public void The_window_is_8192_wide_to_the_last_number()
    {
        var window = new ReplayWindow();
        window.TryAccept(10_000);

        Assert.False(window.TryAccept(10_000 - 8192));
        Assert.True(window.TryAccept(10_000 - 8191));
    }

    [Fact]
    public void A_leap_beyond_the_window_forgets_everything_before()
    {
        var window = new ReplayWindow();
        for (ulong number = 0; number < 100; number++) window.TryAccept(number);

        Assert.True(window.TryAccept(1UL << 40));

        Assert.Equal(1, window.CountAccepted());
        Assert.False(window.IsFresh(99));
        Assert.True(window.IsFresh((1UL << 40) - 8191));
    }

    [Fact]
    public void Asking_changes_nothing()
    {
        var window = new ReplayWindow();
        window.TryAccept(7);

        window.IsFresh(1UL << 50);

        Assert.Equal(8UL, window.Next);
        Assert.True(window.IsFresh(6));
    }

    // Ten million numbers: runs, jumps ahead, late ones, edges of the window and of its words.
    [Fact]
    public void The_window_accepts_what_a_set_would_accept()
    {
        RandomSource random = TestRandom.Of("replay window");
        var window = new ReplayWindow();
        var seen = new HashSet<ulong>();
        ulong next = 0;
        for (int i = 0; i < 10_000_000; i++)
        {
            ulong number = Draw(random, next);
            bool isInside = number >= next || next - number <= ReplayWindow.Size;
            bool expected = isInside && seen.Add(number);

            if (window.TryAccept(number) != expected) Assert.Fail($"step {i}: number {number}, next {next}");

            if (!expected || number < next) continue;
            next = number + 1;
            if (seen.Count > 100_000) seen.RemoveWhere(old => next - old > ReplayWindow.Size);
        }
    }

    private static ulong Draw(RandomSource random, ulong next)
    {
        uint dice = random.NextUInt32();
        uint distance = dice >> 8;
        return (dice & 0xFF) switch
        {
            < 120 => next,
            < 200 => next - Math.Min(next, distance % 300),
            < 230 => next - Math.Min(next, distance % (ReplayWindow.Size + 100)),
            < 250 => next + (distance % 130),
            < 254 => next - Math.Min(next, ReplayWindow.Size - 2 + (distance % 4)),
            _ => next + (distance % 20_000),
        };
    }
}
