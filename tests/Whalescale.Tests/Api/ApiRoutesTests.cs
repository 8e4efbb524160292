using System.Net;
using System.Text.Json;
using Whalescale.Agent.Api;
using Whalescale.Node;

namespace Whalescale.Tests.Api;

public sealed class ApiRoutesTests : IAsyncLifetime
{
    private ApiHost _host = null!;

    public async Task InitializeAsync() => _host = await ApiHost.StartAsync();

    public async Task DisposeAsync() => await _host.DisposeAsync();

    [Fact]
    public async Task Status_is_the_document_of_the_surface_to_the_letter()
    {
        ApiHost.Answer answer = await _host.GetAsync("/v1/status");
        Assert.Equal((HttpStatusCode.OK, "application/json"), (answer.Status, answer.ContentType));
        string expected = $$"""
            {"schema":"whalescale.status/1",
             "node":{"id":"{{CannedAgent.Alpha}}","name":"alpha","version":"0.1.0","state":"running",
                     "addresses":["10.77.0.1","fd77::1"],"listen_port":51900},
             "network":"default","scheduler":"earliest-delivery",
             "tun":{"name":"whale0","mtu":1380,"offloads":["checksum","tcp","udp"]},
             "peers":[
              {"id":"{{CannedAgent.Beta}}","name":"beta","state":"direct","addresses":["10.77.0.2"],
               "routes":["10.77.0.2/32","192.168.50.0/24"],"candidates":["192.0.2.7:51900"],
               "suite":"Noise_IK_25519_AESGCM_SHA256","handshake_age_s":12.3,"tx_bytes":1000,"rx_bytes":2000,
               "reorder":{"held":0,"worst_hold_ms":0},
               "paths":[
                {"id":0,"kind":"direct","family":"ipv4","interface":"eth0","local":"192.0.2.1:51900",
                 "remote":"192.0.2.7:51900","state":"active","rtt_ms":1.235,"one_way_skew_ms":null,"loss":null,
                 "rate_mbps":null,"mtu":1452,"tx_bytes":500,"rx_bytes":600},
                {"id":7,"kind":"direct","family":"ipv6","interface":"wlan0","local":"[2001:db8::1]:51900",
                 "remote":"[2001:db8::7]:51900","state":"probing","rtt_ms":null,"one_way_skew_ms":null,"loss":null,
                 "rate_mbps":null,"mtu":1452,"tx_bytes":500,"rx_bytes":600}]},
              {"id":"{{CannedAgent.Gamma}}","name":"gamma","state":"offline","addresses":[],"routes":[],"candidates":[],
               "suite":null,"handshake_age_s":null,"tx_bytes":0,"rx_bytes":0,"reorder":{"held":0,"worst_hold_ms":0},
               "paths":[]}],
             "counters":{"datagrams_received":12,"drop.source-filter":3} }
            """;
        Assert.True(JsonElement.DeepEquals(JsonDocument.Parse(expected).RootElement, answer.Json), answer.Body);
    }

    [Fact]
    public async Task Status_fits_its_published_schema()
    {
        ApiHost.Answer answer = await _host.GetAsync("/v1/status");
        Assert.Empty(JsonSchemaChecker.Load("status").Check(answer.Body));
    }

