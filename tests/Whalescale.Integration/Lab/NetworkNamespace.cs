using System.Runtime.ExceptionServices;
using System.Text.Json;

namespace Whalescale.Integration.Lab;

/// <summary>A network namespace: a machine of its own as far as addresses, routes and sockets are concerned.</summary>
internal sealed class NetworkNamespace : IDisposable
{
    private static int _count;

    private bool _isDisposed;

    /// <summary>Makes an empty one, its loopback up.</summary>
    /// <param name="role">Last part of the name: "alpha", "router".</param>
    /// <param name="prefix">First part of the name: who made it.</param>
    public NetworkNamespace(string role, string prefix = "wstest")
    {
        Name = $"{prefix}-{Environment.ProcessId}-{Interlocked.Increment(ref _count)}-{role}";
        Command.Run(["ip", "netns", "add", Name]);
        AppDomain.CurrentDomain.ProcessExit += DisposeAtExit;

        // Duplicate address detection would keep a new IPv6 address unusable for a second.
        SetKernelParameter("net/ipv6/conf/all/accept_dad", "0");
        SetKernelParameter("net/ipv6/conf/default/accept_dad", "0");
        Configure("link set lo up");
    }

    public string Name { get; }

    /// <summary>Applies `ip` commands, in one go: "address add 10.1.0.2/24 dev up0".</summary>
    public void Configure(params IEnumerable<string> commands) =>
        Command.Run(["ip", "-netns", Name, "-batch", "-"], string.Join('\n', commands) + "\n");

    /// <summary>What `ip -json` tells: IpJson("link", "show", "dev", "up0").</summary>
    /// <returns>An array, empty where there is nothing to tell.</returns>
    public JsonElement IpJson(params IEnumerable<string> arguments)
    {
        string json = Command.Run(["ip", "-netns", Name, "-json", "-details", .. arguments]);
        return JsonSerializer.Deserialize<JsonElement>(string.IsNullOrWhiteSpace(json) ? "[]" : json);
    }

    /// <param name="path">Below /proc/sys: "net/ipv4/ip_forward".</param>
    /// <param name="value">What to write there.</param>
    public void SetKernelParameter(string path, string value) =>
        Inside(() => File.WriteAllText("/proc/sys/" + path, value));

    /// <summary>Runs a command in here; it must succeed.</summary>
    /// <returns>Its standard output.</returns>
    public string Run(params IEnumerable<string> command) => Command.Run(Prefixed(command));

    /// <summary>Runs a command in here whose exit code is the question.</summary>
    public CommandResult Try(IEnumerable<string> command, IReadOnlyDictionary<string, string>? environment = null) =>
        Command.Try(Prefixed(command), environment);

    /// <summary>Starts a command in here. The process id is that of the command: `ip netns exec` becomes it.</summary>
    public RunningProcess Start(
        IEnumerable<string> command, IReadOnlyDictionary<string, string>? environment = null) =>
        RunningProcess.Start(Prefixed(command), environment);

    /// <summary>Runs code in here. A socket belongs for ever to the namespace in which it was opened.</summary>
    public T Inside<T>(Func<T> body)
    {
        T result = default!;
        Inside(() => { result = body(); });
        return result;
    }

    /// <inheritdoc cref="Inside{T}"/>
    public void Inside(Action body)
    {
        ExceptionDispatchInfo? failure = null;

        // A thread of its own, never one of the pool: setns moves the thread for good.
        var thread = new Thread(() =>
        {
            try
            {
                Native.EnterNetworkNamespace("/run/netns/" + Name);
                body();
            }
            catch (Exception exception)
            {
                failure = ExceptionDispatchInfo.Capture(exception);
            }
        });
        thread.Start();
        thread.Join();
        failure?.Throw();
    }

    public void Dispose()
    {
        if (_isDisposed) return;
        _isDisposed = true;
        AppDomain.CurrentDomain.ProcessExit -= DisposeAtExit;
        Command.Run(["ip", "netns", "delete", Name]);
    }

    private void DisposeAtExit(object? sender, EventArgs e) => Dispose();

    private string[] Prefixed(IEnumerable<string> command) => ["ip", "netns", "exec", Name, .. command];
}
