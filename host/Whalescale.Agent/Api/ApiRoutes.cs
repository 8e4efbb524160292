using System.Globalization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Logging;
using Whalescale.Agent.Api.Documents;
using Whalescale.Agent.Configuration;
using Whalescale.Agent.Plugins;
using Whalescale.Node;

namespace Whalescale.Agent.Api;

/// <summary>The routes of the local API, and what each does.</summary>
internal sealed class ApiRoutes(
    IAgentControl control, PluginCatalogue catalogue, IReadOnlyList<string> transports, ILogger logger)
{
    private const int LongestPaddingBytes = 1200;
    private const int LongestWaitMilliseconds = 60_000;

    private (string Method, string Pattern, RequestDelegate Answer)[] Table =>
    [
        ("GET", "/v1/status", StatusAsync),
        ("GET", "/v1/peers", PeersAsync),
        ("POST", "/v1/peers", AddPeerAsync),
        ("DELETE", "/v1/peers/{peer}", RemovePeerAsync),
        ("GET", "/v1/paths", PathsAsync),
        ("POST", "/v1/ping", PingAsync),
        ("GET", "/v1/capabilities", CapabilitiesAsync),
        ("GET", "/v1/plugins", PluginsAsync),
        ("GET", "/v1/config", ConfigAsync),
        ("GET", "/v1/metrics", MetricsAsync),
    ];

    public void Map(IEndpointRouteBuilder routes)
    {
        foreach ((string method, string pattern, RequestDelegate answer) in Table)
            routes.MapMethods(pattern, [method], answer);
    }

    private async Task StatusAsync(HttpContext context)
    {
        NodeStatus status = await control.GetStatusAsync(context.RequestAborted).ConfigureAwait(false);
        StatusDocument document = StatusDocuments.Status(control, status);
        await context.WriteJsonAsync(document, ApiJson.Default.StatusDocument).ConfigureAwait(false);
    }

    private async Task PeersAsync(HttpContext context)
    {
        NodeStatus status = await control.GetStatusAsync(context.RequestAborted).ConfigureAwait(false);
        var document = new PeersDocument(StatusDocuments.Peers(status));
        await context.WriteJsonAsync(document, ApiJson.Default.PeersDocument).ConfigureAwait(false);
    }

    private async Task PathsAsync(HttpContext context)
    {
        NodeStatus status = await control.GetStatusAsync(context.RequestAborted).ConfigureAwait(false);
        var document = new PathsDocument(StatusDocuments.Paths(status));
        await context.WriteJsonAsync(document, ApiJson.Default.PathsDocument).ConfigureAwait(false);
    }

    private async Task AddPeerAsync(HttpContext context)
    {
        AddPeerRequest request = await context.ReadJsonAsync(ApiJson.Default.AddPeerRequest).ConfigureAwait(false);
        PeerOptions peer = PeerRequests.ToOptions(request);
        await control.AddPeerAsync(peer, context.RequestAborted).ConfigureAwait(false);
        ApiLog.PeerAdded(logger, peer.Name, context.Features.Get<CallerFeature>()?.UserId);
        context.Response.StatusCode = StatusCodes.Status201Created;
        var document = new AddedPeerDocument(new PeerNameDocument(peer.Id.ToString(), peer.Name));
        await context.WriteJsonAsync(document, ApiJson.Default.AddedPeerDocument).ConfigureAwait(false);
    }

    private async Task RemovePeerAsync(HttpContext context)
    {
        PeerStatus peer = await FindAsync(context, (string)context.Request.RouteValues["peer"]!).ConfigureAwait(false);
        await control.RemovePeerAsync(peer.Id, context.RequestAborted).ConfigureAwait(false);
        ApiLog.PeerRemoved(logger, peer.Name, context.Features.Get<CallerFeature>()?.UserId);
        var document = new RemovedPeerDocument(StatusDocuments.Name(peer));
        await context.WriteJsonAsync(document, ApiJson.Default.RemovedPeerDocument).ConfigureAwait(false);
    }

    private async Task PingAsync(HttpContext context)
    {
        PingRequest request = await context.ReadJsonAsync(ApiJson.Default.PingRequest).ConfigureAwait(false);
        RequireWithin("size", request.Size, 0, LongestPaddingBytes);
        RequireWithin("timeout_ms", request.TimeoutMs, 1, LongestWaitMilliseconds);
        if (request.Path is { } number) RequireWithin("path", number, 0, 254);

        PeerStatus peer = await FindAsync(context, request.Peer).ConfigureAwait(false);
        PathId? path = request.Path is { } id ? new PathId((byte)id) : null;
        PingReply reply = await control
            .PingAsync(peer.Id, path, request.Size, TimeSpan.FromMilliseconds(request.TimeoutMs), context.RequestAborted)
            .ConfigureAwait(false);
        if (reply.Outcome == PingOutcome.NoSuchTarget)
        {
            throw path is { } missing
                ? new AgentRequestException(Problems.PathUnknown, $"{peer.Name} has no path {missing}")
                : new AgentRequestException(Problems.PeerUnknown, $"{peer.Name} is no peer any more");
        }

        await context.WriteJsonAsync(Describe(peer, reply), ApiJson.Default.PingDocument).ConfigureAwait(false);
    }

    private async Task CapabilitiesAsync(HttpContext context)
    {
        var document = new CapabilitiesDocument
        {
            Version = AgentVersion.Text,
            ApiLevel = ContractVersion.Current,
            Routes = [.. Table.Select(route => $"{route.Method} {route.Pattern}")],
            Transports = [.. transports.Distinct()],
            Modules = new SortedDictionary<string, IReadOnlyList<string>>(
                Enum.GetValues<ModuleKind>().ToDictionary(kind => kind.Text(), catalogue.Names),
                StringComparer.Ordinal),
        };
        await context.WriteJsonAsync(document, ApiJson.Default.CapabilitiesDocument).ConfigureAwait(false);
    }

    private async Task PluginsAsync(HttpContext context)
    {
        var document = new PluginsDocument([.. catalogue.Modules.Select(ModuleStatusDocuments.From)]);
        await context.WriteJsonAsync(document, ApiJson.Default.PluginsDocument).ConfigureAwait(false);
    }

    private async Task ConfigAsync(HttpContext context) => await context
        .WriteJsonAsync(ConfigDocument.From(control.Options), ApiJson.Default.ConfigDocument).ConfigureAwait(false);

    private async Task MetricsAsync(HttpContext context)
    {
        NodeStatus status = await control.GetStatusAsync(context.RequestAborted).ConfigureAwait(false);
        context.Response.ContentType = MetricsText.ContentType;
        await context.Response.WriteAsync(MetricsText.Write(status), context.RequestAborted).ConfigureAwait(false);
    }

    private async Task<PeerStatus> FindAsync(HttpContext context, string text)
    {
        NodeStatus status = await control.GetStatusAsync(context.RequestAborted).ConfigureAwait(false);
        return PeerQuery.Find(status.Peers, text);
    }

    private static PingDocument Describe(PeerStatus peer, PingReply reply)
    {
        bool isAnswered = reply.Outcome == PingOutcome.Answered;
        return new PingDocument
        {
            Peer = StatusDocuments.Name(peer),
            Outcome = reply.Outcome switch
            {
                PingOutcome.Answered => "answered",
                PingOutcome.TimedOut => "timed_out",
                _ => "no_session",
            },
            Path = reply.Outcome == PingOutcome.NoSession ? null : reply.Path.Value,
            Remote = reply.Remote.IsNone ? null : reply.Remote.ToString(),
            RttMs = isAnswered ? StatusDocuments.Milliseconds(reply.RoundTrip) : null,
        };
    }

    private static void RequireWithin(string field, int value, int least, int most)
    {
        if (value >= least && value <= most) return;
        throw new AgentRequestException(
            Problems.Invalid, string.Create(CultureInfo.InvariantCulture, $"{field} is {least} to {most}, not {value}"));
    }
}
