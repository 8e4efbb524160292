using Whalescale.Agent.Api.Documents;

namespace Whalescale.Agent.Api;

/// <summary>The stable codes of problem documents with HTTP status and title. Codes are only added.</summary>
internal static class Problems
{
    public const string NotFound = "request.not_found";
    public const string MethodNotAllowed = "request.method_not_allowed";
    public const string TooLarge = "request.too_large";
    public const string MediaType = "request.media_type";
    public const string BadJson = "request.bad_json";
    public const string Malformed = "request.malformed";
    public const string Invalid = "request.invalid";
    public const string AccessDenied = "access.denied";
    public const string PeerUnknown = "peer.unknown";
    public const string PeerAmbiguous = "peer.ambiguous";
    public const string PeerNameTaken = "peer.name_taken";
    public const string PeerInvalidId = "peer.invalid_id";
    public const string PeerManagedByHand = "peer.managed_by_hand";
    public const string PathUnknown = "path.unknown";
    public const string Internal = "agent.internal";

    public static ProblemDocument Describe(string code, string detail)
    {
        (int status, string title) = Known(code);
        return new ProblemDocument
        {
            Type = "urn:whalescale:problem:" + code,
            Title = title,
            Status = status,
            Detail = detail,
            Code = code,
        };
    }

    private static (int Status, string Title) Known(string code) => code switch
    {
        NotFound => (404, "There is no such resource"),
        MethodNotAllowed => (405, "The resource does not know this method"),
        TooLarge => (413, "The request is too large"),
        MediaType => (415, "The body is not application/json"),
        BadJson => (400, "The body is not the JSON that is expected"),
        Malformed => (400, "The request is malformed"),
        Invalid => (422, "The request cannot be fulfilled as it stands"),
        AccessDenied => (403, "Your user may not use this API"),
        PeerUnknown => (404, "There is no such peer"),
        PeerAmbiguous => (409, "Several peers fit"),
        PeerNameTaken => (409, "Another peer has this name"),
        PeerInvalidId => (422, "The node id is not usable"),
        PeerManagedByHand => (409, "The peer is written by hand in a configuration file"),
        PathUnknown => (404, "There is no such path"),
        Internal => (500, "The agent failed"),
        _ => (409, "The request cannot be fulfilled"),
    };
}
