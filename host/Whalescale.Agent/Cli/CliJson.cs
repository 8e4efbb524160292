using System.Text.Json.Serialization;

namespace Whalescale.Agent.Cli;

/// <summary>Documents that the commands themselves write.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(IdentityDocument))]
[JsonSerializable(typeof(InitDocument))]
[JsonSerializable(typeof(VersionDocument))]
[JsonSerializable(typeof(ConfigCheckDocument))]
[JsonSerializable(typeof(PingReportDocument))]
[JsonSerializable(typeof(Commands.SimDocument))]
internal sealed partial class CliJson : JsonSerializerContext;

/// <summary><c>whalescale id --json</c></summary>
internal sealed record IdentityDocument(string Id)
{
    [JsonPropertyOrder(-1)]
    public string Schema { get; init; } = "whalescale.id/1";
}

/// <summary><c>whalescale init --json</c></summary>
/// <param name="Id">The node id.</param>
/// <param name="Config">The configuration file.</param>
/// <param name="ConfigCreated">Whether it was written now.</param>
/// <param name="IdentityCreated">Whether the identity was made now.</param>
internal sealed record InitDocument(string Id, string Config, bool ConfigCreated, bool IdentityCreated)
{
    [JsonPropertyOrder(-1)]
    public string Schema { get; init; } = "whalescale.init/1";
}

/// <summary><c>whalescale version --json</c></summary>
internal sealed record VersionDocument(string Version, int ApiLevel, string Runtime, string System, string Architecture)
{
    [JsonPropertyOrder(-1)]
    public string Schema { get; init; } = "whalescale.version/1";
}

/// <summary><c>whalescale config check --json</c></summary>
internal sealed record ConfigCheckDocument(IReadOnlyList<string> Files, IReadOnlyList<MistakeDocument> Mistakes)
{
    [JsonPropertyOrder(-1)]
    public string Schema { get; init; } = "whalescale.config-check/1";
}

/// <summary>A mistake; line and column are null where it is not in a file.</summary>
internal sealed record MistakeDocument(string Source, int? Line, int? Column, string Message);

/// <summary><c>whalescale ping --json</c></summary>
/// <param name="Peer">Name of the peer.</param>
/// <param name="Id">Its id.</param>
/// <param name="Sent">Challenges sent.</param>
/// <param name="Answered">Of these answered.</param>
/// <param name="Loss">Share without an answer, 0 to 1.</param>
/// <param name="RttMs">Statistics; null without any answer.</param>
/// <param name="Replies">One for each challenge.</param>
internal sealed record PingReportDocument(
    string Peer, string Id, int Sent, int Answered, double Loss, PingStatisticsDocument? RttMs,
    IReadOnlyList<PingReplyDocument> Replies)
{
    [JsonPropertyOrder(-1)]
    public string Schema { get; init; } = "whalescale.ping-report/1";
}

/// <summary>Round-trip times in milliseconds.</summary>
internal sealed record PingStatisticsDocument(double Min, double Avg, double Max, double P50, double P99);

/// <summary>What became of one challenge.</summary>
internal sealed record PingReplyDocument(int Seq, string Outcome, int? Path, string? Remote, double? RttMs);