    [Theory]
    [InlineData("\"direct\"", "\"fine\"", "$.peers[0].state")]
    [InlineData("\"listen_port\":51900", "\"listen_port\":70000", "$.node.listen_port")]
    [InlineData("\"mtu\":1452", "\"mtu\":null", "$.peers[0].paths[0].mtu")]
    [InlineData("\"scheduler\":", "\"schedule\":", "scheduler")]
    public async Task The_schema_refuses_what_is_not_a_status(string text, string replacement, string place)
    {
        ApiHost.Answer answer = await _host.GetAsync("/v1/status");
        string altered = answer.Body.Replace(text, replacement, StringComparison.Ordinal);
        Assert.NotEqual(answer.Body, altered);
        IReadOnlyList<string> wrong = JsonSchemaChecker.Load("status").Check(altered);
        Assert.Contains(wrong, complaint => complaint.Contains(place, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Peers_and_paths_are_the_same_objects_as_in_status()
    {
        JsonElement status = (await _host.GetAsync("/v1/status")).Json;
        JsonElement peers = (await _host.GetAsync("/v1/peers")).Json;
        JsonElement paths = (await _host.GetAsync("/v1/paths")).Json;
        Assert.Equal("whalescale.peers/1", peers.GetProperty("schema").GetString());
        Assert.True(JsonElement.DeepEquals(status.GetProperty("peers"), peers.GetProperty("peers")));
        Assert.Equal("whalescale.paths/1", paths.GetProperty("schema").GetString());
        JsonElement second = paths.GetProperty("paths")[1];
        Assert.Equal("beta", second.GetProperty("peer").GetProperty("name").GetString());
        Assert.True(JsonElement.DeepEquals(
            status.GetProperty("peers")[0].GetProperty("paths")[1], second.GetProperty("path")));
    }

    [Fact]
    public async Task A_peer_over_an_anchor_has_relayed_paths()
    {
        PeerStatus beta = _host.Agent.Status.Peers[0] with { State = PeerState.Relay };
        _host.Agent.Status = _host.Agent.Status with { Peers = [beta] };
        JsonElement peer = (await _host.GetAsync("/v1/peers")).Json.GetProperty("peers")[0];
        Assert.Equal("relay", peer.GetProperty("state").GetString());
        Assert.Equal("relay", peer.GetProperty("paths")[0].GetProperty("kind").GetString());
    }

    [Fact]
    public async Task Capabilities_list_the_routes_the_transports_and_the_modules()
    {
        JsonElement document = (await _host.GetAsync("/v1/capabilities")).Json;
        Assert.Equal("whalescale.capabilities/1", document.GetProperty("schema").GetString());
        Assert.Equal("0.1.0", document.GetProperty("version").GetString());
        Assert.Equal("unix", Assert.Single(document.GetProperty("transports").EnumerateArray()).GetString());
        Assert.Contains(
            "POST /v1/ping", document.GetProperty("routes").EnumerateArray().Select(route => route.GetString()));
        JsonElement modules = document.GetProperty("modules");
        Assert.Contains("manual", modules.GetProperty("discovery").EnumerateArray().Select(name => name.GetString()));
        Assert.Contains("unix", modules.GetProperty("connector").EnumerateArray().Select(name => name.GetString()));
    }

    [Fact]
    public async Task Plugins_is_the_catalogue_as_rows()
    {
        JsonElement document = (await _host.GetAsync("/v1/plugins")).Json;
        JsonElement connector = document.GetProperty("modules").EnumerateArray()
            .Single(row => row.GetProperty("kind").GetString() == "connector");
        Assert.Equal("unix", connector.GetProperty("name").GetString());
        Assert.Equal("built-in", connector.GetProperty("origin").GetString());
        Assert.Equal("loaded", connector.GetProperty("state").GetString());
        Assert.Equal(1, connector.GetProperty("api_level").GetInt32());
    }

    [Fact]
    public async Task Config_has_the_names_of_the_file()
    {
        JsonElement document = (await _host.GetAsync("/v1/config")).Json;
        Assert.Equal("alpha", document.GetProperty("node").GetProperty("name").GetString());
        Assert.Equal("/var/lib/whalescale", document.GetProperty("node").GetProperty("state_dir").GetString());
        Assert.Equal(1380, document.GetProperty("tun").GetProperty("mtu").GetInt32());
        Assert.Equal(JsonValueKind.Array, document.GetProperty("peer").ValueKind);
        Assert.Equal(120, document.GetProperty("transport").GetProperty("rekey_after_s").GetDouble());
    }

    [Fact]
    public async Task Metrics_are_prometheus_text_without_underlay_addresses()
    {
        ApiHost.Answer answer = await _host.GetAsync("/v1/metrics");
        Assert.Equal("text/plain", answer.ContentType);
        string id = CannedAgent.Beta.ToShortString();
        Assert.Contains("# TYPE whalescale_datagrams_received_total counter\n", answer.Body, StringComparison.Ordinal);
        Assert.Contains("\nwhalescale_datagrams_received_total 12\n", answer.Body, StringComparison.Ordinal);
        Assert.Contains("\nwhalescale_drop_source_filter_total 3\n", answer.Body, StringComparison.Ordinal);
        Assert.Contains(
            $"\nwhalescale_peer_received_bytes_total{{peer=\"beta\",id=\"{id}\"}} 2000\n", answer.Body,
            StringComparison.Ordinal);
        Assert.Contains(
            $"\nwhalescale_path_round_trip_seconds{{peer=\"beta\",id=\"{id}\",path=\"0\",interface=\"eth0\"}} 0.0012346\n",
            answer.Body, StringComparison.Ordinal);
        Assert.DoesNotContain("192.0.2.", answer.Body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_label_that_would_break_out_of_its_quotes_is_escaped()
    {
        PeerStatus beta = _host.Agent.Status.Peers[0] with { Name = "a\"b\\c\nd" };
        _host.Agent.Status = _host.Agent.Status with { Peers = [beta] };
        Assert.Contains("{peer=\"a\\\"b\\\\c\\nd\",", (await _host.GetAsync("/v1/metrics")).Body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_peer_is_added_with_all_that_was_said_of_it()
    {
        string body = $$"""
            {"id":"{{CannedAgent.IdOf(9).ToString().ToUpperInvariant()}}","name":"delta","anchor":true,
             "endpoints":["192.0.2.9:51900","delta.example:51900"],"routes":["10.77.0.9/32"]}
            """;
        ApiHost.Answer answer = await _host.PostAsync("/v1/peers", body);
        Assert.Equal(HttpStatusCode.Created, answer.Status);
        Assert.Equal("delta", answer.Json.GetProperty("peer").GetProperty("name").GetString());
        var peer = Assert.Single(_host.Agent.Added);
        Assert.Equal((CannedAgent.IdOf(9), "delta", true), (peer.Id, peer.Name, peer.IsAnchor));
        Assert.Equal(["192.0.2.9:51900", "delta.example:51900"], peer.Endpoints);
        Assert.Equal([CannedAgent.Prefix("10.77.0.9/32")], peer.Routes);
    }

    [Fact]
    public async Task A_peer_without_a_name_is_called_by_the_start_of_its_id()
    {
        NodeId id = CannedAgent.IdOf(9);
        await _host.PostAsync("/v1/peers", $$"""{"id":"{{id}}"}""");
        Assert.Equal(id.ToShortString(), Assert.Single(_host.Agent.Added).Name);
    }

    [Theory]
    [InlineData("""{"id":"abc"}""", 422, "peer.invalid_id")]
    [InlineData("""{"id":"ID","name":"two words"}""", 422, "request.invalid")]
    [InlineData("""{"id":"ID","endpoints":["192.0.2.9"]}""", 422, "request.invalid")]
    [InlineData("""{"id":"ID","endpoints":["192.0.2:51900"]}""", 422, "request.invalid")]
    [InlineData("""{"id":"ID","routes":["10.77.0.9/24"]}""", 422, "request.invalid")]
    [InlineData("""{"id":"ID","nmae":"delta"}""", 400, "request.bad_json")]
    [InlineData("""{"id":null}""", 400, "request.bad_json")]
    [InlineData("""{}""", 400, "request.bad_json")]
    [InlineData("null", 400, "request.bad_json")]
    [InlineData("{", 400, "request.bad_json")]
    [InlineData("", 400, "request.bad_json")]
    public async Task What_is_no_peer_is_refused_and_changes_nothing(string body, int status, string code)
    {
        string id = CannedAgent.IdOf(9).ToString();
        ApiHost.Answer answer = await _host.PostAsync("/v1/peers", body.Replace("ID", id, StringComparison.Ordinal));
        Assert.Equal((status, code), ((int)answer.Status, answer.Code));
        Assert.Empty(JsonSchemaChecker.Load("problem").Check(answer.Body));
        Assert.Empty(_host.Agent.Added);
    }

    [Fact]
    public async Task What_the_agent_refuses_keeps_its_code_and_words()
    {
        _host.Agent.AddFailure = new AgentRequestException("peer.name_taken", "'beta' is taken; choose another name");
        ApiHost.Answer answer = await _host.PostAsync("/v1/peers", $$"""{"id":"{{CannedAgent.IdOf(9)}}","name":"beta"}""");
        Assert.Equal((HttpStatusCode.Conflict, "peer.name_taken"), (answer.Status, answer.Code));
        Assert.Equal("'beta' is taken; choose another name", answer.Json.GetProperty("detail").GetString());
    }

    [Theory]
    [InlineData("beta")]
    [InlineData("BETA")]
    [InlineData("aibaea")]
    public async Task A_peer_is_removed_by_name_or_unique_prefix(string text)
    {
        ApiHost.Answer answer = await _host.SendAsync(HttpMethod.Delete, $"/v1/peers/{text}");
        Assert.Equal(HttpStatusCode.OK, answer.Status);
        Assert.Equal([CannedAgent.Beta], _host.Agent.Removed);
        Assert.Equal("beta", answer.Json.GetProperty("peer").GetProperty("name").GetString());
    }

    [Fact]
    public async Task Nobody_of_that_name_is_a_404_that_says_who_there_is()
    {
        ApiHost.Answer answer = await _host.SendAsync(HttpMethod.Delete, "/v1/peers/omega");
        Assert.Equal((HttpStatusCode.NotFound, "peer.unknown"), (answer.Status, answer.Code));
        Assert.Contains("beta, gamma", answer.Json.GetProperty("detail").GetString(), StringComparison.Ordinal);
        Assert.Empty(_host.Agent.Removed);
    }

    [Fact]
    public async Task A_ping_tells_the_path_and_where_it_went()
    {
        _host.Agent.PingReplies.Enqueue(new PingReply(
            PingOutcome.Answered, new PathId(7), TimeSpan.FromMilliseconds(1.5), CannedAgent.At("192.0.2.7:51900")));
        ApiHost.Answer answer = await _host.PostAsync(
            "/v1/ping", """{"peer":"beta","path":7,"size":100,"timeout_ms":250}""");
        Assert.Equal("answered", answer.Json.GetProperty("outcome").GetString());
        Assert.Equal(7, answer.Json.GetProperty("path").GetInt32());
        Assert.Equal("192.0.2.7:51900", answer.Json.GetProperty("remote").GetString());
        Assert.Equal(1.5, answer.Json.GetProperty("rtt_ms").GetDouble());
        Assert.Equal(
            (CannedAgent.Beta, (PathId?)new PathId(7), 100, TimeSpan.FromMilliseconds(250)),
            Assert.Single(_host.Agent.Pings));
    }

    [Fact]
    public async Task A_ping_without_an_answer_has_no_time()
    {
        _host.Agent.PingReplies.Enqueue(new PingReply(PingOutcome.NoSession, default, default, default));
        JsonElement document = (await _host.PostAsync("/v1/ping", """{"peer":"gamma"}""")).Json;
        Assert.Equal("no_session", document.GetProperty("outcome").GetString());
        Assert.Equal(JsonValueKind.Null, document.GetProperty("rtt_ms").ValueKind);
        Assert.Equal(JsonValueKind.Null, document.GetProperty("path").ValueKind);
    }

    [Theory]
    [InlineData("""{"peer":"beta","size":1201}""")]
    [InlineData("""{"peer":"beta","size":-1}""")]
    [InlineData("""{"peer":"beta","timeout_ms":0}""")]
    [InlineData("""{"peer":"beta","timeout_ms":60001}""")]
    [InlineData("""{"peer":"beta","path":255}""")]
    public async Task A_ping_out_of_range_is_refused(string body)
    {
        ApiHost.Answer answer = await _host.PostAsync("/v1/ping", body);
        Assert.Equal(("request.invalid", 0), (answer.Code, _host.Agent.Pings.Count));
    }

    [Fact]
    public async Task A_ping_to_a_path_that_is_not_there_is_a_404()
    {
        _host.Agent.PingReplies.Enqueue(new PingReply(PingOutcome.NoSuchTarget, default, default, default));
        Assert.Equal("path.unknown", (await _host.PostAsync("/v1/ping", """{"peer":"beta","path":9}""")).Code);
    }
}
