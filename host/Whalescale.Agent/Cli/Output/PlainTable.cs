namespace Whalescale.Agent.Cli.Output;

/// <summary>A table as plain aligned lines, for pipes: columns are parted by at least two blanks.</summary>
internal static class PlainTable
{
    public static void Write(TableModel table, TextWriter output, bool withHeadings)
    {
        IEnumerable<IReadOnlyList<string>> lines = withHeadings ? [table.Headings, .. table.Rows] : table.Rows;
        int[] widths = [.. table.Headings.Select((_, column) => lines.Max(line => line[column].Length))];
        foreach (IReadOnlyList<string> line in lines)
            output.WriteLine(string.Join("  ", line.Select((cell, column) => cell.PadRight(widths[column]))).TrimEnd());
    }
}
