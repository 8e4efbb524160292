using System.Diagnostics;
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Whalescale.Agent.Api;
using Whalescale.Agent.Api.Documents;
using Whalescale.Connectors;

namespace Whalescale.Agent.Cli;

/// <summary>Asks the agent over its local API. Nothing here loads the HTTP server: a command line starts
/// fast.</summary>
internal sealed class ApiClient : IDisposable
{
    /// <summary>Bytes of an answer; a thousand peers with eight paths each take a quarter of it.</summary>
    private const int LargestAnswerBytes = 16 * 1024 * 1024;

    private readonly HttpClient _http;
    private readonly TimeSpan _timeout;

    /// <exception cref="CliException">The transport is not supported here.</exception>
    public ApiClient(ConnectorEndpoint endpoint, TimeSpan timeout)
    {
        (Endpoint, _timeout) = (endpoint, timeout);
        UnixConnector connector = ConnectorFor(endpoint);
        var handler = new SocketsHttpHandler
        {
            ConnectCallback = async (_, cancellation) => await connector.ConnectAsync(cancellation).ConfigureAwait(false),
            UseProxy = false,
            UseCookies = false,
            AllowAutoRedirect = false,
        };
        _http = new HttpClient(handler)
        {
            BaseAddress = new Uri("http://whalescale"),
            Timeout = Timeout.InfiniteTimeSpan,
            MaxResponseContentBufferSize = LargestAnswerBytes,
        };
    }

    public ConnectorEndpoint Endpoint { get; }

    /// <summary>The document, and its bytes as the agent sent them.</summary>
    public async Task<ApiAnswer<T>> GetAsync<T>(string path, JsonTypeInfo<T> type, CancellationToken cancellation) =>
        Read(await SendAsync(HttpMethod.Get, path, null, _timeout, cancellation).ConfigureAwait(false), type);

    public async Task<ApiAnswer<T>> DeleteAsync<T>(string path, JsonTypeInfo<T> type, CancellationToken cancellation) =>
        Read(await SendAsync(HttpMethod.Delete, path, null, _timeout, cancellation).ConfigureAwait(false), type);

    /// <param name="path">The route.</param>
    /// <param name="body">The document to send.</param>
    /// <param name="bodyType">How to write it.</param>
    /// <param name="type">How to read the answer.</param>
    /// <param name="extraTime">Time that the agent is expected to take itself.</param>
    /// <param name="cancellation">Gives up.</param>
    public async Task<ApiAnswer<T>> PostAsync<TBody, T>(
        string path, TBody body, JsonTypeInfo<TBody> bodyType, JsonTypeInfo<T> type, TimeSpan extraTime,
        CancellationToken cancellation)
    {
        byte[] bytes = JsonSerializer.SerializeToUtf8Bytes(body, bodyType);
        TimeSpan limit = _timeout + extraTime;
        return Read(await SendAsync(HttpMethod.Post, path, bytes, limit, cancellation).ConfigureAwait(false), type);
    }

    public void Dispose() => _http.Dispose();

    private async Task<byte[]> SendAsync(
        HttpMethod method, string path, byte[]? body, TimeSpan limit, CancellationToken cancellation)
    {
        using Activity? span = ApiTelemetry.Source.StartActivity("api.call", ActivityKind.Client);
        span?.SetTag(ApiTelemetry.RequestMethod, method.Method);
        span?.SetTag(ApiTelemetry.TransportMode, Endpoint.ModeName);
        span?.SetTag(ApiTelemetry.TransportEndpoint, Endpoint.ToString());
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        patience.CancelAfter(limit);
        try
        {
            using var request = new HttpRequestMessage(method, path);
            if (body is not null)
            {
                request.Content = new ByteArrayContent(body);
                request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
            }

            using HttpResponseMessage response = await _http.SendAsync(request, patience.Token).ConfigureAwait(false);
            span?.SetTag(ApiTelemetry.ResponseStatus, (int)response.StatusCode);
            byte[] answer = await response.Content.ReadAsByteArrayAsync(patience.Token).ConfigureAwait(false);
            return response.IsSuccessStatusCode ? answer : throw Explain(response.StatusCode, answer);
        }
        catch (HttpRequestException failure)
        {
            span?.SetStatus(ActivityStatusCode.Error);
            throw Explain(failure);
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            span?.SetStatus(ActivityStatusCode.Error);
            throw new CliException(
                ExitCode.TimedOut,
                $"no answer from the agent over {Endpoint} within {limit.TotalSeconds:0.###} s",
                "look whether it is stopped or overloaded, or give it more time with --timeout");
        }
    }

