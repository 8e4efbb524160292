namespace Whalescale.Paths;

/// <summary>Smoothed round-trip time and its variance (RFC 9002, section 5.3), in integers.</summary>
public sealed class RttEstimator
{
    /// <summary>Smoothed round-trip time; zero until the first sample. α = 1/8.</summary>
    public TimeSpan Smoothed { get; private set; }

    /// <summary>Mean deviation; half the first sample at first. β = 1/4.</summary>
    public TimeSpan Variance { get; private set; }

    /// <summary>Smallest sample.</summary>
    public TimeSpan Minimum { get; private set; }

    /// <summary>Whether there was a sample.</summary>
    public bool HasSample { get; private set; }

    /// <summary>Takes a sample; one that is not positive counts as 100 ns.</summary>
    public void Add(TimeSpan sample)
    {
        long ticks = Math.Max(1, sample.Ticks);
        if (!HasSample)
        {
            (HasSample, Smoothed, Variance, Minimum) = (true, new(ticks), new(ticks / 2), new(ticks));
            return;
        }

        long deviation = Math.Abs(Smoothed.Ticks - ticks);
        Variance = new(((3 * Variance.Ticks) + deviation) / 4);
        Smoothed = new(((7 * Smoothed.Ticks) + ticks) / 8);
        if (ticks < Minimum.Ticks) Minimum = new(ticks);
    }

    /// <summary>Forgets everything: the path leads somewhere else now.</summary>
    public void Reset() => (HasSample, Smoothed, Variance, Minimum) = (false, default, default, default);
}
