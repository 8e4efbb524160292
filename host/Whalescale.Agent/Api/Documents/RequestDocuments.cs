using System.Text.Json.Serialization;

namespace Whalescale.Agent.Api.Documents;

/// <summary>Body of <c>POST /v1/peers</c>.</summary>
/// <remarks>What may be left out has a setter, not init: the generated reader would overwrite the default of the
/// latter.</remarks>
internal sealed record AddPeerRequest
{
    /// <summary>The 52 characters.</summary>
    public required string Id { get; init; }

    /// <summary>Name; left out: the first ten characters of the id.</summary>
    public string? Name { get; set; }

    /// <summary>"192.0.2.7:51900", "[2001:db8::7]:51900", "beta.example:51900".</summary>
    public IReadOnlyList<string> Endpoints { get; set; } = [];

    public bool Anchor { get; set; }

    /// <summary>Overlay networks; left out: the peer's own addresses.</summary>
    public IReadOnlyList<string> Routes { get; set; } = [];
}

/// <summary>Answer to <c>POST /v1/peers</c>: what is in force now.</summary>
internal sealed record AddedPeerDocument(PeerNameDocument Peer)
{
    [JsonPropertyOrder(-1)]
    public string Schema { get; init; } = "whalescale.peer-added/1";
}

/// <summary>Answer to <c>DELETE /v1/peers/{peer}</c>: whom the text named.</summary>
internal sealed record RemovedPeerDocument(PeerNameDocument Peer)
{
    [JsonPropertyOrder(-1)]
    public string Schema { get; init; } = "whalescale.peer-removed/1";
}

/// <summary>Body of <c>POST /v1/ping</c>: one challenge.</summary>
internal sealed record PingRequest
{
    /// <summary>Id, unique prefix of at least 6 characters, or name.</summary>
    public required string Peer { get; init; }

    /// <summary>The path, 0 to 254; left out: the one in use.</summary>
    public int? Path { get; set; }

    /// <summary>Bytes of padding, 0 to 1200.</summary>
    public int Size { get; set; }

    /// <summary>How long to wait, 1 to 60000 ms.</summary>
    public int TimeoutMs { get; set; } = 1000;
}

/// <summary>Answer to <c>POST /v1/ping</c>.</summary>
internal sealed record PingDocument
{
    [JsonPropertyOrder(-1)]
    public string Schema { get; init; } = "whalescale.ping/1";

    public required PeerNameDocument Peer { get; init; }

    /// <summary>"answered", "timed_out" or "no_session".</summary>
    public required string Outcome { get; init; }

    /// <summary>The path it took; null if it took none.</summary>
    public required int? Path { get; init; }

    /// <summary>Where it went; null if nowhere.</summary>
    public required string? Remote { get; init; }

    /// <summary>From sending to answer, in milliseconds; null without an answer.</summary>
    public required double? RttMs { get; init; }
}
