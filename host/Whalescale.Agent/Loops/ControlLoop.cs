using System.Collections.Concurrent;
using Whalescale.Node;

namespace Whalescale.Agent.Loops;

/// <summary>The control thread: runs commands of the API and of discovery, messages of the data half, and
/// timers.</summary>
internal sealed class ControlLoop : IDisposable
{
    private readonly MeshNode _node;
    private readonly MessageRing _toData;
    private readonly AgentClock _clock;
    private readonly Action _wakeData;
    private readonly Action<NodeEvent> _handle;
    private readonly Action<Exception> _failed;
    private readonly ConcurrentQueue<Action<MeshNode, Instant>> _commands = new();
    private readonly AutoResetEvent _signal = new(initialState: false);
    private readonly Thread _thread;
    private volatile bool _stopping;
    private int _isAwake = 1;

    internal ControlLoop(
        MeshNode node, MessageRing toData, AgentClock clock, Action wakeData, Action<NodeEvent> handle,
        Action<Exception> failed)
    {
        (_node, _toData, _clock, _wakeData, _handle, _failed) = (node, toData, clock, wakeData, handle, failed);
        _thread = new Thread(Run) { Name = "whalescale-control", IsBackground = true };
    }

    internal void Start() => _thread.Start();

    /// <summary>Runs a command on the control thread; from any thread.</summary>
    internal void Post(Action<MeshNode, Instant> command)
    {
        _commands.Enqueue(command);
        Wake();
    }

    /// <summary>Ends the wait of the control thread; from any thread, cheap if it does not wait.</summary>
    internal void Wake()
    {
        if (Interlocked.Exchange(ref _isAwake, 1) == 0) _signal.Set();
    }

    /// <summary>Runs what is queued, and ends the thread.</summary>
    internal void Stop()
    {
        _stopping = true;
        Wake();
        if (_thread.IsAlive) _thread.Join();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Stop();
        _signal.Dispose();
    }

    private void Run()
    {
        try
        {
            while (!_stopping) Turn();
            Turn();
        }
        catch (Exception fault)
        {
            _failed(fault);
        }
    }

    private void Turn()
    {
        // Cleared before looking, so that whatever is queued from here on wakes us again.
        Volatile.Write(ref _isAwake, 0);
        Interlocked.MemoryBarrier();
        _node.SetUtc(_clock.Utc());
        while (_commands.TryDequeue(out Action<MeshNode, Instant>? command)) command(_node, _clock.Now());
        bool isMore = _node.HandleInbox(_clock.Now());
        Instant now = _clock.Now();
        if (_node.NextTimeout <= now) _node.HandleTimeout(now);
        while (_node.TryTakeEvent(out NodeEvent? happened)) _handle(happened);
        if (_toData.Count > 0) _wakeData();
        if (isMore || _stopping) return;
        _signal.WaitOne(Bounded(_clock.Until(_node.NextTimeout)));
        Volatile.Write(ref _isAwake, 1);
    }

    // WaitOne counts whole milliseconds, and rounds down: a little late is better than a turn too many.
    private static TimeSpan Bounded(TimeSpan wait) => wait == Timeout.InfiniteTimeSpan
        ? wait
        : TimeSpan.FromMilliseconds(Math.Min(Math.Ceiling(wait.TotalMilliseconds), 3_600_000));
}
