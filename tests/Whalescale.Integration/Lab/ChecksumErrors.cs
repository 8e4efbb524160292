namespace Whalescale.Integration.Lab;

/// <summary>Packets that a namespace's kernel found damaged.</summary>
/// <param name="Tcp">TCP segments with a wrong checksum, both families.</param>
/// <param name="Udp">UDP datagrams with a wrong checksum, both families.</param>
/// <param name="Icmp">ICMP messages with a wrong checksum, both families.</param>
/// <param name="Ip">IPv4 packets with a wrong header.</param>
internal readonly record struct ChecksumErrors(long Tcp, long Udp, long Icmp, long Ip)
{
    /// <summary>Reads the counters.</summary>
    public static ChecksumErrors Of(NetworkNamespace host)
    {
        IReadOnlyDictionary<string, long> values = KernelCounters.Of(host);
        return new ChecksumErrors(
            values["Tcp:InCsumErrors"],
            values["Udp:InCsumErrors"] + values["Udp6InCsumErrors"],
            values["Icmp:InCsumErrors"] + values["Icmp6InCsumErrors"],
            values["Ip:InHdrErrors"]);
    }
}
