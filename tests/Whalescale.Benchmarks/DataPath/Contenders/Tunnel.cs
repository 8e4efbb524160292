using Whalescale.Integration.Lab;
using Bed = Whalescale.Benchmarks.DataPath.Testbed;

namespace Whalescale.Benchmarks.DataPath.Contenders;

/// <summary>A contender at work between alpha and beta; disposal ends its programs.</summary>
internal abstract class Tunnel : IDisposable
{
    private static readonly TimeSpan ReadyLimit = TimeSpan.FromSeconds(20), StopLimit = TimeSpan.FromSeconds(3);

    private readonly List<RunningProcess> _programs = [];

    /// <summary>Starts nothing yet.</summary>
    /// <param name="testbed">Where it runs.</param>
    /// <param name="directory">An empty directory of its own.</param>
    private protected Tunnel(Testbed testbed, string directory)
    {
        Testbed = testbed;
        Root = directory;
    }

    internal Testbed Testbed { get; }

    /// <summary>Where beta is, as a program on alpha reaches it through the contender.</summary>
    internal virtual string BetaAddress => Bed.BetaOverlay;

    /// <summary>The contender's programs at both ends.</summary>
    internal IEnumerable<int> ProcessIds => _programs.Select(program => program.Id);

    private protected string Root { get; }

    /// <summary>Starts the programs of both ends.</summary>
    internal abstract void Start();

    /// <summary>Waits until a ping is answered through it.</summary>
    /// <exception cref="BenchException">One of its programs has ended, or nothing answers in time.</exception>
    internal void WaitUntilReady()
    {
        try
        {
            Wait.Until("a ping crosses", ReadyLimit, () =>
            {
                Check();
                return Testbed.Alpha.Try(["ping", "-n", "-c", "1", "-W", "1", BetaAddress]).ExitCode == 0;
            });
        }
        catch (TimeoutException late)
        {
            throw new BenchException($"{late.Message}\n{Said()}");
        }
    }

    /// <summary>Makes sure that its programs run.</summary>
    /// <exception cref="BenchException">One does not.</exception>
    internal void Check()
    {
        if (_programs.Find(program => program.HasExited) is { } ended)
            throw new BenchException($"`{ended.Text}` has ended.\n{Said()}");
    }

    /// <inheritdoc/>
    public virtual void Dispose()
    {
        foreach (RunningProcess program in _programs.Where(program => !program.HasExited))
            program.Signal(Native.Sigterm);
        foreach (RunningProcess program in _programs)
        {
            program.WaitForExit(StopLimit);
            program.Dispose();
        }

        _programs.Clear();
    }

    private protected void Run(
        NetworkNamespace end, IEnumerable<string> command, IReadOnlyDictionary<string, string>? environment = null) =>
        _programs.Add(end.Start(command, environment));

    /// <summary>Makes a directory below <see cref="Root"/>.</summary>
    private protected string Directory(string name) =>
        System.IO.Directory.CreateDirectory(Path.Combine(Root, name)).FullName;

    private string Said() => string.Join('\n', _programs.Select(program => $"{program.Text}\n{program.Everything}"));
}

/// <summary>No tunnel: what the wire and the two kernels can carry.</summary>
internal sealed class PlainWire(Testbed testbed, string directory) : Tunnel(testbed, directory)
{
    internal override string BetaAddress => Bed.BetaUnderlay;

    internal override void Start()
    {
        // The kernels are all there is.
    }
}
