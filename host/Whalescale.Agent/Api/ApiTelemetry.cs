using System.Diagnostics;

namespace Whalescale.Agent.Api;

/// <summary>Spans of the local API: one for each request, at the client and at the server.</summary>
internal static class ApiTelemetry
{
    /// <summary>Name of the source, for whoever listens.</summary>
    public const string SourceName = "Whalescale.Api";

    /// <summary>unix, named_pipe, tcp or vsock.</summary>
    public const string TransportMode = "transport.mode";

    /// <summary>Where the API is served; a local name, no secret.</summary>
    public const string TransportEndpoint = "transport.endpoint";

    public const string RequestMethod = "http.request.method";

    public const string Route = "http.route";

    public const string ResponseStatus = "http.response.status_code";

    public static ActivitySource Source { get; } = new(SourceName, AgentVersion.Text);
}
