using System.Runtime.InteropServices;
using Whalescale.Benchmarks.DataPath.Reports;
using Whalescale.Benchmarks.Harness;
using Whalescale.Integration.Lab;

namespace Whalescale.Benchmarks.DataPath;

/// <summary><c>bench datapath</c>: the real agent against others, from program to program through the
/// kernel.</summary>
internal static class DatapathCommand
{
    private const int Failed = 1, Usage = 2, Unsupported = 4, PermissionDenied = 5, SignalBase = 128;
    private const string CongestionControls = "/proc/sys/net/ipv4/tcp_available_congestion_control";

    // TCP under loss is compared for these alone: the others share their way of dealing with it.
    private static readonly string[] LossContenders = [DatapathOptions.Own, "wireguard-go"];

    /// <summary>Measures and writes the tables.</summary>
    /// <param name="words">The command line behind "datapath".</param>
    /// <returns>0; 1 if something failed; 2 for wrong words; 4 and 5 where it cannot or may not run; 128 and the
    /// number of the signal that ended it.</returns>
    internal static int Run(ReadOnlySpan<string> words)
    {
        if (!DatapathOptions.TryParse(words, out DatapathOptions options, out string complaint))
            return Complain(Usage, complaint);
        if (!OperatingSystem.IsLinux()) return Complain(Unsupported, "bench: datapath needs Linux.");
        if (!Environment.IsPrivilegedProcess)
            return Complain(PermissionDenied, "bench: network namespaces need root: sudo ./bench datapath");
        if (options.Measures.Contains("loss") && !File.ReadAllText(CongestionControls).Split().Contains("bbr"))
            return Complain(Unsupported, "bench: the loss needs BBR: modprobe tcp_bbr, or --measure without loss.");

        using var interruption = new Interruption();
        try
        {
            Measure(options, interruption.Token);
            return 0;
        }
        catch (Exception) when (interruption.Token.IsCancellationRequested)
        {
            // Whatever it was: an interrupted program fails in many ways.
            return SignalBase + interruption.Signal;
        }
        catch (Exception failure) when (failure is BenchException or InvalidOperationException or TimeoutException
            or IOException or UnauthorizedAccessException)
        {
            return Complain(Failed, $"bench: {failure.Message}");
        }
    }

    private static void Measure(DatapathOptions options, CancellationToken stop)
    {
        var results = new Results();
        var table = new DatapathTable(Console.Out, results);
        Dictionary<string, string> versions = Versions(options);
        Console.WriteLine(Machine.Current);
        Console.WriteLine(string.Join("; ", versions.Values));
        Console.WriteLine(
            $"Medians, rounds: {options.Rounds}; {DatapathOptions.Own}/it: quotient of the same round, median. "
            + "Both ends and iperf3 share the processors.");
        DirectoryInfo work = Directory.CreateTempSubdirectory("wsbench-");
        try
        {
            foreach (Wire wire in WiresOf(options))
            {
                using var contest = new WireContest(wire, options, results, stop);
                contest.Start(ContendersOn(wire, options), work.FullName);
                for (int round = 1; round <= options.Rounds; round++) contest.Hold(round);
                table.Write(wire);
            }
        }
        finally
        {
            work.Delete(recursive: true);
        }

        if (options.JsonPath is { } path) DatapathDocument.Write(path, options, versions, results);
    }

    private static IEnumerable<Wire> WiresOf(DatapathOptions options)
    {
        bool isLossOnly = options.Measures.SequenceEqual(["loss"]);
        if (!isLossOnly && options.Wires.Contains("offload")) yield return Wire.Offload;
        if (!isLossOnly && options.Wires.Contains("frames")) yield return Wire.Frames;
        if (options.Measures.Contains("loss") && ContendersOn(Wire.Routed, options).Any()) yield return Wire.Routed;
    }

    private static IEnumerable<string> ContendersOn(Wire wire, DatapathOptions options) =>
        wire == Wire.Routed ? options.Contenders.Intersect(LossContenders) : options.Contenders;

    private static Dictionary<string, string> Versions(DatapathOptions options)
    {
        var versions = new Dictionary<string, string> { ["iperf3"] = FirstLine("iperf3", "--version") };
        if (options.Contenders.Contains("wireguard-go"))
            versions["wireguard_go"] = FirstLine("wireguard-go", "--version");
        if (options.Contenders.Contains("nebula"))
            versions["nebula"] = "nebula " + FirstLine("nebula", "-version")["Version: ".Length..];
        return versions;
    }

    private static string FirstLine(params IReadOnlyList<string> command) => Command.Run(command).Split('\n')[0].Trim();

    private static int Complain(int code, string text)
    {
        Console.Error.WriteLine(text);
        return code;
    }
}

/// <summary>Turns signals into a token, so that everything is taken down on the way out.</summary>
internal sealed class Interruption : IDisposable
{
    private readonly CancellationTokenSource _source = new();
    private readonly PosixSignalRegistration[] _registrations;

    internal Interruption()
    {
        _registrations =
        [
            PosixSignalRegistration.Create(PosixSignal.SIGINT, context => Handle(context, Native.Sigint)),
            PosixSignalRegistration.Create(PosixSignal.SIGTERM, context => Handle(context, Native.Sigterm)),
            PosixSignalRegistration.Create(PosixSignal.SIGHUP, context => Handle(context, Native.Sighup)),
        ];
    }

    internal CancellationToken Token => _source.Token;

    /// <summary>Number of the signal that came, 0 without one.</summary>
    internal int Signal { get; private set; }

    public void Dispose()
    {
        foreach (PosixSignalRegistration registration in _registrations) registration.Dispose();
        _source.Dispose();
    }

    private void Handle(PosixSignalContext context, int signal)
    {
        context.Cancel = true;
        Signal = signal;
        _source.Cancel();
    }
}
