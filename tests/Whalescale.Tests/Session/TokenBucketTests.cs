using Whalescale.Sessions;

namespace Whalescale.Tests.Sessions;

public sealed class TokenBucketTests
{
    [Fact]
    public void A_full_bucket_gives_its_burst_and_then_its_rate()
    {
        var bucket = new TokenBucket(ratePerSecond: 10, burst: 5);
        Instant paid = default;
        Instant now = new(5_000_000_000);

        int atOnce = 0;
        while (bucket.TryTake(ref paid, now)) atOnce++;
        int later = 0;
        for (int ms = 1; ms <= 1_000; ms++)
            if (bucket.TryTake(ref paid, now + TimeSpan.FromMilliseconds(ms))) later++;

        Assert.Equal(5, atOnce);
        Assert.Equal(10, later);
    }

    [Fact]
    public void A_refusal_changes_nothing()
    {
        var bucket = new TokenBucket(ratePerSecond: 1, burst: 1);
        Instant paid = default;
        bucket.TryTake(ref paid, new Instant(0));
        Instant before = paid;

        Assert.False(bucket.TryTake(ref paid, new Instant(1)));

        Assert.Equal(before, paid);
    }
}
