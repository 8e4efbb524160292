using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Whalescale.Tests.Architecture;
using Whalescale.Types;

namespace Whalescale.Tests.Session;

/// <summary>The bytes of protocol version 1 do not change, and the document shows them as they are.</summary>
/// <remarks><c>WHALESCALE_WRITE_VECTORS=1 dotnet test --filter ProtocolVector</c> writes the vectors anew: only when a
/// version of the protocol that nobody has yet is meant to change.</remarks>
public sealed partial class ProtocolVectorTests
{
    private const string VectorFile = "tests/Whalescale.Tests/Session/vectors/protocol-v1.json";
    private const string Document = "docs/protocol.md";

    [Fact]
    public void The_code_writes_the_published_bytes()
    {
        string made = ProtocolVectors.Make();
        if (Environment.GetEnvironmentVariable("WHALESCALE_WRITE_VECTORS") == "1")
            File.WriteAllText(RepositoryFiles.FullPath(VectorFile), made);

        Assert.Equal(RepositoryFiles.Read(VectorFile).ReplaceLineEndings("\n"), made);
    }

    [Fact]
    public void Every_vector_in_the_document_is_the_published_one()
    {
        JsonNode vectors = JsonNode.Parse(RepositoryFiles.Read(VectorFile))!;
        string document = RepositoryFiles.Read(Document);
        int shown = 0;
        foreach (Match block in Block().Matches(document))
        {
            JsonNode? at = vectors;
            foreach (string step in block.Groups["name"].Value.Split(' ')) at = at?[step];
            Assert.True(at is not null, $"no vector {block.Groups["name"].Value}");
            Assert.Equal(at.GetValue<string>(), Space().Replace(block.Groups["hex"].Value, ""));
            shown++;
        }

        Assert.InRange(shown, 12, 100);
    }

    [Fact]
    public void Every_frame_of_the_vectors_is_read_as_what_it_is()
    {
        var types = new Dictionary<string, FrameType?>();
        foreach ((string name, byte[] bytes) in ProtocolVectors.Frames())
        {
            var reader = new FrameReader([.. bytes, .. new byte[-bytes.Length & 15]]);
            types[name] = reader.TryRead(out Frame frame) ? frame.Type : null;
            Assert.False(reader.TryRead(out _));
            Assert.False(reader.IsMalformed);
        }

        Assert.Equal(
            new Dictionary<string, FrameType?>
            {
                ["keepalive"] = null,
                ["padding"] = null,
                ["ordered-packet"] = FrameType.OrderedPacket,
                ["unordered-packet"] = FrameType.UnorderedPacket,
                ["path-challenge"] = FrameType.PathChallenge,
                ["path-response"] = FrameType.PathResponse,
                ["path-response-ipv6"] = FrameType.PathResponse,
                ["close"] = FrameType.Close,
                ["unknown-then-close"] = FrameType.Close,
                ["packet-fragment"] = FrameType.PacketFragment,
            },
            types);
    }

    [GeneratedRegex(@"^```vector (?<name>[^\n]+)\n(?<hex>[0-9a-f\s]+)^```$", RegexOptions.Multiline)]
    private static partial Regex Block();

    [GeneratedRegex(@"\s+")]
    private static partial Regex Space();
}
