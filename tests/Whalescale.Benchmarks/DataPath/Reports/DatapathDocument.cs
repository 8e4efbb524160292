using System.Text.Json;
using Whalescale.Benchmarks.DataPath.Measures;
using Whalescale.Benchmarks.Harness;

namespace Whalescale.Benchmarks.DataPath.Reports;

/// <summary>Writes results for machines: one JSON document with every single sample.</summary>
internal static class DatapathDocument
{
    internal const string Schema = "whalescale.bench.datapath/1";

    private static readonly JsonWriterOptions Indented = new() { Indented = true };

    /// <summary>Replaces the file.</summary>
    /// <exception cref="IOException">It cannot be written.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be written.</exception>
    internal static void Write(
        string path, DatapathOptions options, IReadOnlyDictionary<string, string> versions, Results results)
    {
        using FileStream file = File.Create(path);
        using var json = new Utf8JsonWriter(file, Indented);
        json.WriteStartObject();
        json.WriteString("schema", Schema);
        WriteMachine(json, Machine.Current, versions);
        WriteOptions(json, options);
        WriteFigures(json, results);
        WriteSearches(json, results);
        WriteFrames(json, results);
        json.WriteEndObject();
    }

    private static void WriteMachine(
        Utf8JsonWriter json, Machine machine, IReadOnlyDictionary<string, string> versions)
    {
        json.WriteStartObject("machine");
        json.WriteString("processor", machine.Processor);
        json.WriteNumber("logical_processors", machine.LogicalProcessors);
        json.WriteString("system", machine.System);
        json.WriteString("runtime", machine.Runtime);
        json.WriteString("libcrypto", machine.LibCrypto);
        foreach (var (program, version) in versions) json.WriteString(program, version);
        json.WriteEndObject();
    }

    private static void WriteOptions(Utf8JsonWriter json, DatapathOptions options)
    {
        json.WriteStartObject("options");
        json.WriteNumber("rounds", options.Rounds);
        json.WriteNumber("seconds", options.Seconds);
        json.WriteNumber("udp_probes", options.UdpProbes);
        json.WriteNumber("pings", options.Pings);
        json.WriteEndObject();
    }

    private static void WriteFigures(Utf8JsonWriter json, Results results)
    {
        json.WriteStartArray("figures");
        foreach (var group in results.Samples.GroupBy(one => (one.Wire, one.Quantity, one.Contender)))
        {
            var (wire, quantity, contender) = group.Key;
            json.WriteStartObject();
            json.WriteString("wire", NameOf(wire));
            json.WriteString("quantity", quantity.Name);
            json.WriteString("contender", contender);
            json.WriteStartArray("samples");
            foreach (Sample sample in group.OrderBy(sample => sample.Round)) json.WriteNumberValue(Round(sample.Value));
            json.WriteEndArray();
            WriteExtent(json, "value", results.Of(wire, contender, quantity));
            WriteExtent(json, "whalescale_over_it", results.RatioTo(contender, wire, quantity));
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static void WriteSearches(Utf8JsonWriter json, Results results)
    {
        json.WriteStartArray("udp_searches");
        foreach (UdpSeries search in results.Searches)
        {
            json.WriteStartObject();
            json.WriteString("wire", NameOf(search.Wire));
            json.WriteString("contender", search.Contender);
            json.WriteNumber("round", search.Round);
            json.WriteStartArray("probes");
            foreach (UdpProbe probe in search.Probes)
            {
                json.WriteStartObject();
                json.WriteNumber("target_gbps", Round(probe.Target));
                json.WriteNumber("offered_gbps", Round(probe.Report.Offered));
                json.WriteNumber("received_gbps", Round(probe.Report.Received));
                json.WriteNumber("loss", Round(probe.Report.Loss));
                json.WriteEndObject();
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static void WriteFrames(Utf8JsonWriter json, Results results)
    {
        json.WriteStartArray("mean_frames");
        foreach (FrameSize size in results.Frames)
        {
            json.WriteStartObject();
            json.WriteString("wire", NameOf(size.Wire));
            json.WriteString("settings", Testbed.SettingsOf(size.Wire));
            json.WriteString("contender", size.Contender);
            json.WriteNumber("round", size.Round);
            json.WriteNumber("bytes", Math.Round(size.MeanBytes, 1));
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static void WriteExtent(Utf8JsonWriter json, string name, Extent? extent)
    {
        if (extent is not { } known)
        {
            json.WriteNull(name);
            return;
        }

        json.WriteStartObject(name);
        json.WriteNumber("min", Round(known.Min));
        json.WriteNumber("median", Round(known.Median));
        json.WriteNumber("max", Round(known.Max));
        json.WriteEndObject();
    }

    private static string NameOf(Wire wire) => wire.ToString().ToLowerInvariant();

    private static double Round(double value) => Math.Round(value, 5);
}
