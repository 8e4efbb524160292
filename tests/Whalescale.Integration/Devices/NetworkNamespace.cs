using System.Diagnostics;
using System.Runtime.ExceptionServices;
using System.Runtime.InteropServices;
using System.Text.Json;
using Microsoft.Win32.SafeHandles;

namespace Whalescale.Integration.Devices;

/// <summary>A network namespace of the test's own; gone with everything in it after disposal.</summary>
internal sealed partial class NetworkNamespace : IDisposable
{
    private const int NewNetwork = 0x40000000; // CLONE_NEWNET
    private const int CloseOnExec = 0x80000; // O_CLOEXEC
    private static int _count;

    internal NetworkNamespace()
    {
        Name = $"wsdev-{Environment.ProcessId}-{Interlocked.Increment(ref _count)}";
        Run("ip", "netns", "add", Name);
        Ip("link", "set", "lo", "up");
    }

    internal string Name { get; }

    public void Dispose() => Run("ip", "netns", "del", Name);

    /// <summary>Calls on a thread of its own inside the namespace; sockets and devices opened there stay
    /// there.</summary>
    internal T Inside<T>(Func<T> call)
    {
        T result = default!;
        ExceptionDispatchInfo? failure = null;
        var thread = new Thread(() =>
        {
            try
            {
                Enter();
                result = call();
            }
            catch (Exception thrown)
            {
                failure = ExceptionDispatchInfo.Capture(thrown);
            }
        });
        thread.Start();
        thread.Join();
        failure?.Throw();
        return result;
    }

    /// <summary>Runs "ip" in the namespace.</summary>
    internal void Ip(params string[] arguments) => Run("ip", ["-n", Name, .. arguments]);

    /// <summary>Runs "ip -j" in the namespace.</summary>
    internal JsonElement IpJson(params string[] arguments)
    {
        string text = Run("ip", ["-n", Name, "-j", "-details", .. arguments]);
        return JsonDocument.Parse(text.Trim().Length == 0 ? "[]" : text).RootElement;
    }

    /// <summary>Starts a command in the namespace.</summary>
    internal Process Start(params string[] command) => StartProcess("ip", ["netns", "exec", Name, .. command]);

    private static string Run(string file, params string[] arguments)
    {
        using Process process = StartProcess(file, arguments);
        Task<string> errors = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return process.ExitCode == 0
            ? output
            : throw new InvalidOperationException($"{file} {string.Join(' ', arguments)}: {errors.Result}");
    }

    private static Process StartProcess(string file, params string[] arguments) => Process.Start(
        new ProcessStartInfo(file, arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;

    private void Enter()
    {
        // Not a file that a FileStream would take: it cannot be sought in.
        int descriptor = Open($"/run/netns/{Name}", CloseOnExec);
        if (descriptor < 0) throw new InvalidOperationException($"open: {Marshal.GetLastPInvokeErrorMessage()}");
        using var handle = new SafeFileHandle(descriptor, ownsHandle: true);
        if (SetNamespace(descriptor, NewNetwork) != 0)
            throw new InvalidOperationException($"setns: {Marshal.GetLastPInvokeErrorMessage()}");
    }

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "setns", SetLastError = true)]
    private static partial int SetNamespace(int descriptor, int type);
}
