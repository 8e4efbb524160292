using System.Globalization;

namespace Whalescale.Benchmarks.Harness;

/// <summary>What stands on the command line.</summary>
/// <param name="Command">"crypto" or "micro".</param>
/// <param name="Rounds">Rounds of each contest, 3 to 100000.</param>
/// <param name="Markdown">Whether tables are written for a document.</param>
/// <param name="JsonPath">Where figures are written, a JSON object a line; null: nowhere.</param>
/// <param name="Filter">Only benchmarks whose name contains this; null: all.</param>
/// <param name="AllocationsOnly">Whether times are left out.</param>
internal sealed record Arguments(
    string Command, int Rounds, bool Markdown, string? JsonPath, string? Filter, bool AllocationsOnly)
{
    private const int DefaultRounds = 501;

    /// <summary>Reads the command line.</summary>
    /// <param name="words">The words.</param>
    /// <param name="arguments">What they say.</param>
    /// <param name="complaint">What is wrong with them, or empty.</param>
    internal static bool TryParse(string[] words, out Arguments arguments, out string complaint)
    {
        arguments = new Arguments(words.Length > 0 ? words[0] : "", DefaultRounds, false, null, null, false);
        complaint = arguments.Command is "crypto" or "micro" ? "" : "bench: crypto, micro or datapath comes first.";
        for (int i = 1; i < words.Length && complaint.Length == 0; i++)
        {
            string? value = i + 1 < words.Length ? words[i + 1] : null;
            (arguments, complaint, bool tookValue) = Take(arguments, words[i], value);
            if (tookValue) i++;
        }

        return complaint.Length == 0;
    }

    private static (Arguments Arguments, string Complaint, bool TookValue) Take(
        Arguments given, string option, string? value) => (given.Command, option) switch
        {
            ("crypto", "--markdown") => (given with { Markdown = true }, "", false),
            ("crypto", "--json") when value is not null => (given with { JsonPath = value }, "", true),
            ("crypto", "--rounds") when IsRounds(value, out int rounds) => (given with { Rounds = rounds }, "", true),
            ("crypto", "--rounds") => (given, "bench: --rounds takes a number from 3 to 100000.", false),
            ("micro", "--allocations") => (given with { AllocationsOnly = true }, "", false),
            ("micro", "--filter") when value is not null => (given with { Filter = value }, "", true),
            _ => (given, $"bench: {given.Command} does not take \"{option}\", or not without a value.", false),
        };

    private static bool IsRounds(string? text, out int rounds) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out rounds)
        && rounds is >= 3 and <= 100_000;
}
