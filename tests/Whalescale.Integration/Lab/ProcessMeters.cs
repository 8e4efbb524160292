using System.Diagnostics;
using System.Globalization;

namespace Whalescale.Integration.Lab;

/// <summary>Share of one core that a process uses from now on.</summary>
internal sealed class CpuMeter(int processId)
{
    private readonly TimeSpan _usedAtStart = Native.ProcessorTimeOf(processId);
    private readonly long _start = Stopwatch.GetTimestamp();

    public TimeSpan Elapsed => Stopwatch.GetElapsedTime(_start);

    /// <summary>Percent of one core, since this meter was made.</summary>
    public double Percent => 100 * (Native.ProcessorTimeOf(processId) - _usedAtStart) / Elapsed;
}

/// <summary>Resident memory of a process, as the kernel counts it.</summary>
internal static class ResidentMemory
{
    /// <summary>What is resident now.</summary>
    public static double MebibytesOf(int processId) => Read(processId, "VmRSS:");

    /// <summary>The most that was ever resident, or since <see cref="ForgetPeakOf"/>.</summary>
    public static double PeakMebibytesOf(int processId) => Read(processId, "VmHWM:");

    /// <summary>Lets the peak begin anew; proc(5), clear_refs.</summary>
    public static void ForgetPeakOf(int processId) => File.WriteAllText($"/proc/{processId}/clear_refs", "5");

    private static double Read(int processId, string field)
    {
        string line = File.ReadLines($"/proc/{processId}/status")
            .First(line => line.StartsWith(field, StringComparison.Ordinal));
        string kibibytes = line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1];
        return double.Parse(kibibytes, CultureInfo.InvariantCulture) / 1024;
    }
}
