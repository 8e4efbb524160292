using System.Text.Json;
using System.Text.Json.Serialization;
using Whalescale.Agent.Api.Documents;

namespace Whalescale.Agent.Api;

/// <summary>How every document is written and read: snake_case, generated at build time, nothing unknown
/// accepted.</summary>
/// <remarks>An unknown field in a request is a mistake of its sender and is refused; the client reads answers with
/// <see cref="Answers"/>, which passes over what a newer agent has added.</remarks>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    RespectNullableAnnotations = true,
    MaxDepth = 16)]
[JsonSerializable(typeof(StatusDocument))]
[JsonSerializable(typeof(PeersDocument))]
[JsonSerializable(typeof(PathsDocument))]
[JsonSerializable(typeof(CapabilitiesDocument))]
[JsonSerializable(typeof(PluginsDocument))]
[JsonSerializable(typeof(ConfigDocument))]
[JsonSerializable(typeof(AddPeerRequest))]
[JsonSerializable(typeof(AddedPeerDocument))]
[JsonSerializable(typeof(RemovedPeerDocument))]
[JsonSerializable(typeof(PingRequest))]
[JsonSerializable(typeof(PingDocument))]
[JsonSerializable(typeof(ProblemDocument))]
internal sealed partial class ApiJson : JsonSerializerContext
{
    /// <summary>For reading the answers of an agent that may be newer.</summary>
    public static ApiJson Answers => field ??= new(new JsonSerializerOptions(Default.Options)
    {
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Skip,
    });
}
