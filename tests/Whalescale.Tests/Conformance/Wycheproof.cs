using System.Text.Json;

namespace Whalescale.Tests.Conformance;

/// <summary>One case of a Wycheproof file with the group it stands in.</summary>
internal readonly record struct WycheproofCase(JsonElement Group, JsonElement Test)
{
    public string Result => Test.Text("result");

    public bool IsValid => Result == "valid";

    /// <summary>All cases of a file, named by their number and comment.</summary>
    public static IEnumerable<(string Name, WycheproofCase Value)> All(string file)
    {
        foreach (JsonElement group in VectorFile.Read($"wycheproof/{file}").GetProperty("testGroups").EnumerateArray())
        {
            foreach (JsonElement test in group.GetProperty("tests").EnumerateArray())
            {
                string comment = test.TryGetProperty("comment", out JsonElement text) ? text.GetString()! : "";
                yield return ($"{test.GetProperty("tcId")} {comment}", new WycheproofCase(group, test));
            }
        }
    }

    public byte[] Hex(string property) => Test.Hex(property);

    public int GroupNumber(string property) => Group.GetProperty(property).GetInt32();

    public bool HasFlag(string flag) =>
        Test.GetProperty("flags").EnumerateArray().Any(value => value.GetString() == flag);
}
