using System.Globalization;
using Whalescale.Benchmarks.DataPath.Contenders;
using Whalescale.Benchmarks.DataPath.Measures;
using Whalescale.Benchmarks.DataPath.Reports;

namespace Whalescale.Benchmarks.DataPath;

/// <summary>
/// Lets contenders take turns on one kind of wire. All are up from the beginning, each in namespaces of its own; in
/// every round each measure goes from contender to contender, beginning with another one each time, so that what is
/// compared was measured within seconds.
/// </summary>
internal sealed class WireContest : IDisposable
{
    private const string NormalCongestionControl = "cubic", LossCongestionControl = "bbr";
    private const double WarmUpRate = 0.3; // Gbit/s of UDP

    private readonly Wire _wire;
    private readonly DatapathOptions _options;
    private readonly Results _results;
    private readonly CancellationToken _stop;
    private readonly Iperf _iperf;
    private readonly List<Testbed> _testbeds = [];
    private readonly List<(string Name, Tunnel Tunnel)> _contenders = [];

    /// <summary>Sets nothing up yet.</summary>
    internal WireContest(Wire wire, DatapathOptions options, Results results, CancellationToken stop)
    {
        (_wire, _options, _results, _stop) = (wire, options, results, stop);
        _iperf = new Iperf(stop);
    }

    /// <summary>Starts the contenders and sends traffic through each, so that nothing is met for the first
    /// time.</summary>
    /// <param name="names">Who takes part.</param>
    /// <param name="directory">Where each gets a directory of its own.</param>
    internal void Start(IEnumerable<string> names, string directory)
    {
        foreach (string name in names)
        {
            _stop.ThrowIfCancellationRequested();
            Say(0, name, "starts");
            var testbed = new Testbed(name, _wire);
            _testbeds.Add(testbed);
            string own = Directory.CreateDirectory(Path.Combine(directory, $"{_wire}-{name}")).FullName;
            Tunnel tunnel = TunnelOf(name, testbed, own);
            _contenders.Add((name, tunnel));
            tunnel.Start();
            tunnel.WaitUntilReady();
        }

        foreach (var (_, tunnel) in _contenders)
        {
            _iperf.Tcp(tunnel, 1, 1, NormalCongestionControl);
            if (_options.Measures.Contains("udp")) Probe(tunnel, WarmUpRate);
        }
    }

