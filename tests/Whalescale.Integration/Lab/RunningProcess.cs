using System.Diagnostics;

namespace Whalescale.Integration.Lab;

/// <summary>A process under our eyes: what it says is kept, and it never outlives its owner.</summary>
internal sealed class RunningProcess : IDisposable
{
    private static readonly TimeSpan PipesLimit = TimeSpan.FromSeconds(2);

    private readonly Process _process;
    private readonly Lock _gate = new();
    private readonly List<string> _output = [];
    private readonly List<string> _errors = [];
    private readonly List<string> _everything = [];
    private readonly CountdownEvent _openPipes = new(2);

    private RunningProcess(Process process, string text)
    {
        _process = process;
        Text = text;
    }

    /// <summary>The command line, for messages.</summary>
    public string Text { get; }

    public int Id => _process.Id;

    public bool HasExited => _process.HasExited;

    /// <exception cref="InvalidOperationException">It still runs.</exception>
    public int ExitCode => _process.ExitCode;

    public string Output => Joined(_output);

    public string Errors => Joined(_errors);

    /// <summary>Both streams, in the order in which the lines arrived.</summary>
    public string Everything => Joined(_everything);

    /// <summary>Starts a program.</summary>
    /// <param name="command">Program and arguments; no shell sees them.</param>
    /// <param name="environment">Variables beside the inherited ones.</param>
    /// <param name="input">What it reads from its standard input.</param>
    public static RunningProcess Start(
        IReadOnlyList<string> command, IReadOnlyDictionary<string, string>? environment = null, string input = "")
    {
        var start = new ProcessStartInfo(command[0], command.Skip(1))
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var (name, value) in environment ?? new Dictionary<string, string>()) start.Environment[name] = value;

        var running = new RunningProcess(new Process { StartInfo = start }, string.Join(' ', command));
        running._process.OutputDataReceived += (_, line) => running.Add(running._output, line.Data);
        running._process.ErrorDataReceived += (_, line) => running.Add(running._errors, line.Data);
        running._process.Start();
        running._process.BeginOutputReadLine();
        running._process.BeginErrorReadLine();
        running._process.StandardInput.Write(input);
        running._process.StandardInput.Close();
        return running;
    }

    public void Signal(int signal) => Native.Signal(Id, signal);

    public void Kill() => _process.Kill();

    /// <returns>False if it still runs after <paramref name="limit"/>.</returns>
    public bool WaitForExit(TimeSpan limit)
    {
        if (!_process.WaitForExit(limit)) return false;

        // A grandchild may hold the pipes open for ever; what was said until now has to do then.
        _openPipes.Wait(PipesLimit);
        return true;
    }

    public void Dispose()
    {
        if (!_process.HasExited)
        {
            _process.Kill(entireProcessTree: true);
            WaitForExit(PipesLimit);
        }

        _process.Dispose();
    }

    private void Add(List<string> stream, string? line)
    {
        lock (_gate)
        {
            if (line is not null)
            {
                stream.Add(line);
                _everything.Add(line);
            }
            else if (!_openPipes.IsSet)
            {
                _openPipes.Signal();
            }
        }
    }

    private string Joined(List<string> lines)
    {
        lock (_gate) return string.Join('\n', lines);
    }
}
