using Whalescale.Benchmarks.Harness;
using Whalescale.Crypto;

namespace Whalescale.Benchmarks.Contests;

/// <summary><c>bench crypto</c>: what a session computes, against the base class library or a primitive.</summary>
internal static class CryptoCommand
{
    /// <summary>Holds all contests and writes what they showed.</summary>
    /// <returns>0, or 1 if something is missing or the file of figures cannot be written.</returns>
    internal static int Run(Arguments arguments)
    {
        if (IsMissingLibrary(out string missing))
        {
            Console.Error.WriteLine($"bench: {missing}");
            return 1;
        }

        var referee = new Referee(arguments.Rounds);
        var table = new FigureTable(Console.Out, arguments.Markdown);
        var figures = new List<Figure>();
        table.WriteRemark(Machine.Current.ToString());
        table.WriteRemark(
            $"Medians of {arguments.Rounds} rounds. Ratio: how many times as fast as the first line of the same case.");
        Hold(SealingContests.All());
        Hold(HandshakeContests.All());
        Hold(FloodContests.All());
        Hold(PublicKeyContests.All());
        return arguments.JsonPath is null || TryWrite(arguments, figures) ? 0 : 1;

        void Hold(IEnumerable<Contest> contests)
        {
            foreach (Contest contest in contests)
            {
                Figure[] held = referee.Hold(contest);
                table.Write(held);
                figures.AddRange(held);
            }
        }
    }

    private static bool IsMissingLibrary(out string message)
    {
        message = "";
        try
        {
            CryptoLibraries.Require();
            return false;
        }
        catch (DllNotFoundException missing)
        {
            message = missing.Message;
            return true;
        }
    }

    private static bool TryWrite(Arguments arguments, List<Figure> figures)
    {
        try
        {
            JsonLines.Write(arguments.JsonPath!, Machine.Current, arguments.Rounds, figures);
            return true;
        }
        catch (Exception refused) when (refused is IOException or UnauthorizedAccessException)
        {
            Console.Error.WriteLine($"bench: cannot write the figures: {refused.Message}");
            return false;
        }
    }
}
