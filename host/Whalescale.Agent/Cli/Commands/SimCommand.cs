using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Whalescale.Agent.Cli.Output;
using Whalescale.Simulation;

namespace Whalescale.Agent.Cli.Commands;

/// <summary><c>whalescale sim</c>: whole nodes in virtual time. The same seed gives the same bytes.</summary>
internal static class SimCommand
{
    private const double LongestHours = 24 * 365;

    public static Command Create(CliSetup setup)
    {
        var scenario = new Option<string>("--scenario")
        {
            Description = $"Scenario; this version has: {PairScenario.Name}",
            HelpName = "NAME",
            DefaultValueFactory = _ => PairScenario.Name,
        };
        var seed = new Option<ulong>("--seed")
        {
            Description = "All chance follows from it",
            HelpName = "N",
            DefaultValueFactory = _ => 1,
        };
        var hours = new Option<double>("--hours")
        {
            Description = "Virtual hours of trouble",
            HelpName = "H",
            DefaultValueFactory = _ => 0.5,
        };
        return CliCommand.Create(
            "sim", "Run whole nodes in virtual time, with faults, and check what must always hold",
            "whalescale sim --scenario pair --seed 7 --hours 2 --json",
            (parse, _) =>
            {
                TimeSpan duration = DurationOf(parse.GetValue(hours));
                string name = parse.GetValue(scenario)!;
                if (name != PairScenario.Name)
                {
                    throw new CliException(
                        ExitCode.Usage, $"there is no scenario {Printable.Escape(name)}; there is: {PairScenario.Name}");
                }

                ScenarioReport report = PairScenario.Run(parse.GetValue(seed), duration);
                Show(setup.Output(parse), report);
                return Task.FromResult(report.Violations.Count == 0 && report.Converged ? ExitCode.Ok : ExitCode.Failed);
            },
            scenario, seed, hours);
    }

    private static TimeSpan DurationOf(double hours) => hours is > 0 and <= LongestHours
        ? TimeSpan.FromHours(hours)
        : throw new CliException(ExitCode.Usage, "--hours must be above 0 and at most a year", "--hours 0.5");

    private static void Show(CliOutput output, ScenarioReport report)
    {
        if (output.IsJson)
        {
            output.Json(JsonSerializer.Serialize(SimDocument.Of(report), CliJson.Default.SimDocument));
            return;
        }

        output.Line(string.Create(CultureInfo.InvariantCulture,
            $"{report.Scenario} seed {report.Seed}: {report.VirtualSeconds} virtual seconds, {report.Events} events"));
        output.Line(string.Create(CultureInfo.InvariantCulture,
            $"{report.PacketsSent} packets sent, {report.PacketsDelivered} delivered through all the trouble"));
        output.Line(report.Converged ? "healed, both directions work" : "healed, but a direction stayed silent");
        foreach (Violation violation in report.Violations)
            output.Line($"violation at {violation.At}: {violation.Invariant}: {violation.Detail}");
        if (report.Violations.Count > 0 || !report.Converged)
            foreach (string line in report.Recent) output.Line($"  {line}");
        output.Line($"trace {report.TraceHash}");
    }
}

/// <summary><c>whalescale sim --json</c></summary>
internal sealed record SimDocument(
    string Scenario, ulong Seed, int Nodes, long VirtualSeconds, long Events, int PacketsSent, int PacketsDelivered,
    IReadOnlyList<SimViolation> Violations, bool Converged, string TraceHash)
{
    [System.Text.Json.Serialization.JsonPropertyOrder(-1)]
    public string Schema { get; init; } = "whalescale.sim/1";

    public static SimDocument Of(ScenarioReport report) => new(
        report.Scenario, report.Seed, Nodes: 2, report.VirtualSeconds, report.Events, report.PacketsSent,
        report.PacketsDelivered,
        report.Violations.Select(it => new SimViolation(it.At.Nanoseconds / 1e9, it.Invariant, [], it.Detail)).ToArray(),
        report.Converged, report.TraceHash);
}

/// <summary>A broken invariant.</summary>
internal sealed record SimViolation(double AtS, string Invariant, IReadOnlyList<string> Nodes, string Detail);