    private static ApiAnswer<T> Read<T>(byte[] bytes, JsonTypeInfo<T> type)
    {
        try
        {
            T document = JsonSerializer.Deserialize(bytes, type) ?? throw new JsonException("null");
            return new ApiAnswer<T>(document, Encoding.UTF8.GetString(bytes));
        }
        catch (JsonException failure)
        {
            throw new CliException(
                ExitCode.Failed,
                $"the agent's answer is not understood: {failure.Message}",
                "use the whalescale command of the agent's own version",
                failure);
        }
    }

    private CliException Explain(HttpRequestException failure)
    {
        Exception cause = failure.InnerException ?? failure;
        return cause switch
        {
            UnauthorizedAccessException => new CliException(
                ExitCode.PermissionDenied, $"may not use the agent over {Endpoint}: {cause.Message}",
                "run as root, or join the group that owns the socket", failure),
            PlatformNotSupportedException => new CliException(
                ExitCode.Unsupported, cause.Message, "choose another transport with --api", failure),
            IOException => new CliException(
                ExitCode.AgentUnreachable, $"no agent over {Endpoint}: {cause.Message}",
                "start it with: whalescale run --config FILE; or say where it is with --api", failure),
            _ => new CliException(
                ExitCode.AgentUnreachable, $"what listens on {Endpoint} is no agent: {failure.Message}",
                "say where the agent is with --api", failure),
        };
    }

    private CliException Explain(HttpStatusCode status, byte[] body)
    {
        ProblemDocument? problem = null;
        try
        {
            problem = JsonSerializer.Deserialize(body, ApiJson.Answers.ProblemDocument);
        }
        catch (JsonException)
        {
            // Said below: an agent answers with problem documents, so this is none.
            problem = null;
        }

        if (problem is null)
        {
            return new CliException(
                ExitCode.AgentUnreachable, $"what listens on {Endpoint} is no agent: it answers {(int)status}",
                "say where the agent is with --api");
        }

        int code = problem.Code switch
        {
            Problems.AccessDenied => ExitCode.PermissionDenied,
            Problems.PeerUnknown or Problems.PeerAmbiguous or Problems.PathUnknown => ExitCode.NoSuchTarget,
            Problems.Invalid or Problems.PeerInvalidId => ExitCode.Usage,
            Problems.NotFound or Problems.MethodNotAllowed or Problems.BadJson => ExitCode.Unsupported,
            _ => ExitCode.Failed,
        };
        string? next = code == ExitCode.Unsupported
            ? "this agent is of another version; use its own whalescale command"
            : null;
        return new CliException(code, $"{problem.Detail} ({problem.Code}, over {Endpoint})", next);
    }

    private static UnixConnector ConnectorFor(ConnectorEndpoint endpoint) => endpoint.Mode == ConnectorMode.Unix
        ? new UnixConnector(endpoint)
        : throw new CliException(
            ExitCode.Unsupported, $"{endpoint}: this version has no such transport", "use unix:///path");
}

/// <summary>An answer of the agent.</summary>
/// <param name="Document">What it says.</param>
/// <param name="Text">Its JSON, as sent.</param>
internal readonly record struct ApiAnswer<T>(T Document, string Text);
