using System.Globalization;

namespace Whalescale.Integration.Lab;

/// <summary>What a namespace's kernel counts: /proc/net/snmp and /proc/net/snmp6.</summary>
internal static class KernelCounters
{
    /// <summary>All counters by name: "Udp:InDatagrams" of IPv4, "Udp6InDatagrams" of IPv6.</summary>
    public static IReadOnlyDictionary<string, long> Of(NetworkNamespace host)
    {
        // Names in one line, values in the next; for IPv6 a name and its value in each line.
        var values = new Dictionary<string, long>(StringComparer.Ordinal);
        string[] lines = host.Run("cat", "/proc/net/snmp").Split('\n', StringSplitOptions.RemoveEmptyEntries);
        for (int i = 0; i + 1 < lines.Length; i += 2)
        {
            string[] names = lines[i].Split(' '), numbers = lines[i + 1].Split(' ');
            for (int j = 1; j < names.Length; j++) values[names[0] + names[j]] = Number(numbers[j]);
        }

        foreach (string line in host.Run("cat", "/proc/net/snmp6").Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            string[] words = [.. line.Split(' ', '\t').Where(word => word.Length > 0)];
            if (words.Length == 2) values[words[0]] = Number(words[1]);
        }

        return values;
    }

    private static long Number(string text) => long.Parse(text, CultureInfo.InvariantCulture);
}
