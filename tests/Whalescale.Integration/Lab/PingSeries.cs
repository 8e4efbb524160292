using System.Globalization;
using System.Text.RegularExpressions;

namespace Whalescale.Integration.Lab;

/// <summary>A series of the kernel's own pings: the plainest user of the tunnel.</summary>
internal sealed partial class PingSeries : IDisposable
{
    private readonly RunningProcess _process;
    private readonly TimeSpan _limit;

    private PingSeries(RunningProcess process, TimeSpan limit)
    {
        _process = process;
        _limit = limit;
    }

    /// <summary>Starts <paramref name="count"/> pings, <paramref name="intervalMilliseconds"/> apart.</summary>
    public static PingSeries Start(NetworkNamespace from, string address, int count, int intervalMilliseconds = 10)
    {
        string interval = (intervalMilliseconds / 1000.0).ToString(CultureInfo.InvariantCulture);
        string times = count.ToString(CultureInfo.InvariantCulture);
        RunningProcess process = from.Start(["ping", "-n", "-D", "-W", "1", "-i", interval, "-c", times, address]);
        return new PingSeries(process, TimeSpan.FromMilliseconds(2.0 * count * intervalMilliseconds + 10_000));
    }

    /// <summary>Whether one ping is answered within a second.</summary>
    public static bool IsAnswered(NetworkNamespace from, string address) =>
        from.Try(["ping", "-n", "-c", "1", "-W", "1", address]).ExitCode == 0;

    /// <summary>Waits for the end of the series.</summary>
    public PingResult Finish()
    {
        if (!_process.WaitForExit(_limit)) throw new TimeoutException($"`{_process.Text}` did not end.");
        return Parse(_process.Everything);
    }

    /// <summary>Reads what `ping -D` prints.</summary>
    /// <exception cref="FormatException">The closing summary is missing.</exception>
    public static PingResult Parse(string text)
    {
        Match summary = Summary().Match(text);
        if (!summary.Success) throw new FormatException($"ping ended without a summary:\n{text}");
        double gapSeconds = 0, last = double.NaN;
        foreach (Match answer in Answer().Matches(text))
        {
            double time = double.Parse(answer.Groups[1].Value, CultureInfo.InvariantCulture);
            if (time - last > gapSeconds) gapSeconds = time - last;
            last = time;
        }

        return new PingResult(
            int.Parse(summary.Groups[1].Value, CultureInfo.InvariantCulture),
            int.Parse(summary.Groups[2].Value, CultureInfo.InvariantCulture),
            TimeSpan.FromSeconds(gapSeconds),
            text);
    }

    public void Dispose() => _process.Dispose();

    [GeneratedRegex(@"(\d+) packets transmitted, (\d+) received")]
    private static partial Regex Summary();

    [GeneratedRegex(@"^\[(\d+\.\d+)\] .*icmp_seq=\d+ .*time=", RegexOptions.Multiline)]
    private static partial Regex Answer();
}

/// <summary>Outcome of a series.</summary>
/// <param name="Sent">Requests.</param>
/// <param name="Received">Answers.</param>
/// <param name="LongestGap">The longest time between two answers that follow each other.</param>
/// <param name="Text">What ping printed.</param>
internal sealed record PingResult(int Sent, int Received, TimeSpan LongestGap, string Text)
{
    public int Lost => Sent - Received;
}
