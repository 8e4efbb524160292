using System.Net;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.Logging.Abstractions;
using Whalescale.Agent.Api;
using Whalescale.Agent.Plugins;
using Whalescale.Connectors;
using Whalescale.Tests.Connectors;

namespace Whalescale.Tests.Api;

/// <summary>The local API of a canned agent on a real socket in a directory of its own, and an HTTP client for
/// it.</summary>
internal sealed class ApiHost : IAsyncDisposable
{
    private readonly TemporaryDirectory _directory;
    private readonly ApiServer _server;
    private readonly HttpClient _client;
    private int _isDisposed;

    private ApiHost(TemporaryDirectory directory, UnixConnector connector, ApiServer server, CannedAgent agent)
    {
        (_directory, _server, Agent, Endpoint) = (directory, server, agent, connector.Endpoint);
        _client = new HttpClient(new SocketsHttpHandler
        {
            ConnectCallback = async (_, cancellation) => await connector.ConnectAsync(cancellation),
        })
        {
            BaseAddress = new Uri("http://agent"),
        };
    }

    public CannedAgent Agent { get; }

    public ConnectorEndpoint Endpoint { get; }

    public static PluginCatalogue Catalogue { get; } =
        new(PluginCatalogue.BuiltInAssemblies, null, NullLogger.Instance);

    public static async Task<ApiHost> StartAsync(CannedAgent? agent = null)
    {
        var directory = new TemporaryDirectory();
        agent ??= new CannedAgent();
        var connector = new UnixConnector(ConnectorEndpoint.Unix(directory.File("api.sock")));
        ApiServer server = await ApiServer.StartAsync(agent, Catalogue, [connector], NullLoggerFactory.Instance);
        return new ApiHost(directory, connector, server, agent);
    }

    public Task<Answer> GetAsync(string path) => SendAsync(HttpMethod.Get, path);

    public Task<Answer> PostAsync(string path, string body, string contentType = "application/json") =>
        SendAsync(HttpMethod.Post, path, new StringContent(body, Encoding.UTF8, contentType));

    public async Task<Answer> SendAsync(HttpMethod method, string path, HttpContent? body = null)
    {
        using var request = new HttpRequestMessage(method, path) { Content = body };
        using HttpResponseMessage response = await _client.SendAsync(request);
        string text = await response.Content.ReadAsStringAsync();
        string type = response.Content.Headers.ContentType?.MediaType ?? "";
        return new Answer(response.StatusCode, type, text, string.Join(", ", response.Content.Headers.Allow));
    }

    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _isDisposed, 1) != 0) return;
        _client.Dispose();
        await _server.DisposeAsync();
        _directory.Dispose();
    }

    internal sealed record Answer(HttpStatusCode Status, string ContentType, string Body, string Allow)
    {
        public JsonElement Json => JsonDocument.Parse(Body).RootElement;

        public string Code => Json.GetProperty("code").GetString()!;
    }
}
