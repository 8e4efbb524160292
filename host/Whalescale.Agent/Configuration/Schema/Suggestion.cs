namespace Whalescale.Agent.Configuration.Schema;

/// <summary>Finds what a person probably meant.</summary>
internal static class Suggestion
{
    private const int LongestWord = 64;

    /// <summary>The candidate nearest to <paramref name="word"/>, if it is near: a third of the letters wrong at most
    /// (at most three), or one the beginning of the other.</summary>
    public static string? Nearest(string word, IEnumerable<string> candidates)
    {
        if (word.Length > LongestWord) return null;
        int allowed = Math.Clamp(word.Length / 3, 1, 3);
        string? best = null;
        int bestDistance = int.MaxValue;
        foreach (string candidate in candidates)
        {
            int distance = Distance(word.ToLowerInvariant(), candidate.ToLowerInvariant());
            bool isBeginning = Math.Min(word.Length, candidate.Length) >= 3
                && (candidate.StartsWith(word, StringComparison.OrdinalIgnoreCase)
                    || word.StartsWith(candidate, StringComparison.OrdinalIgnoreCase));
            if ((distance > allowed && !isBeginning) || distance >= bestDistance) continue;
            (best, bestDistance) = (candidate, distance);
        }

        return best;
    }

    /// <summary>"; did you mean …?" or nothing.</summary>
    public static string Phrase(string? nearest) => nearest is null ? "" : $"; did you mean \"{nearest}\"?";

    /// <summary>Letters inserted, left out, replaced or swapped with their neighbour (optimal string
    /// alignment).</summary>
    internal static int Distance(string a, string b)
    {
        var rows = new int[a.Length + 1, b.Length + 1];
        for (int i = 0; i <= a.Length; i++) rows[i, 0] = i;
        for (int j = 0; j <= b.Length; j++) rows[0, j] = j;
        for (int i = 1; i <= a.Length; i++)
        {
            for (int j = 1; j <= b.Length; j++)
            {
                int replaced = rows[i - 1, j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
                int least = Math.Min(replaced, Math.Min(rows[i - 1, j], rows[i, j - 1]) + 1);
                bool isSwap = i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
                rows[i, j] = isSwap ? Math.Min(least, rows[i - 2, j - 2] + 1) : least;
            }
        }

        return rows[a.Length, b.Length];
    }
}
