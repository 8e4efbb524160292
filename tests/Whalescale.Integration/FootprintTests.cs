using Whalescale.Integration.Lab;
using Xunit.Abstractions;

namespace Whalescale.Integration;

/// <summary>What an agent costs that has nothing to do.</summary>
public sealed class FootprintTests(ITestOutputHelper output)
{
    private const double MostPercent = 0.2;
    private const double MostMebibytes = 90;

    [RootFact]
    public void An_idle_agent_uses_next_to_no_processor_time_and_little_memory()
    {
        using TunnelLab lab = TunnelLab.Start(output);
        var meters = lab.Agents.Select(agent => (agent, meter: new CpuMeter(agent.ProcessId))).ToList();

        var duration = TimeSpan.FromSeconds(LabSettings.IdleSeconds);
        Wait.Until("the idle time is over", 2 * duration, () => meters[^1].meter.Elapsed > duration);
        foreach (var (agent, meter) in meters)
        {
            double percent = meter.Percent;
            double mebibytes = ResidentMemory.MebibytesOf(agent.ProcessId);
            output.Report($"idle.{agent.Host.Name}.processor", percent, "percent");
            output.Report($"idle.{agent.Host.Name}.memory", mebibytes, "MiB");
            Assert.InRange(percent, 0, MostPercent);
            Assert.InRange(mebibytes, 0, MostMebibytes);
        }
    }
}
