using System.Globalization;
using System.Text.Json;
using Xunit.Abstractions;

namespace Whalescale.Integration.Lab;

/// <summary>What a test measured: said in its output, and kept as a JSON line for whoever quotes it.</summary>
internal static class Figures
{
    /// <summary>Notes one figure.</summary>
    /// <param name="output">The test's output.</param>
    /// <param name="name">Stable, dotted: "flood.bad_mac1.goodput_ratio".</param>
    /// <param name="value">The value.</param>
    /// <param name="unit">"ms", "Mbit/s", "percent", "packets", "ratio", "MiB".</param>
    public static void Report(this ITestOutputHelper output, string name, double value, string unit)
    {
        double rounded = Math.Round(value, 3);
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{name} = {rounded} {unit}"));
        if (string.IsNullOrEmpty(LabSettings.FiguresFile)) return;
        string line = JsonSerializer.Serialize(new { figure = name, value = rounded, unit });
        File.AppendAllText(LabSettings.FiguresFile, line + "\n");
    }
}
