namespace Whalescale.Transport;

/// <summary>The sockets of all underlays, by number, on one port. Owned by one thread.</summary>
/// <remarks>A number is not given again soon after its socket was removed, so that a datagram still on its way to a
/// socket that is gone does not leave by another.</remarks>
public sealed class SocketSet : IDisposable
{
    /// <summary>Sockets at most. Chosen: an underlay is a network interface, and a wait on Windows covers 63
    /// handles.</summary>
    public const int MaximumSockets = 32;

    private readonly IWaiter? _waiter;
    private readonly bool _portable;
    private readonly bool _offload;
    private readonly List<Member> _members = [];
    private DatagramSocketDrops _dropsOfClosed;
    private ushort _lastNumber;
    private int _turn;

    /// <summary>An empty set.</summary>
    /// <param name="port">The port of all sockets; 0: the first one picks it.</param>
    /// <param name="portable">Take portable sockets even where there are better ones.</param>
    /// <param name="waiter">Watches every socket as long as it is in the set; or null.</param>
    /// <param name="offload">Whether trains of datagrams may be sent and received in one call.</param>
    public SocketSet(ushort port, bool portable, IWaiter? waiter, bool offload = true)
    {
        Port = port;
        _portable = portable;
        _offload = offload;
        _waiter = waiter;
    }

    /// <summary>The port; 0 only until the first socket has picked one.</summary>
    public ushort Port { get; private set; }

    /// <summary>Sockets in the set.</summary>
    public int Count => _members.Count;

    /// <summary>What was lost at the sockets, those that are closed included.</summary>
    public DatagramSocketDrops Drops
    {
        get
        {
            DatagramSocketDrops sum = _dropsOfClosed;
            foreach (Member member in _members) sum = Add(sum, member.Socket.Drops);
            return sum;
        }
    }

    /// <summary>Opens a socket.</summary>
    /// <param name="interfaceName">Interface to be bound to; null for one socket for all interfaces.</param>
    /// <param name="interfaceIndex">Its number.</param>
    /// <returns>The socket's number.</returns>
    /// <exception cref="IOException">As <see cref="UdpSockets.Open"/>; or the set is full.</exception>
    /// <exception cref="ArgumentException">There is a socket for this interface.</exception>
    public ushort Add(string? interfaceName, int interfaceIndex)
    {
        string what = interfaceName ?? "all interfaces";
        if (_members.Exists(member => member.Name == interfaceName))
            throw new ArgumentException($"There is a socket for {what}.", nameof(interfaceName));
        if (_members.Count == MaximumSockets)
            throw new IOException($"No more than {MaximumSockets} underlays can be used at once.");

        return Join(interfaceName, UdpSockets.Open(interfaceName, interfaceIndex, Port, _portable, _offload));
    }

    /// <summary>Closes the socket of an interface.</summary>
    /// <returns>False if there is none.</returns>
    public bool Remove(string? interfaceName)
    {
        int index = _members.FindIndex(member => member.Name == interfaceName);
        if (index < 0) return false;
        Close(_members[index]);
        _members.RemoveAt(index);
        return true;
    }

    /// <summary>Finds a socket by its number.</summary>
    public bool TryGet(ushort number, out IDatagramSocket socket)
    {
        int index = IndexOf(number);
        socket = index < 0 ? null! : _members[index].Socket;
        return index >= 0;
    }

    /// <summary>Finds a socket's number by its interface.</summary>
    public bool TryGetNumber(string? interfaceName, out ushort number)
    {
        int index = _members.FindIndex(member => member.Name == interfaceName);
        number = index < 0 ? (ushort)0 : _members[index].Number;
        return index >= 0;
    }

    /// <summary>Whether the waiter's last wait found a socket ready.</summary>
    public bool IsAnyReady()
    {
        foreach (Member member in _members)
            if (_waiter?.IsReady(member.Socket.ReadyHandle) ?? true) return true;
        return false;
    }

