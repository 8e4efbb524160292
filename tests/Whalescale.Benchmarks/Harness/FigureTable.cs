using System.Globalization;
using System.Text;

namespace Whalescale.Benchmarks.Harness;

/// <summary>Writes figures as tables, a section each: aligned for a terminal, or in Markdown for a document.</summary>
internal sealed class FigureTable(TextWriter output, bool markdown)
{
    private static readonly string[] Titles =
        ["what", "how", "ns", "per second", "Gbit/s", "ratio", "quartiles", "spread"];

    private static readonly int[] Widths = [34, 27, 11, 11, 7, 7, 13, 6];

    private const int TextColumns = 2; // aligned to the left; numbers to the right

    private string? _section;

    /// <summary>Writes a line about the machine or the measurement.</summary>
    internal void WriteRemark(string text) => output.WriteLine(text);

    /// <summary>Writes the figures of one contest, with a heading where a section begins.</summary>
    internal void Write(IEnumerable<Figure> figures)
    {
        foreach (Figure figure in figures)
        {
            if (figure.Section != _section) WriteHeading(figure.Section);
            _section = figure.Section;
            output.WriteLine(Row(CellsOf(figure)));
        }
    }

    private void WriteHeading(string section)
    {
        output.WriteLine();
        output.WriteLine(markdown ? $"### {section}" : section.ToUpperInvariant());
        if (markdown) output.WriteLine();
        output.WriteLine(Row(Titles));
        if (!markdown) return;
        output.WriteLine("|" + string.Concat(Titles.Select((_, i) => i < TextColumns ? "---|" : "--:|")));
    }

    private static string[] CellsOf(Figure figure) =>
    [
        figure.Case,
        figure.Name,
        Rounded(figure.Nanoseconds.Median),
        Rounded(figure.PerSecond),
        figure.Bytes == 0 ? "" : Format($"{figure.GigabitsPerSecond:F2}"),
        Ratio(figure.Ratio.Median),
        $"{Ratio(figure.Ratio.Low)}-{Ratio(figure.Ratio.High)}",
        Format($"{figure.Nanoseconds.Spread:P0}"),
    ];

    private string Row(string[] cells)
    {
        if (markdown) return $"| {string.Join(" | ", cells)} |";
        var line = new StringBuilder();
        for (int i = 0; i < cells.Length; i++)
            line.Append(i < TextColumns ? cells[i].PadRight(Widths[i]) : cells[i].PadLeft(Widths[i])).Append(' ');
        return line.ToString().TrimEnd();
    }

    // Three digits mean something, more do not.
    private static string Rounded(double value)
    {
        double unit = Math.Pow(10, Math.Max(0, Math.Floor(Math.Log10(Math.Max(value, 1))) - 2));
        return value < 100 ? Format($"{value:F1}") : Format($"{Math.Round(value / unit) * unit:N0}");
    }

    private static string Ratio(double value) => value < 10 ? Format($"{value:F2}") : Rounded(value);

    private static string Format(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
