using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using Whalescale.Agent.Api;
using Whalescale.Connectors;
using Whalescale.Tests.Connectors;

namespace Whalescale.Tests.Api;

public sealed class ApiServerTests
{
    [Fact]
    public async Task An_unknown_route_is_a_problem_that_says_where_to_look()
    {
        await using ApiHost host = await ApiHost.StartAsync();
        ApiHost.Answer answer = await host.GetAsync("/v2/%1b[31mstatus");
        Assert.Equal((HttpStatusCode.NotFound, "request.not_found"), (answer.Status, answer.Code));
        Assert.Equal("application/problem+json", answer.ContentType);
        Assert.Empty(JsonSchemaChecker.Load("problem").Check(answer.Body));
        Assert.Contains("/v1/capabilities", answer.Json.GetProperty("detail").GetString(), StringComparison.Ordinal);
        Assert.DoesNotContain('\u001b', answer.Json.GetProperty("detail").GetString()!);
    }

    [Fact]
    public async Task An_unknown_method_is_a_problem_that_lists_the_known_ones()
    {
        await using ApiHost host = await ApiHost.StartAsync();
        ApiHost.Answer answer = await host.SendAsync(HttpMethod.Put, "/v1/peers");
        Assert.Equal((HttpStatusCode.MethodNotAllowed, "request.method_not_allowed"), (answer.Status, answer.Code));
        Assert.Equal("GET, POST", answer.Allow);
    }

