using System.Globalization;
using Whalescale.Benchmarks.DataPath.Contenders;
using Whalescale.Integration.Lab;

namespace Whalescale.Benchmarks.DataPath.Measures;

/// <summary>What the programs of a contender use, at both ends together, from now on.</summary>
/// <remarks>
/// CPU time is that of the scheduler, in nanoseconds: the sum of the first field of <c>/proc/PID/task/*/schedstat</c>
/// over all threads and, because the kernel's clock of a process is read, also over those that have ended meanwhile.
/// </remarks>
internal sealed class ProcessMeter
{
    private readonly int[] _ids;
    private readonly double _start;

    internal ProcessMeter(Tunnel tunnel)
    {
        _ids = [.. tunnel.ProcessIds];

        // Resets the peak of resident memory, proc(5).
        foreach (int id in _ids) File.WriteAllText($"/proc/{id}/clear_refs", "5");
        _start = Seconds();
    }

    /// <summary>CPU seconds since this meter was made.</summary>
    internal double CpuSeconds => Seconds() - _start;

    /// <summary>The largest peak of resident memory of a single program since then, MiB.</summary>
    internal double PeakMebibytes => _ids.Select(PeakOf).DefaultIfEmpty(0).Max();

    private double Seconds() => _ids.Sum(id => Native.ProcessorTimeOf(id).TotalSeconds);

    private static double PeakOf(int id)
    {
        string line = File.ReadLines($"/proc/{id}/status")
            .First(line => line.StartsWith("VmHWM:", StringComparison.Ordinal));
        string kibibytes = line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1];
        return double.Parse(kibibytes, CultureInfo.InvariantCulture) / 1024;
    }
}
