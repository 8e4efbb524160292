using System.Globalization;

namespace Whalescale.Integration.Lab;

/// <summary>UDP datagrams of a whole namespace, in both families, as its kernel counts them.</summary>
/// <param name="Received">Taken by a socket.</param>
/// <param name="Sent">Sent by any socket.</param>
internal readonly record struct UdpCounters(long Received, long Sent)
{
    /// <summary>Reads both counters.</summary>
    public static UdpCounters Of(NetworkNamespace host)
    {
        // Names in one line, values in the next; for IPv6 a name and its value in each line.
        string[][] lines =
        [
            .. host.Run("cat", "/proc/net/snmp", "/proc/net/snmp6").Split('\n')
                .Select(line => line.Split(' ', '\t').Where(word => word.Length > 0).ToArray()),
        ];
        string[][] four = [.. lines.Where(words => words is ["Udp:", ..])];
        return new UdpCounters(
            Number(four[1][Array.IndexOf(four[0], "InDatagrams")]) + Ipv6("Udp6InDatagrams"),
            Number(four[1][Array.IndexOf(four[0], "OutDatagrams")]) + Ipv6("Udp6OutDatagrams"));

        long Ipv6(string name) => Number(lines.Single(words => words.Length > 0 && words[0] == name)[1]);
    }

    private static long Number(string text) => long.Parse(text, CultureInfo.InvariantCulture);
}