    [Fact]
    public async Task A_body_beyond_the_limit_is_refused()
    {
        await using ApiHost host = await ApiHost.StartAsync();
        await using Stream stream = await new UnixConnector(host.Endpoint).ConnectAsync(CancellationToken.None);
        string head = "POST /v1/peers HTTP/1.1\r\nHost: agent\r\nContent-Type: application/json\r\n"
            + $"Content-Length: {ApiLimits.BodyBytes + 1}\r\n\r\n{{\"id\":";
        await stream.WriteAsync(Encoding.ASCII.GetBytes(head));
        string answer = await new StreamReader(stream).ReadToEndAsync();
        Assert.StartsWith("HTTP/1.1 413 ", answer, StringComparison.Ordinal);
        Assert.Contains("\"code\":\"request.too_large\"", answer, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_form_is_refused()
    {
        await using ApiHost host = await ApiHost.StartAsync();
        ApiHost.Answer answer = await host.PostAsync("/v1/peers", "{}", "text/plain");
        Assert.Equal((HttpStatusCode.UnsupportedMediaType, "request.media_type"), (answer.Status, answer.Code));
    }

    [Fact]
    public async Task Json_nested_without_end_is_refused()
    {
        await using ApiHost host = await ApiHost.StartAsync();
        string body = "{\"id\":" + new string('[', 10_000) + new string(']', 10_000) + "}";
        ApiHost.Answer answer = await host.PostAsync("/v1/peers", body);
        Assert.Equal("request.bad_json", answer.Code);
    }

    [Fact]
    public async Task A_fault_of_the_agent_is_a_500_that_tells_nothing_of_the_inside()
    {
        var agent = new CannedAgent { BeforeStatus = _ => throw new InvalidOperationException("the inside") };
        await using ApiHost host = await ApiHost.StartAsync(agent);
        ApiHost.Answer answer = await host.GetAsync("/v1/status");
        Assert.Equal((HttpStatusCode.InternalServerError, "agent.internal"), (answer.Status, answer.Code));
        Assert.DoesNotContain("the inside", answer.Body, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.OK, (await host.GetAsync("/v1/config")).Status);
    }

    [Theory]
    [InlineData("this is not HTTP\r\n\r\n")]
    [InlineData("GET /v1/status HTTP/1.1\r\n\r\n")]
    [InlineData("GET /v1/status HTTP/1.1\r\nHost: agent\r\nContent-Length: x\r\n\r\n")]
    public async Task What_is_not_http_is_refused_and_the_server_goes_on(string bytes)
    {
        await using ApiHost host = await ApiHost.StartAsync();
        await using Stream stream = await new UnixConnector(host.Endpoint).ConnectAsync(CancellationToken.None);
        await stream.WriteAsync(Encoding.ASCII.GetBytes(bytes));
        using var reader = new StreamReader(stream);
        Assert.Matches("^HTTP/1.1 (400|505) ", await reader.ReadToEndAsync());
        Assert.Equal(HttpStatusCode.OK, (await host.GetAsync("/v1/status")).Status);
    }

    [Fact]
    public async Task Connections_beyond_the_limit_are_closed_and_the_rest_goes_on()
    {
        await using ApiHost host = await ApiHost.StartAsync();
        var held = new List<Stream>();
        try
        {
            // Each first asks for something, so that it certainly counts before the next one comes.
            for (int i = 0; i < ApiLimits.Connections; i++)
            {
                Stream stream = await new UnixConnector(host.Endpoint).ConnectAsync(CancellationToken.None);
                held.Add(stream);
                Assert.Equal((byte)'H', await AskAsync(stream));
            }

            await using Stream beyond = await new UnixConnector(host.Endpoint).ConnectAsync(CancellationToken.None);
            Assert.Equal(-1, await AskAsync(beyond));
        }
        finally
        {
            foreach (Stream stream in held) await stream.DisposeAsync();
        }
    }

    [Fact]
    public async Task Every_request_is_one_span_with_the_transport_and_the_callers_span_as_parent()
    {
        var spans = new List<Activity>();
        using var listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name == ApiTelemetry.SourceName,
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded,
            ActivityStopped = span =>
            {
                lock (spans) spans.Add(span);
            },
        };
        ActivitySource.AddActivityListener(listener);
        await using ApiHost host = await ApiHost.StartAsync();

        using (Activity caller = new Activity("the caller").SetIdFormat(ActivityIdFormat.W3C).Start())
        {
            await host.GetAsync("/v1/config");
            await host.DisposeAsync();
            Activity span;
            lock (spans) span = Assert.Single(spans, each => each.TraceId == caller.TraceId);
            Assert.Equal(ActivityKind.Server, span.Kind);
            Assert.Equal("unix", span.GetTagItem("transport.mode"));
            Assert.Equal(host.Endpoint.ToString(), span.GetTagItem("transport.endpoint"));
            Assert.Equal("/v1/config", span.GetTagItem("http.route"));
            Assert.Equal(200, span.GetTagItem("http.response.status_code"));
        }
    }

    [Fact]
    public async Task A_listener_that_cannot_be_bound_stops_the_start_and_undoes_what_was_bound()
    {
        using var directory = new TemporaryDirectory();
        await File.WriteAllTextAsync(directory.File("taken"), "");
        IConnector[] connectors =
        [
            new UnixConnector(ConnectorEndpoint.Unix(directory.File("free"))),
            new UnixConnector(ConnectorEndpoint.Unix(directory.File("taken"))),
        ];
        IOException refusal = await Assert.ThrowsAsync<IOException>(() => ApiServer.StartAsync(
            new CannedAgent(), ApiHost.Catalogue, connectors, NullLoggerFactory.Instance));
        Assert.Contains(directory.File("taken"), refusal.Message, StringComparison.Ordinal);
        Assert.Equal([directory.File("taken")], Directory.GetFileSystemEntries(directory.Path));
    }

    [Fact]
    public async Task Stopping_ends_a_request_that_hangs_and_removes_the_socket()
    {
        var entered = new TaskCompletionSource();
        var agent = new CannedAgent
        {
            BeforeStatus = async cancellation =>
            {
                entered.SetResult();
                await Task.Delay(Timeout.Infinite, cancellation);
            },
        };
        ApiHost host = await ApiHost.StartAsync(agent);
        Task<ApiHost.Answer> hanging = host.GetAsync("/v1/status");
        await entered.Task;
        long started = Stopwatch.GetTimestamp();
        await host.DisposeAsync();
        Assert.True(Stopwatch.GetElapsedTime(started) < TimeSpan.FromSeconds(4));
        await Assert.ThrowsAnyAsync<Exception>(() => hanging);
        Assert.False(File.Exists(host.Endpoint.Target));
    }

    [Fact]
    public async Task A_caller_that_the_system_does_not_name_may_not_operate()
    {
        using var directory = new TemporaryDirectory();
        var connector = new UnixConnector(ConnectorEndpoint.Unix(directory.File("api.sock")));
        await using IConnectorListener listener = await connector.ListenAsync(CancellationToken.None);
        bool May(uint? user) => CallerRights.MayOperate(listener, new ConnectorConnection(Stream.Null, user));
        Assert.False(May(null));
        Assert.False(May(3_999_999_999));
        Assert.True(May(0));
        Assert.True(May(UnixAccounts.EffectiveUserId));
    }

    /// <returns>The first byte of the answer, or -1 if the connection was closed instead.</returns>
    private static async Task<int> AskAsync(Stream stream)
    {
        var first = new byte[1];
        try
        {
            await stream.WriteAsync("GET /v1/config HTTP/1.1\r\nHost: agent\r\n\r\n"u8.ToArray());
            return await stream.ReadAsync(first) == 0 ? -1 : first[0];
        }
        catch (IOException cut) when (cut.InnerException is SocketException)
        {
            return -1;
        }
    }
}
