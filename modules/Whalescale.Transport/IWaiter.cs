namespace Whalescale.Transport;

/// <summary>Lets one thread wait for devices, sockets and other threads at once.</summary>
/// <remarks>All members belong to the waiting thread, except <see cref="Wake"/>.</remarks>
public interface IWaiter : IDisposable
{
    /// <summary>Looks at this handle from the next wait on: a descriptor, a socket handle or an event handle, as the
    /// <c>ReadyHandle</c> of devices and sockets. Watching it twice changes nothing.</summary>
    void Watch(nint handle);

    /// <summary>Looks at it no more; to be called before the handle is closed. Silent if it is not watched.</summary>
    void Unwatch(nint handle);

    /// <summary>Waits until a handle can be read, or <see cref="Wake"/> was called, or time is up.</summary>
    /// <param name="timeout">Zero: only look. <see cref="Timeout.InfiniteTimeSpan"/> or
    /// <see cref="TimeSpan.MaxValue"/>: for ever. A wait may end early with <see cref="WaitResult.None"/>.</param>
    /// <exception cref="InvalidOperationException">A watched handle was closed.</exception>
    WaitResult Wait(TimeSpan timeout);

    /// <summary>Whether the last wait found this handle ready, or in error: reading will tell.</summary>
    bool IsReady(nint handle);

    /// <summary>Waits until this socket takes datagrams again after it refused for want of room.</summary>
    /// <returns>Whether it does; false when time is up.</returns>
    bool WaitWritable(nint handle, TimeSpan timeout);

    /// <summary>Ends the wait, or the next one if none is under way. From any thread; cheap if already
    /// called.</summary>
    void Wake();
}

/// <summary>Why a wait ended.</summary>
[Flags]
public enum WaitResult : byte
{
    /// <summary>Time is up.</summary>
    None = 0,

    /// <summary>A watched handle is ready.</summary>
    Ready = 1,

    /// <summary>Another thread called <see cref="IWaiter.Wake"/>.</summary>
    Woken = 2,
}