    /// <summary>Receives from every socket until all are empty or the batch is full.</summary>
    /// <remarks>Each call begins with another socket, so that a busy one does not starve the rest.</remarks>
    /// <returns>Slots filled.</returns>
    public int Receive(DatagramBatch batch)
    {
        int received = 0;
        if (++_turn >= _members.Count) _turn = 0;
        for (int i = 0; i < _members.Count && batch.Count < batch.Capacity; i++)
        {
            Member member = _members[(_turn + i) % _members.Count];
            received += member.Socket.Receive(batch, member.Number);
        }

        return received;
    }

    /// <summary>Sends the whole batch, each datagram by its socket; what a full socket does not take is left
    /// out.</summary>
    /// <returns>Sums over all sockets; <c>Postponed</c> datagrams were not sent. A datagram whose socket is gone counts
    /// as refused, <see cref="DatagramError.Unreachable"/>.</returns>
    public DatagramSendResult Send(DatagramBatch batch)
    {
        DatagramSendResult sum = default;
        for (int next = 0; next < batch.Count;)
        {
            int run = RunOf(batch, next);
            sum = Add(sum, SendRun(batch, next, run));
            next += run;
        }

        return sum;
    }

    /// <summary>Sends from <paramref name="next"/> on and stops at the first datagram that does not fit.</summary>
    /// <param name="batch">The datagrams.</param>
    /// <param name="next">Where to begin; afterwards the first one not sent, or the batch's count. The caller waits
    /// until that datagram's socket is writable and calls again, or gives it up.</param>
    /// <returns>Sums; <c>Postponed</c> counts all that is left in the batch.</returns>
    public DatagramSendResult Send(DatagramBatch batch, ref int next)
    {
        DatagramSendResult sum = default;
        while (next < batch.Count)
        {
            int run = RunOf(batch, next);
            DatagramSendResult result = SendRun(batch, next, run);
            next += run - result.Postponed;
            sum = Add(sum, result with { Postponed = 0 });
            if (result.Postponed > 0) return sum with { Postponed = batch.Count - next };
        }

        return sum;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (Member member in _members) Close(member);
        _members.Clear();
    }

    /// <summary>Takes an open socket into the set.</summary>
    internal ushort Join(string? interfaceName, IDatagramSocket socket)
    {
        do _lastNumber++;
        while (IndexOf(_lastNumber) >= 0);
        Port = socket.LocalEndpoint.Port;
        _members.Add(new Member(_lastNumber, interfaceName, socket));
        _waiter?.Watch(socket.ReadyHandle);
        return _lastNumber;
    }

    /// <summary>How many datagrams from <paramref name="first"/> on leave by one socket.</summary>
    private static int RunOf(DatagramBatch batch, int first)
    {
        ushort number = batch.Info(first).Socket;
        int end = first + 1;
        while (end < batch.Count && batch.Info(end).Socket == number) end++;
        return end - first;
    }

    private static DatagramSocketDrops Add(in DatagramSocketDrops one, in DatagramSocketDrops two) =>
        new(one.Truncated + two.Truncated, one.BufferFull + two.BufferFull);

    private static DatagramSendResult Add(in DatagramSendResult one, in DatagramSendResult two) => new(
        one.Sent + two.Sent,
        one.Refused + two.Refused,
        one.Postponed + two.Postponed,
        one.FirstError == DatagramError.None ? two.FirstError : one.FirstError);

    private DatagramSendResult SendRun(DatagramBatch batch, int first, int count)
    {
        int index = IndexOf(batch.Info(first).Socket);
        return index < 0
            ? new DatagramSendResult(0, count, 0, DatagramError.Unreachable)
            : _members[index].Socket.Send(batch, first, count);
    }

    private int IndexOf(ushort number)
    {
        for (int i = 0; i < _members.Count; i++)
        {
            if (_members[i].Number == number) return i;
        }

        return -1;
    }

    private void Close(in Member member)
    {
        _dropsOfClosed = Add(_dropsOfClosed, member.Socket.Drops);
        _waiter?.Unwatch(member.Socket.ReadyHandle);
        member.Socket.Dispose();
    }

    private readonly record struct Member(ushort Number, string? Name, IDatagramSocket Socket);
}
