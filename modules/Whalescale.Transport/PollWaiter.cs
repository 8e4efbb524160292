using System.Runtime.InteropServices;
using Whalescale.Transport.Interop;

namespace Whalescale.Transport;

/// <summary>A waiter over ppoll(2) or poll(2), with an eventfd or a pipe for wake-ups.</summary>
/// <remarks>
/// Poll and not epoll: a data thread watches a handful of descriptors, and poll needs no bookkeeping in the kernel.
/// Waking costs one interlocked exchange; only the first call since the last wait writes to the descriptor.
/// </remarks>
public sealed unsafe class PollWaiter : IWaiter
{
    private readonly FileDescriptor _wakeRead;
    private readonly FileDescriptor _wakeWrite;
    private PollEntry* _entries;
    private int _capacity = 8;
    private int _count;
    private int _signalled;

    /// <summary>Opens the wake-up descriptor.</summary>
    /// <exception cref="IOException">The system has no descriptor left.</exception>
    public PollWaiter()
    {
        (_wakeRead, _wakeWrite) = LibC.OpenWakeUp();
        _entries = (PollEntry*)NativeMemory.AllocZeroed((nuint)_capacity, (nuint)sizeof(PollEntry));
        Watch(_wakeRead.Number);
    }

    /// <summary>Frees what was not disposed of.</summary>
    ~PollWaiter() => NativeMemory.Free(_entries);

    /// <inheritdoc/>
    public void Watch(nint handle)
    {
        ObjectDisposedException.ThrowIf(_entries == null, this);
        if (IndexOf(handle) >= 0) return;
        if (_count == _capacity)
        {
            _capacity *= 2;
            _entries = (PollEntry*)NativeMemory.Realloc(_entries, (nuint)(_capacity * sizeof(PollEntry)));
        }

        _entries[_count++] = new PollEntry { Descriptor = (int)handle, Events = LibC.PollIn };
    }

    /// <inheritdoc/>
    public void Unwatch(nint handle)
    {
        int index = IndexOf(handle);
        if (index > 0) _entries[index] = _entries[--_count];
    }

    /// <inheritdoc/>
    public WaitResult Wait(TimeSpan timeout)
    {
        ObjectDisposedException.ThrowIf(_entries == null, this);
        if (LibC.Poll(_entries, _count, Limit(timeout)) == 0)
        {
            // An interrupted poll leaves what the one before returned.
            for (int i = 0; i < _count; i++) _entries[i].Returned = 0;
            return WaitResult.None;
        }

        var result = WaitResult.None;
        for (int i = 1; i < _count; i++)
        {
            if (_entries[i].Returned == 0) continue;
            if ((_entries[i].Returned & LibC.PollInvalid) != 0)
                throw new InvalidOperationException($"Descriptor {_entries[i].Descriptor} was closed while watched.");
            result = WaitResult.Ready;
        }

        if (_entries[0].Returned == 0) return result;

        // First empty the descriptor, then allow the next writer: the other way round, a wake-up between the two would
        // be read away and the flag stay up. Whoever finds the flag still up published his work before this exchange.
        LibC.ClearWakeUp(_wakeRead);
        Interlocked.Exchange(ref _signalled, 0);
        return result | WaitResult.Woken;
    }

    /// <inheritdoc/>
    public bool IsReady(nint handle)
    {
        int index = IndexOf(handle);
        return index > 0 && _entries[index].Returned != 0;
    }

    /// <inheritdoc/>
    public bool WaitWritable(nint handle, TimeSpan timeout)
    {
        var entry = new PollEntry { Descriptor = (int)handle, Events = LibC.PollOut };
        return LibC.Poll(&entry, 1, Limit(timeout)) > 0;
    }

    /// <inheritdoc/>
    public void Wake()
    {
        if (Interlocked.Exchange(ref _signalled, 1) == 0) LibC.SignalWakeUp(_wakeWrite);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        NativeMemory.Free(_entries);
        _entries = null;
        _count = 0;
        _wakeWrite.Dispose();
        _wakeRead.Dispose();
        GC.SuppressFinalize(this);
    }

    private static TimeSpan? Limit(TimeSpan timeout) =>
        timeout == Timeout.InfiniteTimeSpan || timeout == TimeSpan.MaxValue ? null : timeout;

    private int IndexOf(nint handle)
    {
        for (int i = 0; i < _count; i++)
        {
            if (_entries[i].Descriptor == (int)handle) return i;
        }

        return -1;
    }
}
