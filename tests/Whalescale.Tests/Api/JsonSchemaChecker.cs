using System.Text.Json;
using System.Text.RegularExpressions;

namespace Whalescale.Tests.Api;

/// <summary>Checks a document against the part of JSON Schema (draft 2020-12) that docs/schemas uses; anything else
/// in a schema is an error, so that no rule is passed over unseen.</summary>
internal sealed class JsonSchemaChecker(JsonElement root)
{
    private static readonly HashSet<string> Annotations =
        ["$schema", "$id", "$defs", "title", "description"];

    public static JsonSchemaChecker Load(string name) =>
        new(JsonDocument.Parse(File.ReadAllText(Repository.File($"docs/schemas/{name}.json"))).RootElement);

    /// <summary>What is wrong, each with its place; empty if the document fits.</summary>
    public IReadOnlyList<string> Check(string document)
    {
        var wrong = new List<string>();
        Check(root, JsonDocument.Parse(document).RootElement, "$", wrong);
        return wrong;
    }

    private void Check(JsonElement schema, JsonElement value, string place, List<string> wrong)
    {
        foreach (JsonProperty rule in schema.EnumerateObject())
        {
            switch (rule.Name)
            {
                case "$ref": Check(Resolve(rule.Value.GetString()!), value, place, wrong); break;
                case "type": Require(IsOfType(rule.Value, value), rule, place, wrong); break;
                case "const": Require(JsonElement.DeepEquals(rule.Value, value), rule, place, wrong); break;
                case "enum":
                    bool isListed = rule.Value.EnumerateArray().Any(each => JsonElement.DeepEquals(each, value));
                    Require(isListed, rule, place, wrong);
                    break;
                case "pattern":
                    bool fits = value.ValueKind != JsonValueKind.String
                        || Regex.IsMatch(value.GetString()!, rule.Value.GetString()!, RegexOptions.CultureInvariant);
                    Require(fits, rule, place, wrong);
                    break;
                case "minimum": Require(Compare(value, rule.Value) is null or >= 0, rule, place, wrong); break;
                case "maximum": Require(Compare(value, rule.Value) is null or <= 0, rule, place, wrong); break;
                case "required":
                    foreach (JsonElement name in rule.Value.EnumerateArray())
                    {
                        bool isThere = value.ValueKind != JsonValueKind.Object || value.TryGetProperty(name.GetString()!, out _);
                        if (!isThere) wrong.Add($"{place}: {name} is missing");
                    }

                    break;
                case "properties":
                    foreach (JsonProperty property in rule.Value.EnumerateObject())
                    {
                        if (value.ValueKind == JsonValueKind.Object && value.TryGetProperty(property.Name, out JsonElement inner))
                            Check(property.Value, inner, $"{place}.{property.Name}", wrong);
                    }

                    break;
                case "additionalProperties" when rule.Value.ValueKind == JsonValueKind.Object:
                    if (value.ValueKind != JsonValueKind.Object) break;
                    // Only where no properties are named, so that all of them are additional.
                    if (schema.TryGetProperty("properties", out _)) throw new NotSupportedException("named and additional");
                    foreach (JsonProperty property in value.EnumerateObject())
                        Check(rule.Value, property.Value, $"{place}.{property.Name}", wrong);
                    break;
                case "items":
                    if (value.ValueKind != JsonValueKind.Array) break;
                    foreach ((int index, JsonElement inner) in value.EnumerateArray().Index())
                        Check(rule.Value, inner, $"{place}[{index}]", wrong);
                    break;
                default:
                    if (!Annotations.Contains(rule.Name)) throw new NotSupportedException($"schema keyword {rule.Name}");
                    break;
            }
        }
    }

    private JsonElement Resolve(string reference)
    {
        JsonElement found = root;
        foreach (string step in reference.TrimStart('#', '/').Split('/')) found = found.GetProperty(step);
        return found;
    }

    private static void Require(bool holds, JsonProperty rule, string place, List<string> wrong)
    {
        if (!holds) wrong.Add($"{place}: {rule.Name} {rule.Value}");
    }

    private static bool IsOfType(JsonElement types, JsonElement value) => types.ValueKind == JsonValueKind.Array
        ? types.EnumerateArray().Any(type => IsOfType(type, value))
        : types.GetString() switch
        {
            "object" => value.ValueKind == JsonValueKind.Object,
            "array" => value.ValueKind == JsonValueKind.Array,
            "string" => value.ValueKind == JsonValueKind.String,
            "number" => value.ValueKind == JsonValueKind.Number,
            "integer" => value.ValueKind == JsonValueKind.Number && value.TryGetInt64(out _),
            "null" => value.ValueKind == JsonValueKind.Null,
            _ => throw new NotSupportedException($"schema type {types}"),
        };

    private static int? Compare(JsonElement value, JsonElement bound) =>
        value.ValueKind == JsonValueKind.Number ? value.GetDouble().CompareTo(bound.GetDouble()) : null;
}
