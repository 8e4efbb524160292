using System.Globalization;
using System.Text.Json;
using Whalescale.Agent.Configuration.Toml;

namespace Whalescale.Tests.Conformance;

/// <summary>The toml-test suite; see toml/README.md.</summary>
public sealed class TomlTests
{
    private static readonly string Folder = Path.Combine(AppContext.BaseDirectory, "Conformance", "toml");

    public static TheoryData<string> Valid => Cases("valid");

    public static TheoryData<string> Invalid => Cases("invalid");

    [Theory, MemberData(nameof(Valid))]
    public void A_valid_document_reads_as_its_json_says(string name)
    {
        string file = Path.Combine(Folder, "valid", name);

        AssertReadsAs(file + ".json", File.ReadAllBytes(file + ".toml"));
    }

    [Fact]
    public void The_pair_that_the_snapshot_named_without_dots_reads_as_its_json_says()
    {
        string folder = Path.Combine(Folder, "valid", "string");

        AssertReadsAs(Path.Combine(folder, "multiline-json"),
            File.ReadAllBytes(Path.Combine(folder, "multiline-toml")));
    }

    [Theory, MemberData(nameof(Invalid))]
    public void An_invalid_document_is_refused_with_a_position_inside_it(string name)
    {
        byte[] text = File.ReadAllBytes(Path.Combine(Folder, "invalid", name + ".toml"));

        TomlDocument document = TomlReader.Read(text);

        Assert.NotEmpty(document.Errors);
        int lines = text.Count(each => each == (byte)'\n') + 1;
        Assert.All(document.Errors, error => Assert.InRange(error.Position.Line, 1, lines));
        Assert.All(document.Errors, error => Assert.InRange(error.Position.Column, 1, text.Length + 1));
    }

    [Fact]
    public void The_suite_is_here_whole()
    {
        Assert.Equal(94, Valid.Count);
        Assert.Equal(185, Invalid.Count);
    }

    private static TheoryData<string> Cases(string kind)
    {
        string folder = Path.Combine(Folder, kind);
        IEnumerable<string> files = Directory.EnumerateFiles(folder, "*.toml", SearchOption.AllDirectories);
        IEnumerable<string> names = files.Select(file =>
            Path.ChangeExtension(Path.GetRelativePath(folder, file), null));
        return [.. names.Order(StringComparer.Ordinal)];
    }

    private static void AssertReadsAs(string jsonFile, byte[] text)
    {
        TomlDocument document = TomlReader.Read(text);

        Assert.Empty(document.Errors);
        using var expected = JsonDocument.Parse(File.ReadAllBytes(jsonFile));
        AssertSame(expected.RootElement, document.Root, "$");
    }

    private static void AssertSame(JsonElement expected, TomlValue actual, string where)
    {
        if (expected.ValueKind == JsonValueKind.Array)
        {
            var array = Assert.IsType<TomlArray>(actual);
            Assert.Equal(expected.GetArrayLength(), array.Items.Count);
            for (int i = 0; i < array.Items.Count; i++) AssertSame(expected[i], array.Items[i], $"{where}[{i}]");
            return;
        }

        bool isTagged = expected.EnumerateObject().Count() == 2
            && expected.TryGetProperty("type", out JsonElement type) && type.ValueKind == JsonValueKind.String
            && expected.TryGetProperty("value", out JsonElement value) && value.ValueKind == JsonValueKind.String;
        if (isTagged)
        {
            string kind = expected.GetProperty("type").GetString()!;
            AssertScalar(kind, expected.GetProperty("value").GetString()!, actual, where);
            return;
        }

        var table = Assert.IsType<TomlTable>(actual);
        Assert.Equal(
            expected.EnumerateObject().Select(each => each.Name).Order(StringComparer.Ordinal),
            table.Entries.Select(each => each.Key).Order(StringComparer.Ordinal));
        foreach (JsonProperty each in expected.EnumerateObject())
        {
            Assert.True(table.TryGet(each.Name, out TomlEntry? entry), where);
            AssertSame(each.Value, entry!.Value, $"{where}.{each.Name}");
        }
    }

    private static void AssertScalar(string kind, string expected, TomlValue actual, string where)
    {
        switch (kind)
        {
            case "string":
                Assert.Equal(expected, Assert.IsType<TomlString>(actual).Value);
                break;
            case "integer":
                Assert.Equal(long.Parse(expected, CultureInfo.InvariantCulture),
                    Assert.IsType<TomlInteger>(actual).Value);
                break;
            case "bool":
                Assert.Equal(expected == "true", Assert.IsType<TomlBoolean>(actual).Value);
                break;
            case "float":
                double number = expected switch
                {
                    "inf" or "+inf" => double.PositiveInfinity,
                    "-inf" => double.NegativeInfinity,
                    "nan" => double.NaN,
                    _ => double.Parse(expected, NumberStyles.Float, CultureInfo.InvariantCulture),
                };
                Assert.Equal(number, Assert.IsType<TomlFloat>(actual).Value);
                break;
            default:
                AssertDateTime(kind, expected, Assert.IsType<TomlDateTime>(actual), where);
                break;
        }
    }

    private static void AssertDateTime(string kind, string expected, TomlDateTime actual, string where)
    {
        TomlDateTimeKind wanted = kind switch
        {
            "datetime" => TomlDateTimeKind.OffsetDateTime,
            "datetime-local" => TomlDateTimeKind.LocalDateTime,
            "date-local" => TomlDateTimeKind.LocalDate,
            "time-local" => TomlDateTimeKind.LocalTime,
            _ => throw new InvalidDataException($"{where}: {kind}"),
        };
        Assert.Equal(wanted, actual.Kind);
        // The suite compares instants, not spellings: fractions may carry trailing zeros.
        if (expected.Contains('.'))
        {
            int zone = expected.AsSpan(expected.IndexOf('.') + 1).IndexOfAnyExceptInRange('0', '9');
            int end = zone < 0 ? expected.Length : expected.IndexOf('.') + 1 + zone;
            expected = expected[..end].TrimEnd('0') + expected[end..];
        }

        Assert.Equal(expected, actual.ToString());
    }
}
