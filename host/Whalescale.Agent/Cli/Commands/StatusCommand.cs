using System.CommandLine;
using System.Globalization;
using Whalescale.Agent.Api;
using Whalescale.Agent.Api.Documents;
using Whalescale.Agent.Cli.Output;

namespace Whalescale.Agent.Cli.Commands;

/// <summary><c>whalescale status</c></summary>
internal static class StatusCommand
{
    public static Command Create(CliSetup setup)
    {
        Option<string?> config = CliSetup.ConfigOption();
        return CliCommand.Create(
            "status", "Show the node, its peers and their paths", "whalescale status --json",
            async (parse, cancellation) =>
            {
                CliOutput output = setup.Output(parse);
                using ApiClient client = setup.Connect(parse, config);
                ApiAnswer<StatusDocument> answer = await client
                    .GetAsync("/v1/status", ApiJson.Answers.StatusDocument, cancellation).ConfigureAwait(false);
                if (output.IsJson) output.Json(answer.Text);
                else Show(answer.Document, output);
                return ExitCode.Ok;
            },
            config);
    }

    private static void Show(StatusDocument status, CliOutput output)
    {
        NodeDocument node = status.Node;
        if (!output.IsQuiet)
        {
            output.Line($"{node.Name}  {node.State}  {string.Join(", ", node.Addresses)}");
            output.Line($"id {node.Id}");
            output.Line(string.Create(
                CultureInfo.InvariantCulture,
                $"network {status.Network}  scheduler {status.Scheduler}  port {node.ListenPort}  version {node.Version}"));
            if (status.Tun is { } device)
            {
                string offloads = device.Offloads.Count > 0 ? string.Join(", ", device.Offloads) : "none";
                output.Line(string.Create(
                    CultureInfo.InvariantCulture, $"device {device.Name}  mtu {device.Mtu}  offloads {offloads}"));
            }

            output.Line("");
        }

        if (status.Peers.Count == 0)
        {
            output.Remark("no peers; add one with: whalescale peers add ID --name NAME --endpoint HOST:PORT");
            return;
        }

        var table = new TableModel(
            ["peer", "state", "address", "path", "path state", "remote", "interface", "rtt", "sent", "received"],
            StateColumn: 1);
        foreach (PeerDocument peer in status.Peers) AddPeer(table, peer);
        output.Table(table);
    }

    /// <summary>A row for each path; one row for a peer without any.</summary>
    private static void AddPeer(TableModel table, PeerDocument peer)
    {
        string address = peer.Addresses.Count > 0 ? peer.Addresses[0] : "";
        string sent = Figures.Bytes(peer.TxBytes), received = Figures.Bytes(peer.RxBytes);
        if (peer.Paths.Count == 0) table.Add(peer.Name, peer.State, address, "", "", "", "", "", sent, received);
        foreach (PathDocument path in peer.Paths)
        {
            table.Add(
                peer.Name, peer.State, address, path.Id.ToString(CultureInfo.InvariantCulture), path.State, path.Remote,
                path.Interface, Figures.Milliseconds(path.RttMs), Figures.Bytes(path.TxBytes), Figures.Bytes(path.RxBytes));
        }
    }
}
