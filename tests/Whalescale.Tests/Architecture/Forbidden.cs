namespace Whalescale.Tests.Architecture;

/// <summary>What lies behind the fences, by name of type or member.</summary>
internal static class Forbidden
{
    /// <summary>Sockets, files, threads, processes: for the four I/O projects only.</summary>
    private static readonly string[] InputOutputTypes =
    [
        "System.Console",
        "System.Diagnostics.Process",
        "System.IO.Directory",
        "System.IO.DirectoryInfo",
        "System.IO.File",
        "System.IO.FileInfo",
        "System.IO.FileStream",
        "System.IO.FileSystemWatcher",
        "System.IO.RandomAccess",
        "System.Net.Dns",
        "System.Net.Http.HttpClient",
        "System.Net.NetworkInformation.NetworkInterface",
        "System.Net.Sockets.NetworkStream",
        "System.Net.Sockets.Socket",
        "System.Net.Sockets.TcpClient",
        "System.Net.Sockets.TcpListener",
        "System.Net.Sockets.UdpClient",
        "System.Threading.PeriodicTimer",
        "System.Threading.Thread",
        "System.Threading.ThreadPool",
        "System.Threading.Timer",
        "System.Timers.Timer",
    ];

    /// <summary>Clocks, chance and tasks: for nobody in the pure projects.</summary>
    private static readonly string[] ImpureTypes =
    [
        "System.Diagnostics.Stopwatch",
        "System.HashCode",
        "System.Random",
        "System.Security.Cryptography.RandomNumberGenerator",
        "System.Threading.Tasks.Parallel",
        "System.Threading.Tasks.Task",
        "System.Threading.Tasks.Task`1",
        "System.Threading.Tasks.TaskCompletionSource",
        "System.Threading.Tasks.TaskCompletionSource`1",
        "System.Threading.Tasks.ValueTask",
        "System.Threading.Tasks.ValueTask`1",
    ];

    private static readonly string[] ImpureMembers =
    [
        "System.DateTime.get_Now",
        "System.DateTime.get_Today",
        "System.DateTime.get_UtcNow",
        "System.DateTimeOffset.get_Now",
        "System.DateTimeOffset.get_UtcNow",
        "System.Guid.NewGuid",
        "System.TimeProvider.get_System",
    ];

    /// <summary>The compiler itself calls this one, in every iterator; nothing else of Environment is
    /// allowed.</summary>
    private const string IteratorThreadId = "System.Environment.get_CurrentManagedThreadId";

    /// <summary>What of <paramref name="facts"/> only the I/O projects may use.</summary>
    public static IEnumerable<string> InputOutputIn(AssemblyFacts facts) =>
        facts.Types.Select(type => type.FullName).Where(name =>
            InputOutputTypes.Contains(name)
            || name.StartsWith("System.IO.Pipes.", StringComparison.Ordinal)
            || name.StartsWith("System.Threading.Channels.", StringComparison.Ordinal));

    /// <summary>What of <paramref name="facts"/> no pure project may use.</summary>
    public static IEnumerable<string> ImpurityIn(AssemblyFacts facts) =>
    [
        .. InputOutputIn(facts),
        .. facts.Types.Select(type => type.FullName).Where(ImpureTypes.Contains),
        .. facts.Members.Where(ImpureMembers.Contains),
        .. facts.Members.Where(member =>
            member.StartsWith("System.Environment.", StringComparison.Ordinal) && member != IteratorThreadId),
    ];
}
