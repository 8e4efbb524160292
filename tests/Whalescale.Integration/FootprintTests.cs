using Whalescale.Integration.Lab;
using Xunit.Abstractions;

namespace Whalescale.Integration;

/// <summary>What an agent costs that has nothing to do.</summary>
public sealed class FootprintTests(ITestOutputHelper output)
{
    private const int MostWindows = 3;
    private const double MostPercent = 0.2;
    private const double MostMebibytes = 90;

    [RootFact]
    public void An_idle_agent_uses_next_to_no_processor_time_and_little_memory()
    {
        using TunnelLab lab = TunnelLab.Start(output);

        // Idle begins after the start: for some seconds more the runtime compiles what it found to be in use. That
        // ends, and a loop that does not rest shows in every window, so the lowest of a few windows tells them apart.
        var lowest = lab.Agents.ToDictionary(agent => agent, _ => double.MaxValue);
        for (int window = 0; window < MostWindows && lowest.Values.Max() > MostPercent; window++)
        {
            foreach (var (agent, percent) in PercentOfOneWindow(lab))
            {
                output.WriteLine($"window {window}, {agent.Host.Name}: {percent:0.000} percent");
                lowest[agent] = Math.Min(lowest[agent], percent);
            }
        }

        foreach (AgentProcess agent in lab.Agents)
        {
            double mebibytes = ResidentMemory.MebibytesOf(agent.ProcessId);
            output.Report($"idle.{agent.Host.Name}.processor", lowest[agent], "percent");
            output.Report($"idle.{agent.Host.Name}.memory", mebibytes, "MiB");
            Assert.InRange(lowest[agent], 0, MostPercent);
            Assert.InRange(mebibytes, 0, MostMebibytes);
        }
    }

    private static List<(AgentProcess Agent, double Percent)> PercentOfOneWindow(TunnelLab lab)
    {
        var window = TimeSpan.FromSeconds(LabSettings.IdleSeconds);
        var meters = lab.Agents.Select(agent => (Agent: agent, Meter: new CpuMeter(agent.ProcessId))).ToList();
        Wait.Until("the window is over", 2 * window, () => meters[^1].Meter.Elapsed > window);
        return [.. meters.Select(entry => (entry.Agent, entry.Meter.Percent))];
    }
}
