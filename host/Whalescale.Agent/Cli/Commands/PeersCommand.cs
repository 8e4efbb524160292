using System.CommandLine;
using System.Text.Json;
using Whalescale.Agent.Api;
using Whalescale.Agent.Api.Documents;
using Whalescale.Agent.Cli.Output;

namespace Whalescale.Agent.Cli.Commands;

/// <summary><c>whalescale peers</c>: through the agent where one answers, otherwise into the file that it will
/// read.</summary>
internal static class PeersCommand
{
    public static Command Create(CliSetup setup) => CliCommand.Group(
        "peers", "The peers of this node", "whalescale peers list", Add(setup), List(setup), Remove(setup));

    private static CliCommand List(CliSetup setup)
    {
        Option<string?> config = CliSetup.ConfigOption();
        return CliCommand.Create(
            "list", "Show the peers", "whalescale peers list",
            async (parse, cancellation) =>
            {
                CliOutput output = setup.Output(parse);
                using ApiClient client = setup.Connect(parse, config);
                ApiAnswer<PeersDocument> answer = await client
                    .GetAsync("/v1/peers", ApiJson.Answers.PeersDocument, cancellation).ConfigureAwait(false);
                if (output.IsJson) output.Json(answer.Text);
                else Show(answer.Document, output);
                return ExitCode.Ok;
            },
            config);
    }

    private static CliCommand Add(CliSetup setup)
    {
        Option<string?> config = CliSetup.ConfigOption();
        var id = new Argument<string>("ID") { Description = "The peer's node id, 52 characters" };
        var name = new Option<string?>("--name")
        {
            Description = "Its name [default: the first ten characters of the id]",
            HelpName = "NAME",
        };
        Option<string[]> endpoints = Many("--endpoint", "HOST:PORT", "Where it answers; may be given several times");
        Option<string[]> routes = Many("--route", "NETWORK", "An overlay network it leads to [default: its own addresses]");
        var anchor = new Option<bool>("--anchor") { Description = "It relays and introduces others" };
        return CliCommand.Create(
            "add", "Add a peer, or replace the one of this id", "whalescale peers add ID --name beta --endpoint 192.0.2.7:51900",
            async (parse, cancellation) =>
            {
                var request = new AddPeerRequest
                {
                    Id = parse.GetRequiredValue(id),
                    Name = parse.GetValue(name),
                    Endpoints = parse.GetValue(endpoints) ?? [],
                    Anchor = parse.GetValue(anchor),
                    Routes = parse.GetValue(routes) ?? [],
                };
                return await ChangeAsync(
                    setup, parse, config,
                    client => AddThroughAgentAsync(client, request, setup.Output(parse), cancellation),
                    file => file.Add(request),
                    changed => JsonSerializer.Serialize(
                        new AddedPeerDocument(changed), ApiJson.Default.AddedPeerDocument)).ConfigureAwait(false);
            },
            id, name, endpoints, routes, anchor, config);
    }

    private static CliCommand Remove(CliSetup setup)
    {
        Option<string?> config = CliSetup.ConfigOption();
        var peer = new Argument<string>("PEER") { Description = "Id, unique prefix of at least 6 characters, or name" };
        return CliCommand.Create(
            "remove", "Remove a peer; its session is closed", "whalescale peers remove beta",
            (parse, cancellation) =>
            {
                string text = parse.GetRequiredValue(peer);
                return ChangeAsync(
                    setup, parse, config,
                    client => RemoveThroughAgentAsync(client, text, setup.Output(parse), cancellation),
                    file => file.Remove(text),
                    changed => JsonSerializer.Serialize(
                        new RemovedPeerDocument(changed), ApiJson.Default.RemovedPeerDocument));
            },
            peer, config);
    }

    /// <summary>Through the agent; into the file if none answers and the command line does not insist on one.</summary>
    private static async Task<int> ChangeAsync(
        CliSetup setup, ParseResult parse, Option<string?> config, Func<ApiClient, Task> throughAgentAsync,
        Func<OfflinePeers, PeerNameDocument> inFile, Func<PeerNameDocument, string> toJson)
    {
        try
        {
            using ApiClient client = setup.Connect(parse, config);
            await throughAgentAsync(client).ConfigureAwait(false);
        }
        catch (CliException failure) when (
            failure.ExitCode == ExitCode.AgentUnreachable && !setup.IsAgentNamed(parse))
        {
            var file = new OfflinePeers(setup.Environment, ConfigurationAccess.FileOf(parse, config));
            PeerNameDocument changed = inFile(file);
            CliOutput output = setup.Output(parse);
            if (output.IsJson) output.Json(toJson(changed));
            else output.Remark($"{changed.Name}: {file.FilePath} changed; no agent runs, the next one reads it");
        }

        return ExitCode.Ok;
    }

    private static async Task AddThroughAgentAsync(
        ApiClient client, AddPeerRequest request, CliOutput output, CancellationToken cancellation)
    {
        ApiAnswer<AddedPeerDocument> answer = await client.PostAsync(
            "/v1/peers", request, ApiJson.Default.AddPeerRequest, ApiJson.Answers.AddedPeerDocument, TimeSpan.Zero,
            cancellation).ConfigureAwait(false);
        if (output.IsJson) output.Json(answer.Text);
        else output.Remark($"{answer.Document.Peer.Name} ({answer.Document.Peer.Id}) added");
    }

    private static async Task RemoveThroughAgentAsync(
        ApiClient client, string peer, CliOutput output, CancellationToken cancellation)
    {
        ApiAnswer<RemovedPeerDocument> answer = await client.DeleteAsync(
            $"/v1/peers/{Uri.EscapeDataString(peer)}", ApiJson.Answers.RemovedPeerDocument, cancellation)
            .ConfigureAwait(false);
        if (output.IsJson) output.Json(answer.Text);
        else output.Remark($"{answer.Document.Peer.Name} ({answer.Document.Peer.Id}) removed");
    }

    private static void Show(PeersDocument peers, CliOutput output)
    {
        var table = new TableModel(["name", "id", "state", "routes", "handshake"], StateColumn: 2);
        foreach (PeerDocument peer in peers.Peers)
            table.Add(peer.Name, peer.Id, peer.State, string.Join(",", peer.Routes), Figures.Age(peer.HandshakeAgeS));
        if (peers.Peers.Count == 0) output.Remark("no peers");
        else output.Table(table);
    }

    private static Option<string[]> Many(string name, string helpName, string description) => new(name)
    {
        Description = description,
        HelpName = helpName,
        DefaultValueFactory = _ => [],
    };
}
