using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Whalescale.Agent.Api;
using Whalescale.Agent.Api.Documents;
using Whalescale.Agent.Cli.Output;

namespace Whalescale.Agent.Cli.Commands;

/// <summary><c>whalescale ping</c>: over the tunnel protocol, not over the overlay; it works without a TUN
/// device.</summary>
internal static class PingCommand
{
    private const int DefaultCount = 4;
    private const double ShortestIntervalSeconds = 0.01;

    /// <summary>How long one answer is waited for; the first may need a handshake.</summary>
    private static readonly TimeSpan DefaultWait = TimeSpan.FromSeconds(2);

    public static Command Create(CliSetup setup)
    {
        var peer = new Argument<string>("PEER") { Description = "Id, unique prefix of at least 6 characters, or name" };
        var count = new Option<int>("--count", "-c")
        {
            Description = "How many; 0: until Ctrl-C",
            HelpName = "N",
            DefaultValueFactory = _ => DefaultCount,
        };
        var interval = new Option<double>("--interval", "-i")
        {
            Description = "Seconds between two",
            HelpName = "S",
            DefaultValueFactory = _ => 1,
        };
        var size = new Option<int>("--size") { Description = "Bytes of padding, 0 to 1200", HelpName = "B" };
        var path = new Option<int?>("--path") { Description = "Over this path rather than the one in use", HelpName = "ID" };
        Option<string?> config = CliSetup.ConfigOption();
        Require(count, value => value >= 0, "-c is 0 or more");
        Require(interval, value => value is >= ShortestIntervalSeconds and <= 3600, "-i is 0.01 to 3600 seconds");
        Require(size, value => value is >= 0 and <= 1200, "--size is 0 to 1200");
        Require(path, value => value is null or (>= 0 and <= 254), "--path is 0 to 254");
        return CliCommand.Create(
            "ping", "Ask a peer for an answer, and tell by which path it came", "whalescale ping beta -c 10",
            async (parse, cancellation) =>
            {
                TimeSpan wait = parse.GetValue(setup.Globals.Timeout) ?? DefaultWait;
                var plan = new PingPlan(
                    new PingRequest
                    {
                        Peer = parse.GetRequiredValue(peer),
                        Path = parse.GetValue(path),
                        Size = parse.GetValue(size),
                        TimeoutMs = (int)Math.Clamp(wait.TotalMilliseconds, 1, 60_000),
                    },
                    parse.GetValue(count),
                    TimeSpan.FromSeconds(parse.GetValue(interval)));
                using ApiClient client = setup.Connect(parse, config);
                return await RunAsync(client, plan, setup.Output(parse), cancellation).ConfigureAwait(false);
            },
            peer, count, interval, size, path, config);
    }

    private static async Task<int> RunAsync(
        ApiClient client, PingPlan plan, CliOutput output, CancellationToken cancellation)
    {
        var statistics = new PingStatistics();
        bool isInterrupted = false;
        try
        {
            for (int number = 1; plan.Count == 0 || number <= plan.Count; number++)
            {
                long started = Stopwatch.GetTimestamp();
                PingDocument reply = await AskAsync(client, plan.Request, cancellation).ConfigureAwait(false);
                statistics.Add(reply);
                if (!output.IsJson && !output.IsQuiet) output.Line(Describe(number, reply));
                if (number == plan.Count) break;
                TimeSpan rest = plan.Interval - Stopwatch.GetElapsedTime(started);
                if (rest > TimeSpan.Zero) await Task.Delay(rest, cancellation).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            isInterrupted = plan.Count != 0;
            if (statistics.Sent == 0) return ExitCode.Interrupted;
        }

        if (output.IsJson)
            output.Json(JsonSerializer.Serialize(statistics.ToDocument(), CliJson.Default.PingReportDocument));
        else
            foreach (string line in statistics.Summary()) output.Line(line);
        if (isInterrupted) return ExitCode.Interrupted;
        return statistics.Answered > 0 ? ExitCode.Ok : ExitCode.NoAnswer;
    }

    private static async Task<PingDocument> AskAsync(
        ApiClient client, PingRequest request, CancellationToken cancellation)
    {
        ApiAnswer<PingDocument> answer = await client.PostAsync(
            "/v1/ping", request, ApiJson.Default.PingRequest, ApiJson.Answers.PingDocument,
            TimeSpan.FromMilliseconds(request.TimeoutMs), cancellation).ConfigureAwait(false);
        return answer.Document;
    }

    private static string Describe(int number, PingDocument reply) => reply.Outcome switch
    {
        "answered" => string.Create(
            CultureInfo.InvariantCulture,
            $"answer from {reply.Peer.Name}: seq={number} path={reply.Path} via {reply.Remote} time={Figures.Milliseconds(reply.RttMs)}"),
        "timed_out" => string.Create(
            CultureInfo.InvariantCulture, $"no answer from {reply.Peer.Name}: seq={number} path={reply.Path} via {reply.Remote}"),
        _ => string.Create(CultureInfo.InvariantCulture, $"no session with {reply.Peer.Name}: seq={number}"),
    };

    private static void Require<T>(Option<T> option, Func<T?, bool> holds, string rule) => option.Validators.Add(result =>
    {
        T? value;
        try
        {
            value = result.GetValueOrDefault<T>();
        }
        catch (InvalidOperationException)
        {
            // Text that is no number at all; the parser tells of that itself.
            return;
        }

        if (!holds(value)) result.AddError(rule);
    });

    private sealed record PingPlan(PingRequest Request, int Count, TimeSpan Interval);
}
