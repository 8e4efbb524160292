using System.Globalization;
using Whalescale.Agent.Api.Documents;

namespace Whalescale.Agent.Cli.Commands;

/// <summary>Gathers the replies of one ping command.</summary>
internal sealed class PingStatistics
{
    /// <summary>Replies kept for the JSON document and the percentiles; an endless ping forgets its oldest.</summary>
    private const int RepliesKept = 100_000;

    private readonly Queue<PingReplyDocument> _replies = new();
    private PeerNameDocument _peer = new("", "");

    public int Sent { get; private set; }

    public int Answered { get; private set; }

    public void Add(PingDocument reply)
    {
        _peer = reply.Peer;
        Sent++;
        if (reply.RttMs is not null) Answered++;
        if (_replies.Count == RepliesKept) _replies.Dequeue();
        _replies.Enqueue(new PingReplyDocument(Sent, reply.Outcome, reply.Path, reply.Remote, reply.RttMs));
    }

    public PingReportDocument ToDocument() => new(
        _peer.Name, _peer.Id, Sent, Answered, Math.Round(Loss, 4), Times(), [.. _replies]);

    /// <summary>The lines at the end.</summary>
    public IEnumerable<string> Summary()
    {
        yield return string.Create(
            CultureInfo.InvariantCulture, $"--- {_peer.Name}: {Sent} sent, {Answered} answered, {Loss * 100:0.#}% lost");
        if (Times() is not { } times) yield break;
        yield return string.Create(
            CultureInfo.InvariantCulture,
            $"rtt min/avg/max/p50/p99 = {times.Min:0.###}/{times.Avg:0.###}/{times.Max:0.###}/{times.P50:0.###}/{times.P99:0.###} ms");
    }

    private double Loss => Sent == 0 ? 0 : 1 - ((double)Answered / Sent);

    private PingStatisticsDocument? Times()
    {
        double[] sorted = [.. _replies.Where(reply => reply.RttMs is not null).Select(reply => reply.RttMs!.Value).Order()];
        if (sorted.Length == 0) return null;
        return new PingStatisticsDocument(
            sorted[0], Math.Round(sorted.Average(), 3), sorted[^1], Percentile(sorted, 50), Percentile(sorted, 99));
    }

    /// <summary>Nearest rank: the smallest value that at least so many percent do not exceed.</summary>
    private static double Percentile(double[] sorted, int percent) => sorted[((sorted.Length * percent) + 99) / 100 - 1];
}
