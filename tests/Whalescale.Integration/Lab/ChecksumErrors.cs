using System.Globalization;

namespace Whalescale.Integration.Lab;

/// <summary>Packets that a namespace's kernel found damaged.</summary>
/// <param name="Tcp">TCP segments with a wrong checksum, both families.</param>
/// <param name="Udp">UDP datagrams with a wrong checksum, both families.</param>
/// <param name="Ip">IPv4 packets with a wrong header.</param>
internal readonly record struct ChecksumErrors(long Tcp, long Udp, long Ip)
{
    /// <summary>Reads the counters.</summary>
    public static ChecksumErrors Of(NetworkNamespace host)
    {
        var values = new Dictionary<string, long>(StringComparer.Ordinal);
        string[] lines = host.Run("cat", "/proc/net/snmp").Split('\n', StringSplitOptions.RemoveEmptyEntries);
        for (int i = 0; i + 1 < lines.Length; i += 2)
        {
            string[] names = lines[i].Split(' '), numbers = lines[i + 1].Split(' ');
            for (int j = 1; j < names.Length; j++) values[names[0] + names[j]] = Number(numbers[j]);
        }

        foreach (string line in host.Run("cat", "/proc/net/snmp6").Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            string[] words = line.Split(' ', '\t').Where(word => word.Length > 0).ToArray();
            if (words.Length == 2) values[words[0]] = Number(words[1]);
        }

        return new ChecksumErrors(
            values["Tcp:InCsumErrors"], values["Udp:InCsumErrors"] + values["Udp6InCsumErrors"], values["Ip:InHdrErrors"]);
    }

    private static long Number(string text) => long.Parse(text, CultureInfo.InvariantCulture);
}
