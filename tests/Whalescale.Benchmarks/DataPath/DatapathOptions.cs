using System.Globalization;

namespace Whalescale.Benchmarks.DataPath;

/// <summary>The command line of <c>bench datapath</c>.</summary>
/// <param name="Rounds">How often each contender has its turn, 1 to 99.</param>
/// <param name="Seconds">Length of a TCP measurement after its warm-up second, 1 to 60.</param>
/// <param name="Wires">"offload", "frames".</param>
/// <param name="Contenders">Names out of <see cref="AllContenders"/>, in that order.</param>
/// <param name="Measures">Names out of <see cref="AllMeasures"/>, in that order.</param>
/// <param name="UdpProbes">Steps of the search for the highest UDP rate.</param>
/// <param name="Pings">Samples of the round-trip time in a round.</param>
/// <param name="JsonPath">Where the document goes; null: nowhere.</param>
internal sealed record DatapathOptions(
    int Rounds, int Seconds, IReadOnlyList<string> Wires, IReadOnlyList<string> Contenders,
    IReadOnlyList<string> Measures, int UdpProbes, int Pings, string? JsonPath)
{
    /// <summary>The one that the others are compared with.</summary>
    internal const string Own = "whalescale";

    /// <summary>The same code without a cipher.</summary>
    internal const string Limit = "limit";

    internal static readonly string[] AllWires = ["offload", "frames"];
    internal static readonly string[] AllContenders = [Own, "wireguard-go", "nebula", "veth", Limit];
    internal static readonly string[] AllMeasures = ["tcp1", "tcp4", "udp", "rtt", "loss"];

    private static readonly DatapathOptions Normal =
        new(3, 3, AllWires, AllContenders, AllMeasures, UdpProbes: 7, Pings: 2000, null);

    // For a look whether it works; the spread of a single round says nothing.
    private static readonly DatapathOptions Quick = Normal with
    {
        Rounds = 1,
        Seconds = 1,
        UdpProbes = 4,
        Pings = 500,
        Measures = ["tcp1", "udp", "rtt", "loss"],
    };

    /// <summary>Reads the words behind "datapath".</summary>
    /// <param name="words">The words.</param>
    /// <param name="options">What they say.</param>
    /// <param name="complaint">What is wrong with them, or empty.</param>
    internal static bool TryParse(ReadOnlySpan<string> words, out DatapathOptions options, out string complaint)
    {
        options = words.Contains("--quick") ? Quick : Normal;
        complaint = "";
        for (int i = 0; i < words.Length; i++)
        {
            if (words[i] == "--quick") continue;
            string value = i + 1 < words.Length ? words[i + 1] : "";
            DatapathOptions? taken = Take(options, words[i], value);
            if (taken is null)
            {
                complaint = $"bench: {Expectation(words[i])}";
                return false;
            }

            options = taken;
            i++;
        }

        return true;
    }

    private static DatapathOptions? Take(DatapathOptions given, string option, string value) => option switch
    {
        "--rounds" when Number(value, 1, 99) is { } rounds => given with { Rounds = rounds },
        "--seconds" when Number(value, 1, 60) is { } seconds => given with { Seconds = seconds },
        "--wire" when value == "both" => given with { Wires = AllWires },
        "--wire" when AllWires.Contains(value) => given with { Wires = [value] },
        "--contenders" when Names(value, AllContenders) is { } names => given with { Contenders = names },
        "--measure" when Names(value, AllMeasures) is { } names => given with { Measures = names },
        "--json" when value.Length > 0 => given with { JsonPath = value },
        _ => null,
    };

    private static string Expectation(string option) => option switch
    {
        "--rounds" => "--rounds takes a number from 1 to 99.",
        "--seconds" => "--seconds takes a number from 1 to 60.",
        "--wire" => "--wire takes offload, frames or both.",
        "--contenders" => $"--contenders takes names with commas between: {string.Join(',', AllContenders)}.",
        "--measure" => $"--measure takes names with commas between: {string.Join(',', AllMeasures)}.",
        "--json" => "--json takes the path of a file.",
        _ => $"datapath does not take \"{option}\".",
    };

    private static int? Number(string text, int least, int most) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int value)
        && value >= least && value <= most ? value : null;

    /// <returns>In the order of <paramref name="all"/>; null if one is unknown.</returns>
    private static string[]? Names(string text, string[] all)
    {
        string[] given = text.Split(',');
        return given.All(name => all.Contains(name)) ? [.. all.Where(name => given.Contains(name))] : null;
    }
}
