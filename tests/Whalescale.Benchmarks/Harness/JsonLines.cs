using System.Text.Json;

namespace Whalescale.Benchmarks.Harness;

/// <summary>Writes figures to a file, a JSON object a line; the first line tells about the machine.</summary>
/// <remarks>Times are nanoseconds of one operation; ratios are as in <see cref="Figure.Ratio"/>.</remarks>
internal static class JsonLines
{
    private const int Schema = 1;

    /// <summary>Replaces the file.</summary>
    /// <exception cref="IOException">It cannot be written.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be written.</exception>
    internal static void Write(string path, Machine machine, int rounds, IEnumerable<Figure> figures)
    {
        using FileStream file = File.Create(path);
        Line(file, json =>
        {
            json.WriteNumber("schema", Schema);
            json.WriteString("processor", machine.Processor);
            json.WriteNumber("logical_processors", machine.LogicalProcessors);
            json.WriteString("system", machine.System);
            json.WriteString("runtime", machine.Runtime);
            json.WriteString("libcrypto", machine.LibCrypto);
            json.WriteNumber("rounds", rounds);
        });
        foreach (Figure figure in figures) Line(file, json => Write(json, figure));
    }

    private static void Write(Utf8JsonWriter json, Figure figure)
    {
        json.WriteString("section", figure.Section);
        json.WriteString("case", figure.Case);
        json.WriteString("name", figure.Name);
        json.WriteNumber("bytes", figure.Bytes);
        Write(json, "ns", figure.Nanoseconds, decimals: 2);
        Write(json, "ratio", figure.Ratio, decimals: 4);
    }

    private static void Write(Utf8JsonWriter json, string name, Quartiles quartiles, int decimals)
    {
        json.WriteNumber(name, Math.Round(quartiles.Median, decimals));
        json.WriteNumber($"{name}_low", Math.Round(quartiles.Low, decimals));
        json.WriteNumber($"{name}_high", Math.Round(quartiles.High, decimals));
    }

    private static void Line(FileStream file, Action<Utf8JsonWriter> write)
    {
        using (var json = new Utf8JsonWriter(file))
        {
            json.WriteStartObject();
            write(json);
            json.WriteEndObject();
        }

        file.WriteByte((byte)'\n');
    }
}