    /// <summary>Holds one round.</summary>
    /// <param name="round">From 1.</param>
    internal void Hold(int round)
    {
        var peaks = new Dictionary<string, double>();
        foreach (string measure in _options.Measures)
        {
            for (int turn = 0; turn < _contenders.Count; turn++)
            {
                var (name, tunnel) = _contenders[(round - 1 + turn) % _contenders.Count];
                _stop.ThrowIfCancellationRequested();
                tunnel.Check();
                Measure(measure, round, name, tunnel, peaks);
            }
        }

        foreach (var (name, peak) in peaks.Where(one => one.Value > 0)) Note(name, Quantity.Memory, round, peak);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var (_, tunnel) in _contenders) tunnel.Dispose();
        foreach (Testbed testbed in _testbeds) testbed.Dispose();
    }

    private static Tunnel TunnelOf(string name, Testbed testbed, string directory) => name switch
    {
        DatapathOptions.Own => new WhalescaleTunnel(testbed, directory),
        "wireguard-go" => new WireGuardTunnel(testbed, directory),
        "nebula" => new NebulaTunnel(testbed, directory),
        DatapathOptions.Limit => new LimitTunnel(testbed, directory),
        _ => new PlainWire(testbed, directory),
    };

    private void Measure(string measure, int round, string name, Tunnel tunnel, Dictionary<string, double> peaks)
    {
        // The routed wire is there for the loss alone, and the others cannot lose.
        if (measure == "loss" != (_wire == Wire.Routed)) return;
        switch (measure)
        {
            case "tcp1":
                Tcp(round, name, tunnel, 1, Quantity.Tcp1, Quantity.Tcp1Cpu, peaks);
                break;
            case "tcp4":
                Tcp(round, name, tunnel, 4, Quantity.Tcp4, Quantity.Tcp4Cpu, peaks);
                break;
            case "udp":
                Udp(round, name, tunnel, peaks);
                break;
            case "rtt":
                double[] milliseconds = RttProbe.Run(tunnel, _options.Pings, _stop);
                Note(name, Quantity.RttMedian, round, PingTimes.Percentile(milliseconds, 0.5));
                Note(name, Quantity.RttTail, round, PingTimes.Percentile(milliseconds, 0.99));
                break;
            default:
                Loss(round, name, tunnel);
                break;
        }
    }

    private void Tcp(
        int round, string name, Tunnel tunnel, int streams, Quantity rate, Quantity cpu,
        Dictionary<string, double> peaks)
    {
        var frames = new FrameMeter(tunnel.Testbed);
        var meter = new ProcessMeter(tunnel);
        IperfReport report = _iperf.Tcp(tunnel, streams, _options.Seconds, NormalCongestionControl);
        double cpuSeconds = meter.CpuSeconds;
        Note(name, rate, round, report.Received);

        // Over the warm-up, too: that is when the meter began.
        if (tunnel.ProcessIds.Any()) Note(name, cpu, round, cpuSeconds / (report.BytesInAll / 1e9));
        Raise(peaks, name, meter);
        if (streams == 1) _results.Add(new FrameSize(_wire, name, round, frames.Bytes()));
    }

    private void Udp(int round, string name, Tunnel tunnel, Dictionary<string, double> peaks)
    {
        var meter = new ProcessMeter(tunnel);
        List<UdpProbe> probes = UdpSearch.Run(_options.UdpProbes, rate => Probe(tunnel, rate));
        _results.Add(new UdpSeries(_wire, name, round, probes));
        Note(name, Quantity.Udp, round, UdpSearch.BestOf(probes));
        Raise(peaks, name, meter);
    }

    // Where so much is lost that not even iperf3's control connection survives, all is lost.
    private IperfReport Probe(Tunnel tunnel, double rate)
    {
        try
        {
            return _iperf.Udp(tunnel, rate);
        }
        catch (BenchException)
        {
            tunnel.Check();
            return new IperfReport(0, rate, 0, Loss: 1, 0);
        }
    }

    private void Loss(int round, string name, Tunnel tunnel)
    {
        var dropper = new Dropper(tunnel.Testbed.Router!);
        double lossless = Run(drops: false), lossy = Run(drops: true);
        DropCount count = dropper.Read();
        dropper.Reset(drops: false);
        if (count.IsOff)
            throw new BenchException($"The router dropped {count.Dropped} of {count.Arrived} datagrams: not 1 %.");
        Note(name, Quantity.Lossless, round, lossless);
        Note(name, Quantity.Lossy, round, lossy);
        Note(name, Quantity.Kept, round, lossy / lossless);
        Note(name, Quantity.Dropped, round, count.Share);

        double Run(bool drops)
        {
            dropper.Reset(drops);
            double received = _iperf.Tcp(tunnel, 1, _options.Seconds, LossCongestionControl).Received;
            dropper.Read();
            return received;
        }
    }

    private static void Raise(Dictionary<string, double> peaks, string name, ProcessMeter meter) =>
        peaks[name] = Math.Max(peaks.GetValueOrDefault(name), meter.PeakMebibytes);

    private void Note(string name, Quantity quantity, int round, double value)
    {
        _results.Add(new Sample(_wire, name, quantity, round, value));
        Say(round, name, string.Create(
            CultureInfo.InvariantCulture,
            $"{quantity.Title} {Math.Round(value, quantity.Decimals)}"));
    }

    // Beside the tables, which stand alone on the standard output.
    private void Say(int round, string name, string text) =>
        Console.Error.WriteLine($"{_wire} {(round == 0 ? "" : $"round {round} ")}{name}: {text}");
}
