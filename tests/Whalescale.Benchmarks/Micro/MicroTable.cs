using System.Globalization;
using BenchmarkDotNet.Mathematics;
using BenchmarkDotNet.Reports;

namespace Whalescale.Benchmarks.Micro;

/// <summary>Writes a line for each benchmark.</summary>
internal sealed class MicroTable
{
    private readonly TextWriter _output;

    /// <summary>Writes the heading.</summary>
    internal MicroTable(TextWriter output, bool allocationsOnly)
    {
        _output = output;
        _output.WriteLine(
            allocationsOnly ? Line("operation", "", "", "bytes") : Line("operation", "ns", "spread", "bytes"));
    }

    /// <summary>Writes what was measured of one benchmark.</summary>
    /// <param name="check">Its allocations.</param>
    /// <param name="report">Its times, if they were measured.</param>
    /// <returns>Whether nothing was allocated.</returns>
    internal bool Write(AllocationCheck check, BenchmarkReport? report)
    {
        long diagnosed = report?.GcStats.GetBytesAllocatedPerOperation(check.Case) ?? 0;
        Statistics? times = report?.ResultStatistics;
        string nanoseconds = times is null ? "" : Format($"{times.Median:F1}");
        string spread = times is null ? "" : Format($"{times.InterquartileRange / times.Median:P0}");
        string bytes = Format($"{Math.Max(diagnosed, check.Bytes)}");
        _output.WriteLine(Line(MicroCommand.NameOf(check.Case), nanoseconds, spread, bytes));
        return check.Bytes == 0 && diagnosed == 0;
    }

    private static string Line(string name, string nanoseconds, string spread, string bytes) =>
        $"{name,-58}{nanoseconds,10}{spread,9}{bytes,9}";

    private static string Format(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
