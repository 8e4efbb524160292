using System.Buffers.Binary;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace Whalescale.Integration.Lab;

/// <summary>
/// A steady one-way flow of UDP packets between two namespaces: load and measuring instrument in one. Each packet
/// carries the time at which it was sent, so that after an incident "traffic again" has an exact meaning: the first
/// arrival of a packet sent after it.
/// </summary>
internal sealed class UdpStream : IDisposable
{
    private const int StampBytes = 8;
    private static readonly TimeSpan ReceiveTimeout = TimeSpan.FromMilliseconds(100);

    private readonly Socket _sender;
    private readonly Socket _receiver;
    private readonly SocketAddress _target;
    private readonly int _packetsPerSecond;
    private readonly int _payloadBytes;
    private readonly Thread[] _threads;
    private readonly Lock _gate = new();
    private readonly List<Arrival> _arrivals = [];
    private long _sent;
    private long _refused;
    private volatile bool _isStopped;

    /// <summary>Starts the flow; it goes on through every failure until it is disposed.</summary>
    /// <param name="from">Where it is sent.</param>
    /// <param name="to">Where it is received.</param>
    /// <param name="address">The receiver's address.</param>
    /// <param name="packetsPerSecond">Rate.</param>
    /// <param name="payloadBytes">UDP payload of each packet, at least 8.</param>
    public UdpStream(
        NetworkNamespace from, NetworkNamespace to, IPAddress address, int packetsPerSecond, int payloadBytes)
    {
        IPAddress any = address.AddressFamily == AddressFamily.InterNetwork ? IPAddress.Any : IPAddress.IPv6Any;
        _packetsPerSecond = packetsPerSecond;
        _payloadBytes = payloadBytes;
        _receiver = to.Inside(() => Bound(any));
        _receiver.ReceiveTimeout = (int)ReceiveTimeout.TotalMilliseconds;
        _sender = from.Inside(() => Bound(any));
        _target = new IPEndPoint(address, ((IPEndPoint)_receiver.LocalEndPoint!).Port).Serialize();
        _threads = [new Thread(Send), new Thread(Receive)];
        foreach (Thread thread in _threads) thread.Start();
    }

    /// <summary>Packets the kernel took.</summary>
    public long Sent => Interlocked.Read(ref _sent);

    /// <summary>Packets the kernel refused: no route, no address, while a tunnel is away.</summary>
    public long Refused => Interlocked.Read(ref _refused);

    public long Received
    {
        get { lock (_gate) return _arrivals.Count; }
    }

    /// <summary>From an incident to the first arrival of a packet sent after it; null: not yet.</summary>
    /// <param name="incident">A value of <see cref="Stopwatch.GetTimestamp"/>.</param>
    public TimeSpan? RecoveryAfter(long incident)
    {
        lock (_gate)
        {
            // From the end: incidents are recent, arrivals are many.
            TimeSpan? recovery = null;
            for (int index = _arrivals.Count - 1; index >= 0 && _arrivals[index].ReceivedAt >= incident; index--)
            {
                if (_arrivals[index].SentAt < incident) continue;
                recovery = Stopwatch.GetElapsedTime(incident, _arrivals[index].ReceivedAt);
            }

            return recovery;
        }
    }

    /// <summary>How many packets arrived in the last <paramref name="duration"/>.</summary>
    public int ReceivedWithin(TimeSpan duration)
    {
        lock (_gate)
        {
            int count = 0;
            while (count < _arrivals.Count && Stopwatch.GetElapsedTime(_arrivals[^(count + 1)].ReceivedAt) < duration)
            {
                count++;
            }

            return count;
        }
    }

    /// <summary>The longest time without an arrival, from <paramref name="start"/> to now.</summary>
    /// <param name="start">A value of <see cref="Stopwatch.GetTimestamp"/>.</param>
    public TimeSpan LongestSilenceSince(long start)
    {
        lock (_gate)
        {
            long last = start, longest = 0;
            foreach (Arrival arrival in _arrivals)
            {
                if (arrival.ReceivedAt < start) continue;
                longest = Math.Max(longest, arrival.ReceivedAt - last);
                last = arrival.ReceivedAt;
            }

            return Stopwatch.GetElapsedTime(0, Math.Max(longest, Stopwatch.GetTimestamp() - last));
        }
    }

    public void Dispose()
    {
        _isStopped = true;
        foreach (Thread thread in _threads) thread.Join();
        _sender.Dispose();
        _receiver.Dispose();
    }

    private static Socket Bound(IPAddress any)
    {
        var socket = new Socket(any.AddressFamily, SocketType.Dgram, ProtocolType.Udp);
        socket.Bind(new IPEndPoint(any, 0));
        return socket;
    }

    private void Send()
    {
        var payload = new byte[_payloadBytes];
        var pace = new Pace(_packetsPerSecond);
        while (!_isStopped)
        {
            for (int due = pace.WaitForDue(); due > 0; due--)
            {
                BinaryPrimitives.WriteInt64LittleEndian(payload, Stopwatch.GetTimestamp());
                try
                {
                    _sender.SendTo(payload, SocketFlags.None, _target);
                    Interlocked.Increment(ref _sent);
                }
                catch (SocketException)
                {
                    Interlocked.Increment(ref _refused);
                }
            }
        }
    }

    private void Receive()
    {
        var payload = new byte[_payloadBytes];
        while (!_isStopped)
        {
            int length;
            try
            {
                length = _receiver.Receive(payload);
            }
            catch (SocketException exception) when (exception.SocketErrorCode is SocketError.TimedOut
                or SocketError.WouldBlock)
            {
                continue;
            }

            if (length < StampBytes) continue;
            var arrival = new Arrival(BinaryPrimitives.ReadInt64LittleEndian(payload), Stopwatch.GetTimestamp());
            lock (_gate) _arrivals.Add(arrival);
        }
    }

    private readonly record struct Arrival(long SentAt, long ReceivedAt);
}
