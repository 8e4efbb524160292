namespace Whalescale.Integration.Lab;

/// <summary>UDP datagrams of a whole namespace, in both families, as its kernel counts them.</summary>
/// <param name="Received">Taken by a socket.</param>
/// <param name="Sent">Sent by any socket.</param>
internal readonly record struct UdpCounters(long Received, long Sent)
{
    /// <summary>Reads both counters.</summary>
    public static UdpCounters Of(NetworkNamespace host)
    {
        IReadOnlyDictionary<string, long> values = KernelCounters.Of(host);
        return new UdpCounters(
            values["Udp:InDatagrams"] + values["Udp6InDatagrams"],
            values["Udp:OutDatagrams"] + values["Udp6OutDatagrams"]);
    }
}
