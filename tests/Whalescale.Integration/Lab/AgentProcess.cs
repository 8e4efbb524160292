using System.ComponentModel;
using System.Globalization;
using System.Net.Sockets;
using System.Text.Json;

namespace Whalescale.Integration.Lab;

/// <summary>The real agent, built from this repository, on a host of the lab.</summary>
internal sealed class AgentProcess : IDisposable
{
    private const int LogLinesShown = 60;
    private static readonly TimeSpan StopLimit = TimeSpan.FromSeconds(5);
    private static readonly JsonSerializerOptions Json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
    };

    private readonly HttpClient _api;
    private RunningProcess? _process;
    private string _log = "";

    /// <summary>Gives the host an identity and a configuration; starts nothing yet.</summary>
    /// <param name="host">Where it runs.</param>
    /// <param name="directory">An empty directory for its files, all of them.</param>
    public AgentProcess(Host host, string directory)
    {
        Host = host;
        Directory = directory;
        _api = new HttpClient(new SocketsHttpHandler { ConnectCallback = Connect })
        {
            BaseAddress = new Uri("http://localhost/"),
            Timeout = TimeSpan.FromSeconds(5),
        };
        _api.DefaultRequestHeaders.ConnectionClose = true;

        System.IO.Directory.CreateDirectory(Path.Combine(directory, "conf.d"));
        Succeed("init", "--config", ConfigFile, "--state-dir", StateDirectory, "--name", host.Name);
        string id = Succeed("id", "--config", ConfigFile).Trim();
        Id = NodeId.TryParse(id, out NodeId parsed) ? parsed : throw new FormatException($"`id` printed \"{id}\".");
        WriteConfig("10-lab.toml", $"""
            [transport]
            listen_port = {AgentBinary.ListenPort}
            [api]
            unix = "{SocketPath}"
            """);
    }

    public Host Host { get; }

    public string Directory { get; }

    public NodeId Id { get; }

    public string ConfigFile => Path.Combine(Directory, "whalescale.toml");

    public string StateDirectory => Path.Combine(Directory, "state");

    public string SocketPath => Path.Combine(Directory, "api.sock");

    /// <summary>Everything it said, over all its lives.</summary>
    public string Log => _process is null ? _log : _log + _process.Everything;

    public bool IsRunning => _process is { HasExited: false };

    /// <exception cref="InvalidOperationException">It was never started.</exception>
    public int ProcessId => Running.Id;

    private RunningProcess Running =>
        _process ?? throw new InvalidOperationException($"The agent of {Host.Name} was not started.");

    /// <summary>Writes a file of conf.d, which wins over the main file.</summary>
    public void WriteConfig(string fileName, string toml) =>
        File.WriteAllText(Path.Combine(Directory, "conf.d", fileName), toml + "\n");

    /// <summary>Gives the node the secret of its network, in a file that is its owner's alone.</summary>
    /// <param name="line">64 hex digits or 44 characters of base64.</param>
    /// <returns>Path of the file.</returns>
    public string WriteNetworkSecret(string line)
    {
        string path = Path.Combine(Directory, "network.secret");
        File.WriteAllText(path, line + "\n");
        Command.Run(["chmod", "600", path]);
        WriteConfig("13-secret.toml", $"""
            [network]
            secret_file = "{path}"
            """);
        return path;
    }

    /// <summary>Starts `whalescale run` and returns at once.</summary>
    /// <param name="wrapper">A command that becomes the agent, to take rights away for example.</param>
    public void Start(params IEnumerable<string> wrapper)
    {
        if (_process is not null) _log = Log + "\n-- started again --\n";
        _process?.Dispose();
        _process = Host.Namespace.Start([.. wrapper, AgentBinary.FullPath, "run", "--config", ConfigFile]);
    }

    /// <summary>Waits until the local API tells the state of the node.</summary>
    /// <exception cref="InvalidOperationException">The agent exited instead.</exception>
    public void WaitUntilReady(TimeSpan limit) =>
        Wait.Until($"the agent of {Host.Name} answers", limit, () => ReadStatus() is not null);

    /// <summary>GET /v1/status.</summary>
    /// <returns>Null while nothing answers.</returns>
    public AgentStatus? ReadStatus()
    {
        if (Running.HasExited) throw new InvalidOperationException($"The agent of {Host.Name} exited.\n{Tail()}");
        try
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, "v1/status");
            using HttpResponseMessage response = _api.Send(request);
            if (!response.IsSuccessStatusCode) return null;
            return JsonSerializer.Deserialize<AgentStatus>(response.Content.ReadAsStream(), Json);
        }
        catch (Exception exception) when (exception is HttpRequestException or IOException
            or OperationCanceledException)
        {
            return null;
        }
    }

    /// <summary>GET /v1/metrics.</summary>
    public string Metrics()
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "v1/metrics");
        using HttpResponseMessage response = _api.Send(request).EnsureSuccessStatusCode();
        using var reader = new StreamReader(response.Content.ReadAsStream());
        return reader.ReadToEnd();
    }

    /// <summary>Waits until it exits by itself.</summary>
    /// <returns>Its exit code; what it printed is in <see cref="Log"/>.</returns>
    public int WaitForExit(TimeSpan limit)
    {
        if (Running.WaitForExit(limit)) return Running.ExitCode;
        throw new TimeoutException($"The agent of {Host.Name} still runs after {limit.TotalSeconds} s.\n{Tail()}");
    }

    /// <summary>SIGTERM, and the wait that follows.</summary>
    /// <returns>The exit code.</returns>
    public int Stop()
    {
        Running.Signal(Native.Sigterm);
        return WaitForExit(StopLimit);
    }

    /// <summary>SIGKILL: it gets no chance to say goodbye.</summary>
    public void Kill()
    {
        Running.Kill();
        Running.WaitForExit(StopLimit);
        _log = Log + "\n-- killed --\n";
        Running.Dispose();
        _process = null;
    }

    /// <summary>SIGSTOP: it stands still until <see cref="Resume"/>, while its kernel goes on.</summary>
    public void Pause()
    {
        Running.Signal(Native.Sigstop);
        string file = $"/proc/{ProcessId}/stat"; // "pid (name) state …"
        Wait.Until($"the agent of {Host.Name} stands still", StopLimit, () =>
            File.ReadAllText(file).Contains(") T ", StringComparison.Ordinal));
    }

    /// <summary>SIGCONT.</summary>
    public void Resume() => Running.Signal(Native.Sigcont);

    /// <summary>A metric without labels, or one series of another: "whalescale_packets_to_tun_total".</summary>
    public double Metric(string name) => double.Parse(
        Metrics().Split('\n').Single(line => line.StartsWith(name + " ", StringComparison.Ordinal))[name.Length..],
        CultureInfo.InvariantCulture);

    /// <summary>Runs the CLI on this host, aimed at this agent.</summary>
    public CommandResult Cli(params IEnumerable<string> arguments) =>
        Host.Namespace.Try(
            [AgentBinary.FullPath, .. arguments],
            new Dictionary<string, string> { ["WHALESCALE_API"] = "unix://" + SocketPath });

    /// <summary>The last lines of the log, for the message of a failed test.</summary>
    public string Tail() =>
        $"-- {Host.Name}: log --\n" + string.Join('\n', Log.Split('\n').TakeLast(LogLinesShown));

    public void Dispose()
    {
        _process?.Dispose();
        _api.Dispose();
    }

    private string Succeed(params IEnumerable<string> arguments)
    {
        CommandResult result = Cli(arguments);
        return result.ExitCode == 0 ? result.Output : throw new InvalidOperationException(result.ToString());
    }

    private async ValueTask<Stream> Connect(SocketsHttpConnectionContext context, CancellationToken cancellation)
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            await socket.ConnectAsync(new UnixDomainSocketEndPoint(SocketPath), cancellation);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch (Exception exception) when (exception is SocketException or OperationCanceledException or Win32Exception)
        {
            socket.Dispose();
            throw;
        }
    }
}
