using System.ComponentModel;
using System.Runtime.InteropServices;

namespace Whalescale.Integration.Lab;

/// <summary>The four system calls that the lab needs and the framework does not have.</summary>
internal static partial class Native
{
    public const int Sigterm = 15;
    public const int Sighup = 1;
    public const int Sigint = 2;
    public const int Sigcont = 18;
    public const int Sigstop = 19;

    private const int CloneNewNetwork = 0x40000000;
    private const int ReadOnlyCloseOnExec = 0x80000;
    private const int CpuClockScheduled = 2;

    /// <summary>Moves the calling thread, and it alone, to the network namespace bound to a path.</summary>
    public static void EnterNetworkNamespace(string path)
    {
        int descriptor = Check(Open(path, ReadOnlyCloseOnExec, 0), "open " + path);
        try
        {
            Check(SetNamespace(descriptor, CloneNewNetwork), "setns " + path);
        }
        finally
        {
            Check(Close(descriptor), "close");
        }
    }

    public static void Signal(int processId, int signal) => Check(Kill(processId, signal), $"kill {processId}");

    /// <summary>CPU time of all threads of a process, those that ended included.</summary>
    /// <remarks>clock_getcpuclockid(3): the clock of a process is its id complemented, above three bits of
    /// kind.</remarks>
    public static TimeSpan ProcessorTimeOf(int processId)
    {
        Check(ClockGetTime((~processId << 3) | CpuClockScheduled, out TimeSpec time), $"CPU clock of {processId}");
        return TimeSpan.FromSeconds(time.Seconds) + TimeSpan.FromMicroseconds(time.Nanoseconds / 1000.0);
    }

    private static int Check(int result, string what)
    {
        if (result >= 0) return result;
        throw new Win32Exception(Marshal.GetLastPInvokeError(), $"{what}: {Marshal.GetLastPInvokeErrorMessage()}");
    }

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Open(string path, int flags, int mode);

    [LibraryImport("libc", EntryPoint = "close", SetLastError = true)]
    private static partial int Close(int descriptor);

    [LibraryImport("libc", EntryPoint = "setns", SetLastError = true)]
    private static partial int SetNamespace(int descriptor, int kind);

    [LibraryImport("libc", EntryPoint = "kill", SetLastError = true)]
    private static partial int Kill(int processId, int signal);

    [LibraryImport("libc", EntryPoint = "clock_gettime", SetLastError = true)]
    private static partial int ClockGetTime(int clock, out TimeSpec time);

    [StructLayout(LayoutKind.Sequential)]
    private struct TimeSpec
    {
        public nint Seconds;
        public nint Nanoseconds;
    }
}
