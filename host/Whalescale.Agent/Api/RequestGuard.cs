using System.Diagnostics;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Logging;
using Whalescale.Agent.Api.Documents;

namespace Whalescale.Agent.Api;

/// <summary>Stands around every request: one span, the caller's rights, and every failure as a problem
/// document.</summary>
internal sealed class RequestGuard(ILogger logger)
{
    public async Task HandleAsync(HttpContext context, RequestDelegate next)
    {
        long started = Stopwatch.GetTimestamp();
        CallerFeature? caller = context.Features.Get<CallerFeature>();
        using Activity? span = StartSpan(context, caller);
        try
        {
            if (caller is not { MayOperate: true })
                await AnswerAsync(context, Denied()).ConfigureAwait(false);
            else
                await next(context).ConfigureAwait(false);
            await DescribeRefusalAsync(context).ConfigureAwait(false);
        }
        catch (AgentRequestException refusal)
        {
            await AnswerAsync(context, Problems.Describe(refusal.Code, refusal.Message)).ConfigureAwait(false);
        }
        catch (BadHttpRequestException refusal)
        {
            await AnswerAsync(context, Describe(refusal)).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
        {
            // The caller has hung up: nobody is left to answer. 499 is what proxies write for it.
            context.Response.StatusCode = 499;
        }
#pragma warning disable CA1031 // A fault in one request is told to its caller and logged; the agent goes on.
        catch (Exception failure)
#pragma warning restore CA1031
        {
            if (logger.IsEnabled(LogLevel.Error))
                ApiLog.Failed(logger, failure, context.Request.Method, RouteOf(context));
            const string Detail = "the agent failed to answer; its log has the details";
            await AnswerAsync(context, Problems.Describe(Problems.Internal, Detail)).ConfigureAwait(false);
        }

        span?.SetTag(ApiTelemetry.Route, RouteOf(context));
        span?.SetTag(ApiTelemetry.ResponseStatus, context.Response.StatusCode);
        if (context.Response.StatusCode >= 500) span?.SetStatus(ActivityStatusCode.Error);
        Report(context, caller, Stopwatch.GetElapsedTime(started));
    }

    /// <summary>Writes the problem, unless an answer has begun; then the connection is cut, for it cannot be
    /// mended.</summary>
    private static async Task AnswerAsync(HttpContext context, ProblemDocument problem)
    {
        if (context.Response.HasStarted)
        {
            context.Abort();
            return;
        }

        // Not Clear(): the Allow header of a refused method is part of the answer (RFC 9110, section 15.5.6).
        context.Response.StatusCode = problem.Status;
        await context.WriteJsonAsync(problem, ApiJson.Default.ProblemDocument, "application/problem+json")
            .ConfigureAwait(false);
    }

    private static Activity? StartSpan(HttpContext context, CallerFeature? caller)
    {
        // The caller's own span, if it sent one, is the parent; a header that is no trace context is passed over.
        ActivityContext.TryParse(
            context.Request.Headers.TraceParent, context.Request.Headers.TraceState, isRemote: true,
            out ActivityContext parent);
        Activity? span = ApiTelemetry.Source.StartActivity("api.serve", ActivityKind.Server, parent);
        span?.SetTag(ApiTelemetry.RequestMethod, context.Request.Method);
        span?.SetTag(ApiTelemetry.TransportMode, caller?.Endpoint.ModeName);
        span?.SetTag(ApiTelemetry.TransportEndpoint, caller?.Endpoint.ToString());
        return span;
    }

    private void Report(HttpContext context, CallerFeature? caller, TimeSpan elapsed)
    {
        if (!logger.IsEnabled(LogLevel.Debug)) return;
        string method = Printable.Escape(context.Request.Method), route = RouteOf(context);
        string mode = caller?.Endpoint.ModeName ?? "unknown";
        long milliseconds = (long)elapsed.TotalMilliseconds;
        ApiLog.Answered(logger, method, route, context.Response.StatusCode, mode, caller?.UserId, milliseconds);
    }

    /// <summary>The routing answers "no such route" and "no such method" with a bare status; this adds the
    /// words.</summary>
    private static Task DescribeRefusalAsync(HttpContext context)
    {
        if (context.Response.HasStarted) return Task.CompletedTask;
        string path = Printable.Escape(context.Request.Path.Value ?? "");
        string allowed = context.Response.Headers.Allow.ToString();
        switch (context.Response.StatusCode)
        {
            case StatusCodes.Status404NotFound:
                return AnswerAsync(context, Problems.Describe(
                    Problems.NotFound, $"there is no {path}; GET /v1/capabilities lists what there is"));
            case StatusCodes.Status405MethodNotAllowed:
                return AnswerAsync(context, Problems.Describe(Problems.MethodNotAllowed, $"{path} knows {allowed}"));
            default:
                return Task.CompletedTask;
        }
    }

    private static ProblemDocument Denied() => Problems.Describe(
        Problems.AccessDenied, "run as root, as the agent's user, or join the group that owns the socket");

    private static ProblemDocument Describe(BadHttpRequestException refusal) => refusal.StatusCode switch
    {
        StatusCodes.Status413PayloadTooLarge => Problems.Describe(
            Problems.TooLarge, $"a body has at most {ApiLimits.BodyBytes} bytes"),
        _ => Problems.Describe(Problems.Malformed, refusal.Message),
    };

    /// <summary>The pattern of the route, never the path as sent: what is logged does not grow with what is
    /// asked.</summary>
    private static string RouteOf(HttpContext context) =>
        (context.GetEndpoint() as RouteEndpoint)?.RoutePattern.RawText ?? "(none)";
}
