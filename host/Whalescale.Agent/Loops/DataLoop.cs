using System.Collections.Concurrent;
using Whalescale.Node;
using Whalescale.Transport;
using Whalescale.Types;

namespace Whalescale.Agent.Loops;

/// <summary>
/// The data thread: waits for the TUN device, the sockets, the control half and time, hands what comes to the
/// <see cref="DataPlane"/> and sends what comes out. Nothing on the way of a packet is handed to another thread.
/// </summary>
internal sealed class DataLoop : IDisposable
{
    private const int BatchesPerTurn = 16;                                    // measured: draining both before polling
    private static readonly TimeSpan SendPatience = TimeSpan.FromMilliseconds(5);

    private readonly DataPlane _plane;
    private readonly ITunDevice? _tun;
    private readonly SocketSet _sockets;
    private readonly IWaiter _waiter;
    private readonly AgentClock _clock;
    private readonly MessageRing _toControl;
    private readonly Action _wakeControl;
    private readonly Action<Exception> _failed;
    private readonly PacketBatch _packets;
    private readonly DatagramBatch _datagrams = new(Limits.ReceiveBatch, Limits.ReceiveSlotBytes);
    private readonly ConcurrentQueue<Action<SocketSet>> _jobs = new();
    private readonly Thread _thread;
    private DatagramSocketDrops _socketDrops;
    private volatile bool _stopping;
    private bool _mayReadTun = true;
    private bool _mayReceive = true;

    internal DataLoop(
        DataPlane plane, ITunDevice? tun, SocketSet sockets, IWaiter waiter, AgentClock clock,
        MessageRing toControl, Action wakeControl, Action<Exception> failed)
    {
        (_plane, _tun, _sockets, _waiter, _clock) = (plane, tun, sockets, waiter, clock);
        (_toControl, _wakeControl, _failed) = (toControl, wakeControl, failed);
        // Room for super-packets, or for a batch of packets that are none.
        int largest = tun?.LargestRead ?? Limits.OverlayPacketBytes;
        bool hasSuperPackets = largest > Limits.OverlayPacketBytes;
        _packets = new PacketBatch(
            Limits.PacketBatch, largest, hasSuperPackets ? Limits.SuperPacketBatch : Limits.PacketBatch);
        _thread = new Thread(Run) { Name = "whalescale-data", IsBackground = true };
    }

    internal void Start()
    {
        if (_tun is not null) _waiter.Watch(_tun.ReadyHandle);
        _thread.Start();
    }

    /// <summary>Ends the wait of the data thread; from any thread.</summary>
    internal void Wake() => _waiter.Wake();

    /// <summary>Runs something with the sockets on the data thread, which alone may touch them.</summary>
    internal void Post(Action<SocketSet> job)
    {
        _jobs.Enqueue(job);
        _waiter.Wake();
    }

    /// <summary>Lets the thread finish what is in its inbox, and end.</summary>
    internal void Stop()
    {
        _stopping = true;
        _waiter.Wake();
        if (_thread.IsAlive) _thread.Join();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Stop();
        _packets.Dispose();
        _datagrams.Dispose();
    }

    private void Run()
    {
        try
        {
            while (!_stopping) Turn();
            while (_plane.HandleInbox(_clock.Now())) Flush();
            Flush();
        }
        catch (Exception fault)
        {
            _failed(fault);
        }
    }

    private void Turn()
    {
        while (_jobs.TryDequeue(out Action<SocketSet>? job)) job(_sockets);
        while (_plane.HandleInbox(_clock.Now())) Flush();
        Flush();
        if (_mayReadTun) _mayReadTun = ReadTun();
        if (_mayReceive) _mayReceive = Receive();
        Instant now = _clock.Now();
        if (_plane.NextTimeout <= now)
        {
            _plane.HandleTimeout(now);
            Flush();
        }

        CountSocketDrops();
        if (_toControl.Count > 0) _wakeControl();
        Wait();
    }

    private void CountSocketDrops()
    {
        DatagramSocketDrops drops = _sockets.Drops;
        if (drops == _socketDrops) return;
        _plane.Counters.Add(Counter.DropDatagramTooLong, drops.Truncated - _socketDrops.Truncated);
        _plane.Counters.Add(Counter.DropSocketBufferFull, drops.BufferFull - _socketDrops.BufferFull);
        _socketDrops = drops;
    }

    private void Wait()
    {
        bool isBusy = _mayReadTun || _mayReceive;
        WaitResult result = _waiter.Wait(isBusy ? TimeSpan.Zero : _clock.Until(_plane.NextTimeout));
        if ((result & WaitResult.Ready) == 0) return;
        if (_tun is not null && _waiter.IsReady(_tun.ReadyHandle)) _mayReadTun = true;
        if (_sockets.IsAnyReady()) _mayReceive = true;
    }

    /// <returns>Whether there may be more.</returns>
    private bool ReadTun()
    {
        if (_tun is null) return false;
        for (int i = 0; i < BatchesPerTurn; i++)
        {
            if (_tun.Read(_packets) == 0) return false;
            bool isMore = _packets.IsFull;
            _plane.HandlePackets(_packets, _clock.Now());
            Flush();
            _packets.Clear();
            if (!isMore) return false;
        }

        return true;
    }

    /// <returns>Whether there may be more.</returns>
    private bool Receive()
    {
        for (int i = 0; i < BatchesPerTurn; i++)
        {
            int count = _sockets.Receive(_datagrams);
            if (count == 0) return false;
            for (int next = 0; next < _datagrams.Count;)
            {
                _plane.HandleDatagrams(_datagrams, ref next, _clock.Now());
                Flush();
            }

            _datagrams.Clear();
            if (count < Limits.ReceiveBatch) return false;
        }

        return true;
    }

    private void Flush()
    {
        int tunRefused = 0;
        if (_plane.Inbound.Count > 0) tunRefused = _tun is null ? _plane.Inbound.Count : _tun.Write(_plane.Inbound);
        DatagramSendResult sum = default;
        if (_plane.Outbound.Count > 0) sum = Send(_plane.Outbound);
        _plane.Flushed(sum, tunRefused);
    }

    // A full socket buffer means that the network card is behind: waiting a little loses less than dropping a train.
    private DatagramSendResult Send(DatagramBatch batch)
    {
        int next = 0;
        DatagramSendResult sum = _sockets.Send(batch, ref next);
        while (next < batch.Count)
        {
            bool isOpen = _sockets.TryGet(batch.Info(next).Socket, out IDatagramSocket socket);
            if (!isOpen || !_waiter.WaitWritable(socket.ReadyHandle, SendPatience)) return sum;
            int before = next;
            DatagramSendResult more = _sockets.Send(batch, ref next);
            sum = new DatagramSendResult(
                sum.Sent + more.Sent, sum.Refused + more.Refused, more.Postponed,
                sum.FirstError == DatagramError.None ? more.FirstError : sum.FirstError);
            if (next == before) return sum;
        }

        return sum with { Postponed = 0 };
    }
}
