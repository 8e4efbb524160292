using System.Globalization;

namespace Whalescale.Benchmarks.DataPath.Reports;

/// <summary>Writes results for people: a section for each wire, a block for each quantity.</summary>
internal sealed class DatapathTable(TextWriter output, Results results)
{
    private const int NameWidth = 18, FigureWidth = 10, RangeWidth = 19;

    /// <summary>Writes the section of a wire.</summary>
    internal void Write(Wire wire)
    {
        output.WriteLine();
        output.WriteLine($"{wire.ToString().ToUpperInvariant()}: {Testbed.SettingsOf(wire)}");
        output.WriteLine(Row("", "median", "min-max", $"{DatapathOptions.Own}/it", "min-max"));
        foreach (Quantity quantity in Quantity.All) Write(wire, quantity);
        string frames = string.Join(", ", results.Frames.Where(size => size.Wire == wire)
            .GroupBy(size => size.Contender)
            .Select(sizes => $"{sizes.Key} {Format(sizes.Max(size => size.MeanBytes), 0)}"));
        if (frames.Length > 0) output.WriteLine($"Largest mean frame on the wire, bytes: {frames}");
    }

    private void Write(Wire wire, Quantity quantity)
    {
        string[] contenders = [.. DatapathOptions.AllContenders.Intersect(results.Contenders(wire, quantity))];
        if (contenders.Length > 0) output.WriteLine(quantity.Title);
        foreach (string contender in contenders)
        {
            if (results.Of(wire, contender, quantity) is not { } value) continue;
            Extent? ratio = results.RatioTo(contender, wire, quantity);
            output.WriteLine(Row(
                "  " + contender, Format(value.Median, quantity.Decimals), Range(value, quantity.Decimals),
                ratio is { } own ? Format(own.Median, 2) : "", ratio is { } wide ? Range(wide, 2) : ""));
        }
    }

    private static string Row(string name, string median, string range, string ratio, string ratioRange) =>
        (name.PadRight(NameWidth) + median.PadLeft(FigureWidth) + range.PadLeft(RangeWidth)
            + ratio.PadLeft(FigureWidth + 5) + ratioRange.PadLeft(RangeWidth)).TrimEnd();

    private static string Range(Extent extent, int decimals) =>
        $"{Format(extent.Min, decimals)}-{Format(extent.Max, decimals)}";

    private static string Format(double value, int decimals) =>
        value.ToString("F" + decimals.ToString(CultureInfo.InvariantCulture), CultureInfo.InvariantCulture);
}
