using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;

namespace Whalescale.Integration.Lab;

/// <summary>Keeps the IPv4 packets that a namespace receives from one address, to the byte, before its own kernel looks
/// at them: a packet socket, packet(7).</summary>
internal sealed class PacketCapture : IDisposable
{
    private const int EthernetIpv4 = 0x0800, LargestPacket = 65_535;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private readonly Socket _socket;
    private readonly byte[] _source;
    private readonly Thread _thread;
    private readonly Lock _gate = new();
    private readonly List<byte[]> _packets = [];
    private volatile bool _isStopped;

    /// <summary>Begins to listen.</summary>
    /// <param name="host">Where.</param>
    /// <param name="source">Whose packets.</param>
    public PacketCapture(NetworkNamespace host, string source)
    {
        _source = IPAddress.Parse(source).GetAddressBytes();
        var protocol = (ProtocolType)BinaryPrimitives.ReverseEndianness((ushort)EthernetIpv4); // in network order
        _socket = host.Inside(() => new Socket(AddressFamily.Packet, SocketType.Dgram, protocol));
        _socket.ReceiveTimeout = 100;
        _thread = new Thread(Listen);
        _thread.Start();
    }

    /// <summary>What has come until now.</summary>
    public IReadOnlyList<byte[]> Packets
    {
        get { lock (_gate) return [.. _packets]; }
    }

    /// <summary>Waits until that many have come.</summary>
    public void WaitFor(int count) =>
        Wait.Until($"{count} packets are captured", Patience, () => Packets.Count >= count);

    public void Dispose()
    {
        _isStopped = true;
        _thread.Join();
        _socket.Dispose();
    }

    private void Listen()
    {
        var buffer = new byte[LargestPacket];
        while (!_isStopped)
        {
            int length;
            try
            {
                length = _socket.Receive(buffer);
            }
            catch (SocketException exception) when (exception.SocketErrorCode is SocketError.TimedOut
                or SocketError.WouldBlock)
            {
                continue;
            }

            if (!buffer.AsSpan(12, 4).SequenceEqual(_source)) continue;
            lock (_gate) _packets.Add(buffer[..length]);
        }
    }
}
