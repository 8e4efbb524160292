using System.Buffers.Binary;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace Whalescale.Integration.Lab;

/// <summary>Fills in the payload of the next packet of a flood.</summary>
internal delegate void PayloadWriter(Span<byte> payload);

/// <summary>
/// Strangers without number: UDP packets from 65 534 source addresses, at a steady rate, out of one namespace.
/// The addresses are real: the router leads 10.200.0.0/16 to the flooder, who takes what comes back and counts it.
/// </summary>
internal sealed class Flooder : IDisposable
{
    /// <summary>Source addresses of the flood.</summary>
    public const string SourcePrefix = "10.200.0.0/16";

    private const int Ipv4HeaderBytes = 20;
    private const int UdpHeaderBytes = 8;
    private const int HeaderBytes = Ipv4HeaderBytes + UdpHeaderBytes;
    private const int SourcePort = 40000;
    private const int SourceCount = 65534;

    // Steps through all sources before any repeats, far apart from one to the next: coprime to their number.
    private const int SourceStride = 24_691;

    private readonly Host _host;
    private readonly SocketAddress _target;
    private readonly byte[] _packet;
    private readonly PayloadWriter _writer;
    private readonly int _packetsPerSecond;
    private readonly Socket _raw;
    private readonly Socket _listener;
    private readonly Thread[] _threads;
    private readonly long _start;
    private long _sent;
    private long _refused;
    private long _answers;
    private long _answerBytes;
    private TimeSpan _duration;
    private volatile bool _isStopped;

    /// <summary>Starts the flood.</summary>
    /// <param name="from">A host made ready by <see cref="Prepare"/>.</param>
    /// <param name="target">Who is flooded; IPv4.</param>
    /// <param name="packetsPerSecond">Rate.</param>
    /// <param name="payloadBytes">UDP payload of each packet.</param>
    /// <param name="writer">Writes each payload.</param>
    public Flooder(Host from, IPEndPoint target, int packetsPerSecond, int payloadBytes, PayloadWriter writer)
    {
        _host = from;
        _writer = writer;
        _packetsPerSecond = packetsPerSecond;
        _packet = new byte[HeaderBytes + payloadBytes];
        _target = new IPEndPoint(target.Address, 0).Serialize();
        WriteConstantHeader(target);
        _raw = from.Namespace.Inside(() => NewSocket(SocketType.Raw, ProtocolType.Raw));
        _listener = from.Namespace.Inside(() => NewSocket(SocketType.Dgram, ProtocolType.Udp));
        _listener.ReceiveTimeout = 100;
        _listener.Bind(new IPEndPoint(IPAddress.Any, SourcePort));
        _threads = [new Thread(Send), new Thread(Count)];
        _start = Stopwatch.GetTimestamp();
        foreach (Thread thread in _threads) thread.Start();
    }

    public long Sent => Interlocked.Read(ref _sent);

    public long SentBytes => Sent * _packet.Length;

    /// <summary>The rate that was reached, known once the flood is over: a busy machine gives less than was asked
    /// for.</summary>
    public double AchievedPacketsPerSecond => Sent / _duration.TotalSeconds;

    /// <summary>Datagrams that came back to any of the source addresses.</summary>
    public long Answers => Interlocked.Read(ref _answers);

    /// <summary>Their size with IP and UDP headers: to be held against <see cref="SentBytes"/>.</summary>
    public long AnswerBytes => Interlocked.Read(ref _answerBytes);

    /// <summary>Gives the source addresses to a host, and tells the router.</summary>
    public static void Prepare(Topology topology, Host host)
    {
        host.Namespace.Configure($"route add local {SourcePrefix} dev lo");
        topology.Router.Configure($"route add {SourcePrefix} via {host.Uplink.Ipv4}");
    }

    public void Dispose()
    {
        _isStopped = true;
        foreach (Thread thread in _threads) thread.Join();
        _duration = Stopwatch.GetElapsedTime(_start);
        _raw.Dispose();
        _listener.Dispose();
    }

    public override string ToString() =>
        $"{Sent} packets sent from {_host.Name}, {Interlocked.Read(ref _refused)} refused, {Answers} answers";

    private static Socket NewSocket(SocketType type, ProtocolType protocol) =>
        new(AddressFamily.InterNetwork, type, protocol);

    private void Send()
    {
        var pace = new Pace(_packetsPerSecond);
        int source = 0;
        while (!_isStopped)
        {
            for (int due = pace.WaitForDue(); due > 0; due--)
            {
                source = (source + SourceStride) % SourceCount;
                BinaryPrimitives.WriteUInt16BigEndian(_packet.AsSpan(14), (ushort)(source + 1));
                _writer(_packet.AsSpan(HeaderBytes));
                try
                {
                    _raw.SendTo(_packet, SocketFlags.None, _target);
                    Interlocked.Increment(ref _sent);
                }
                catch (SocketException)
                {
                    Interlocked.Increment(ref _refused); // a full queue: the rate says how much of a flood it was
                }
            }
        }
    }

    private void Count()
    {
        var datagram = new byte[2048];
        while (!_isStopped)
        {
            try
            {
                Interlocked.Add(ref _answerBytes, _listener.Receive(datagram) + HeaderBytes);
                Interlocked.Increment(ref _answers);
            }
            catch (SocketException exception) when (exception.SocketErrorCode is SocketError.TimedOut
                or SocketError.WouldBlock)
            {
                continue;
            }
        }
    }

    /// <summary>RFC 791, RFC 768. The kernel fills in the IP length and checksum; a UDP checksum of 0 is
    /// none.</summary>
    private void WriteConstantHeader(IPEndPoint target)
    {
        Span<byte> ip = _packet;
        ip[0] = 0x45;
        ip[8] = 64;
        ip[9] = (byte)ProtocolType.Udp;
        ip[12] = 10;
        ip[13] = 200;
        target.Address.TryWriteBytes(ip[16..], out _);
        Span<byte> udp = ip[Ipv4HeaderBytes..];
        BinaryPrimitives.WriteUInt16BigEndian(udp, SourcePort);
        BinaryPrimitives.WriteUInt16BigEndian(udp[2..], (ushort)target.Port);
        BinaryPrimitives.WriteUInt16BigEndian(udp[4..], (ushort)udp.Length);
    }
}
