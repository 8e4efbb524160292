using System.Globalization;
using System.Text;
using Whalescale.Node;

namespace Whalescale.Agent.Api;

/// <summary>Counters in the Prometheus text exposition format, version 0.0.4.</summary>
/// <remarks>Labels hold names and numbers, never an underlay address: what is scraped travels far.</remarks>
internal static class MetricsText
{
    public const string ContentType = "text/plain; version=0.0.4; charset=utf-8";

    public static string Write(NodeStatus status)
    {
        var text = new StringBuilder();
        Head(text, "whalescale_info", "gauge", "Version of the agent; always 1.");
        Sample(text, "whalescale_info", "1", ("version", AgentVersion.Text));
        Head(text, "whalescale_peers_established", "gauge", "Peers with a usable session.");
        Sample(text, "whalescale_peers_established", Number(status.EstablishedPeers));
        foreach ((string name, long value) in status.Counters)
        {
            string metric = $"whalescale_{Name(name)}_total";
            Head(text, metric, "counter", $"Counter {Printable.Escape(name)} since start.");
            Sample(text, metric, Number(value));
        }

        PeerBytes(text, status, "whalescale_peer_transmitted_bytes_total", "sent", peer => peer.TransmittedBytes);
        PeerBytes(text, status, "whalescale_peer_received_bytes_total", "received", peer => peer.ReceivedBytes);
        PathBytes(text, status, "whalescale_path_transmitted_bytes_total", "sent", path => path.TransmittedBytes);
        PathBytes(text, status, "whalescale_path_received_bytes_total", "received", path => path.ReceivedBytes);
        RoundTrips(text, status);
        Runtime(text);
        return text.ToString();
    }

    // Packets are carried without garbage; these two say whether that is so.
    private static void Runtime(StringBuilder text)
    {
        const string Collections = "whalescale_runtime_collections_total";
        Head(text, Collections, "counter", "Garbage collections since start, by generation.");
        for (int generation = 0; generation <= GC.MaxGeneration; generation++)
            Sample(text, Collections, Number(GC.CollectionCount(generation)), ("generation", Number(generation)));
        const string Allocated = "whalescale_runtime_allocated_bytes_total";
        Head(text, Allocated, "counter", "Bytes allocated on the collected heap since start.");
        Sample(text, Allocated, Number(GC.GetTotalAllocatedBytes()));
    }

    private static void PeerBytes(
        StringBuilder text, NodeStatus status, string metric, string verb, Func<PeerStatus, long> valueOf)
    {
        Head(text, metric, "counter", $"Bytes of overlay packets {verb} since start.");
        foreach (PeerStatus peer in status.Peers) Sample(text, metric, Number(valueOf(peer)), Labels(peer));
    }

    private static void PathBytes(
        StringBuilder text, NodeStatus status, string metric, string verb, Func<PathStatus, long> valueOf)
    {
        Head(text, metric, "counter", $"Bytes {verb} over the path since start.");
        foreach (PeerStatus peer in status.Peers)
        {
            foreach (PathStatus path in peer.Paths) Sample(text, metric, Number(valueOf(path)), Labels(peer, path));
        }
    }

    private static void RoundTrips(StringBuilder text, NodeStatus status)
    {
        const string Metric = "whalescale_path_round_trip_seconds";
        Head(text, Metric, "gauge", "Smoothed round-trip time of the path.");
        foreach (PeerStatus peer in status.Peers)
        {
            foreach (PathStatus path in peer.Paths)
            {
                if (path.RoundTrip is not { } time) continue;
                string seconds = time.TotalSeconds.ToString("0.#######", CultureInfo.InvariantCulture);
                Sample(text, Metric, seconds, Labels(peer, path));
            }
        }
    }

    private static (string, string)[] Labels(PeerStatus peer) =>
        [("peer", peer.Name), ("id", peer.Id.ToShortString())];

    private static (string, string)[] Labels(PeerStatus peer, PathStatus path) =>
        [.. Labels(peer), ("path", path.Id.ToString()), ("interface", path.Interface)];

    private static void Head(StringBuilder text, string metric, string type, string help) =>
        text.Append("# HELP ").Append(metric).Append(' ').Append(help).Append('\n')
            .Append("# TYPE ").Append(metric).Append(' ').Append(type).Append('\n');

    private static void Sample(
        StringBuilder text, string metric, string value, params ReadOnlySpan<(string Name, string Value)> labels)
    {
        text.Append(metric);
        for (int i = 0; i < labels.Length; i++)
        {
            text.Append(i == 0 ? '{' : ',').Append(labels[i].Name).Append("=\"").Append(Quote(labels[i].Value)).Append('"');
        }

        if (labels.Length > 0) text.Append('}');
        text.Append(' ').Append(value).Append('\n');
    }

    private static string Quote(string value) => value
        .Replace("\\", "\\\\", StringComparison.Ordinal)
        .Replace("\"", "\\\"", StringComparison.Ordinal)
        .Replace("\n", "\\n", StringComparison.Ordinal);

    /// <summary>Letters, digits and underscores: "drop.source-filter" becomes "drop_source_filter".</summary>
    private static string Name(string name) =>
        string.Create(name.Length, name, (target, source) =>
        {
            for (int i = 0; i < target.Length; i++) target[i] = char.IsAsciiLetterOrDigit(source[i]) ? source[i] : '_';
        });

    private static string Number(long value) => value.ToString(CultureInfo.InvariantCulture);
}
