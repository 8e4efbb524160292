using System.ComponentModel;
using System.Runtime.InteropServices;

namespace Whalescale.Transport.Interop;

/// <summary>Waiting, waking and the clock that does not stop in sleep.</summary>
internal static unsafe partial class LibC
{
    internal const short PollIn = 1, PollOut = 4, PollError = 8, PollHangUp = 0x10, PollInvalid = 0x20; // POLL…
    private const int EventNonBlocking = 0x800, EventCloseOnExec = 0x80000; // EFD_…
    private const int BootTime = 7; // CLOCK_BOOTTIME

    /// <summary>Waits until a descriptor is ready; see ppoll(2) on Linux, poll(2) elsewhere.</summary>
    /// <param name="entries">What to look at.</param>
    /// <param name="count">How many.</param>
    /// <param name="timeout">Null: for ever. To the nanosecond on Linux, rounded up to milliseconds elsewhere.</param>
    /// <returns>Entries with something returned; 0 on timeout or when a signal came.</returns>
    internal static int Poll(PollEntry* entries, int count, TimeSpan? timeout)
    {
        int ready;
        if (OperatingSystem.IsLinux())
        {
            long ticks = Math.Max(0, timeout.GetValueOrDefault().Ticks);
            TimeSpecification time;
            time.Seconds = ticks / TimeSpan.TicksPerSecond;
            time.Nanoseconds = ticks % TimeSpan.TicksPerSecond * TimeSpan.NanosecondsPerTick;
            ready = PollNanosecondsCore(entries, (nuint)count, timeout is null ? null : &time, null);
        }
        else
        {
            double milliseconds = Math.Clamp(timeout.GetValueOrDefault().TotalMilliseconds, 0, int.MaxValue);
            ready = PollCore(entries, (uint)count, timeout is null ? -1 : (int)Math.Ceiling(milliseconds));
        }

        if (ready >= 0) return ready;
        int error = Marshal.GetLastPInvokeError();
        return error == ErrorNumber.Interrupted ? 0 : throw new Win32Exception(error);
    }

    /// <summary>Makes what a thread can be woken by: an eventfd on Linux, a pipe elsewhere.</summary>
    /// <exception cref="IOException">No descriptor is left.</exception>
    internal static (FileDescriptor Read, FileDescriptor Write) OpenWakeUp()
    {
        if (OperatingSystem.IsLinux())
        {
            int descriptor = EventDescriptorCore(0, EventNonBlocking | EventCloseOnExec);
            if (descriptor < 0) throw Failure("eventfd");
            var both = new FileDescriptor(descriptor);
            return (both, both);
        }

        int* ends = stackalloc int[2];
        if (PipeCore(ends) != 0) throw Failure("pipe");
        return (new FileDescriptor(ends[0]), new FileDescriptor(ends[1]));
    }

    /// <summary>Makes the wake-up readable. The caller never signals twice between two <see cref="ClearWakeUp"/>, so a
    /// pipe is never full and neither kind blocks.</summary>
    internal static void SignalWakeUp(FileDescriptor write)
    {
        ulong one = 1;
        nint length = OperatingSystem.IsLinux() ? sizeof(ulong) : 1;
        while (WriteCore(write, &one, (nuint)length) < 0)
        {
            if (Marshal.GetLastPInvokeError() != ErrorNumber.Interrupted) throw Failure("write to the wake-up");
        }
    }

    /// <summary>Makes the wake-up unreadable again; to be called only when it is readable.</summary>
    internal static void ClearWakeUp(FileDescriptor read)
    {
        ulong value;
        while (ReadCore(read, &value, sizeof(ulong)) < 0)
        {
            if (Marshal.GetLastPInvokeError() != ErrorNumber.Interrupted) throw Failure("read of the wake-up");
        }
    }

    /// <summary>Nanoseconds since the machine started, sleep included; see clock_gettime(2). Linux only.</summary>
    /// <exception cref="Win32Exception">The kernel does not know this clock.</exception>
    internal static long GetBootTimeNanoseconds()
    {
        TimeSpecification time;
        if (GetClockCore(BootTime, &time) != 0) throw new Win32Exception(Marshal.GetLastPInvokeError());
        return (time.Seconds * 1_000_000_000) + time.Nanoseconds;
    }

    private static IOException Failure(string what) => new($"{what}: {Marshal.GetLastPInvokeErrorMessage()}");

    [LibraryImport("libc", EntryPoint = "ppoll", SetLastError = true)]
    private static partial int PollNanosecondsCore(
        PollEntry* entries, nuint count, TimeSpecification* timeout, void* signals);

    [LibraryImport("libc", EntryPoint = "poll", SetLastError = true)]
    private static partial int PollCore(PollEntry* entries, uint count, int timeoutMilliseconds);

    [LibraryImport("libc", EntryPoint = "eventfd", SetLastError = true)]
    private static partial int EventDescriptorCore(uint initial, int flags);

    [LibraryImport("libc", EntryPoint = "pipe", SetLastError = true)]
    private static partial int PipeCore(int* ends);

    [LibraryImport("libc", EntryPoint = "read", SetLastError = true)]
    private static partial nint ReadCore(FileDescriptor descriptor, void* buffer, nuint length);

    [LibraryImport("libc", EntryPoint = "write", SetLastError = true)]
    private static partial nint WriteCore(FileDescriptor descriptor, void* buffer, nuint length);

    [LibraryImport("libc", EntryPoint = "clock_gettime", SetLastError = true)]
    private static partial int GetClockCore(int clock, TimeSpecification* time);
}
