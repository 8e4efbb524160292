namespace Whalescale.Sessions;

/// <summary>Allows a rate with a burst, in integers: time itself is the currency (GCRA, ITU-T I.371).</summary>
/// <param name="ratePerSecond">Events a second, at least 1.</param>
/// <param name="burst">Events at once after a pause, at least 1.</param>
public readonly struct TokenBucket(int ratePerSecond, int burst)
{
    private readonly long _interval = 1_000_000_000 / ratePerSecond;
    private readonly long _allowance = 1_000_000_000L / ratePerSecond * (burst - 1);

    /// <summary>Takes one event off the budget that <paramref name="paidUntil"/> stands for.</summary>
    /// <param name="paidUntil">The bucket's whole state; starts as default.</param>
    /// <param name="now">The instant.</param>
    /// <returns>False, and nothing changes, if the budget is used up.</returns>
    public bool TryTake(ref Instant paidUntil, Instant now)
    {
        long start = Math.Max(paidUntil.Nanoseconds, now.Nanoseconds);
        if (start - now.Nanoseconds > _allowance) return false;
        paidUntil = new Instant(start + _interval);
        return true;
    }
}
