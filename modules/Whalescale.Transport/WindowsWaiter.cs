using System.ComponentModel;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Whalescale.Transport;

/// <summary>A waiter over event handles, for Windows, which has no descriptors to poll. Compiled, not yet
/// run.</summary>
/// <remarks>
/// An event handle is waited for as it is. A socket is given an event of its own by WSAEventSelect: set when a datagram
/// arrives, and set again after a receive that left some behind. So one wait covers all, at most 63 of them.
/// </remarks>
public sealed partial class WindowsWaiter : IWaiter
{
    private const int MaximumHandles = 63;
    private const int ReadEvents = 0x01; // FD_READ
    private const short WriteNormal = 0x10; // POLLWRNORM
    private readonly AutoResetEvent _wake = new(initialState: false);
    private readonly List<Entry> _entries = [];
    private WaitHandle[] _handles;
    private int _signalled;

    /// <summary>Makes the wake-up event.</summary>
    public WindowsWaiter() => _handles = [_wake];

    /// <inheritdoc/>
    public void Watch(nint handle)
    {
        if (IndexOf(handle) >= 0) return;
        if (_entries.Count == MaximumHandles)
            throw new InvalidOperationException($"A wait covers at most {MaximumHandles} handles.");

        var own = new AutoResetEvent(initialState: false);
        if (EventSelectCore(handle, own.SafeWaitHandle.DangerousGetHandle(), ReadEvents) == 0)
        {
            // What arrived before is not told again: look once.
            own.Set();
            _entries.Add(new Entry(handle, own, IsSocket: true));
        }
        else
        {
            own.Dispose();
            _entries.Add(new Entry(handle, new ForeignEvent(handle), IsSocket: false));
        }

        Rebuild();
    }

    /// <inheritdoc/>
    public void Unwatch(nint handle)
    {
        int index = IndexOf(handle);
        if (index < 0) return;
        Release(_entries[index]);
        _entries.RemoveAt(index);
        Rebuild();
    }

    /// <inheritdoc/>
    public WaitResult Wait(TimeSpan timeout)
    {
        foreach (Entry entry in _entries) entry.IsReady = false;
        int first = WaitHandle.WaitAny(_handles, Milliseconds(timeout));
        if (first == WaitHandle.WaitTimeout) return WaitResult.None;

        WaitResult result = WaitResult.None;
        for (int i = 0; i < _entries.Count; i++)
        {
            // The one that ended the wait is reset already; the rest is looked at without waiting.
            if (i + 1 != first && !_handles[i + 1].WaitOne(0)) continue;
            _entries[i].IsReady = true;
            result |= WaitResult.Ready;
        }

        if (first != 0 && !_wake.WaitOne(0)) return result;
        Interlocked.Exchange(ref _signalled, 0);
        return result | WaitResult.Woken;
    }

    /// <inheritdoc/>
    public bool IsReady(nint handle)
    {
        int index = IndexOf(handle);
        return index >= 0 && _entries[index].IsReady;
    }

    /// <inheritdoc/>
    public bool WaitWritable(nint handle, TimeSpan timeout)
    {
        var entry = new SocketPollEntry { Socket = handle, Events = WriteNormal };
        int ready = PollCore(ref entry, 1, Milliseconds(timeout));
        return ready >= 0 ? ready > 0 : throw new Win32Exception(Marshal.GetLastPInvokeError());
    }

    /// <inheritdoc/>
    public void Wake()
    {
        if (Interlocked.Exchange(ref _signalled, 1) == 0) _wake.Set();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (Entry entry in _entries) Release(entry);
        _entries.Clear();
        _handles = [];
        _wake.Dispose();
    }

    private static void Release(Entry entry)
    {
        // A socket that is closed already has forgotten its event by itself; the answer does not matter.
        if (entry.IsSocket) _ = EventSelectCore(entry.Handle, 0, 0);
        entry.Event.Dispose();
    }

    private static int Milliseconds(TimeSpan timeout) =>
        timeout == Timeout.InfiniteTimeSpan || timeout == TimeSpan.MaxValue
            ? Timeout.Infinite
            : (int)Math.Ceiling(Math.Clamp(timeout.TotalMilliseconds, 0, int.MaxValue));

    private void Rebuild() => _handles = [_wake, .. _entries.Select(entry => entry.Event)];

    private int IndexOf(nint handle) => _entries.FindIndex(entry => entry.Handle == handle);

    [LibraryImport("ws2_32", EntryPoint = "WSAEventSelect", SetLastError = true)]
    private static partial int EventSelectCore(nint socket, nint eventHandle, int events);

    [LibraryImport("ws2_32", EntryPoint = "WSAPoll", SetLastError = true)]
    private static partial int PollCore(ref SocketPollEntry entries, uint count, int timeoutMilliseconds);

    /// <summary>WSAPOLLFD.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct SocketPollEntry
    {
        public nint Socket;
        public short Events;
        public short Returned;
    }

    private sealed record Entry(nint Handle, WaitHandle Event, bool IsSocket)
    {
        public bool IsReady { get; set; }
    }

    private sealed class ForeignEvent : WaitHandle
    {
        public ForeignEvent(nint handle) => SafeWaitHandle = new SafeWaitHandle(handle, ownsHandle: false);
    }
}
