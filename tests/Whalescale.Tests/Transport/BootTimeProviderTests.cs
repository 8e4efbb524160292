using System.Globalization;
using Whalescale.Transport;

namespace Whalescale.Tests.Transport;

public sealed class BootTimeProviderTests
{
    [Fact]
    public void Time_stamps_are_nanoseconds_that_never_go_back()
    {
        var time = new BootTimeProvider();
        long last = time.GetTimestamp();

        Assert.Equal(1_000_000_000, time.TimestampFrequency);
        for (int i = 0; i < 10_000; i++)
        {
            long now = time.GetTimestamp();
            Assert.True(now >= last);
            last = now;
        }
    }

    [Fact]
    public void On_Linux_they_are_the_uptime_with_sleep_included()
    {
        if (!OperatingSystem.IsLinux()) return;
        var time = new BootTimeProvider();

        long before = time.GetTimestamp();
        string text = File.ReadAllText("/proc/uptime").Split(' ')[0];
        long after = time.GetTimestamp();

        double uptimeSeconds = double.Parse(text, CultureInfo.InvariantCulture);
        Assert.InRange(uptimeSeconds, (before / 1e9) - 0.02, (after / 1e9) + 0.02);
    }
}
