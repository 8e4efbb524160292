using System.Buffers.Binary;
using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;
using System.Text;

namespace Whalescale.Transport;

/// <summary>A UDP socket over the base class library, one datagram per call, for Windows and macOS.</summary>
/// <remarks>
/// The same contract as <see cref="LinuxUdpSocket"/> with two gaps: it does not know the address a datagram was sent
/// to, and it lets the system choose the address to send from. A datagram longer than its slot is cut and fails
/// authentication, or is dropped by the system. Run on Linux by the tests; on Windows and macOS compiled, not yet run.
/// </remarks>
public sealed class PortableUdpSocket : IDatagramSocket
{
    private const int BufferBytes = 4 << 20;
    private const int MaximumErrorsPerReceive = 16;
    private const int LevelIP = 0, LevelSocket = 1, LevelIPv6 = 41;
    private readonly Socket _socket;
    private readonly bool _dualStack;
    private readonly SocketAddress _sender, _destination;

    private PortableUdpSocket(Socket socket)
    {
        _socket = socket;
        _dualStack = socket.AddressFamily == AddressFamily.InterNetworkV6;
        int size = SocketAddress.GetMaximumAddressSize(socket.AddressFamily);
        _sender = new SocketAddress(socket.AddressFamily, size);
        _destination = new SocketAddress(socket.AddressFamily, size);
        LocalEndpoint = Endpoint.From((IPEndPoint)socket.LocalEndPoint!);
    }

    /// <inheritdoc/>
    public Endpoint LocalEndpoint { get; }

    /// <inheritdoc/>
    public nint ReadyHandle => _socket.Handle;

    /// <summary>Errors told by a receive: news of ICMP messages, harmless.</summary>
    public long ReceiveErrors { get; private set; }

    /// <inheritdoc/>
    public DatagramSocketDrops Drops => default; // the system does not tell

    /// <summary>Opens and binds a socket.</summary>
    /// <param name="interfaceName">Interface to be bound to, or null for all.</param>
    /// <param name="interfaceIndex">Its number.</param>
    /// <param name="port">Port, or 0 for one the system picks.</param>
    /// <exception cref="IOException">The port is taken, the interface does not exist, or the system
    /// refused.</exception>
    public static PortableUdpSocket Open(string? interfaceName, int interfaceIndex, ushort port)
    {
        if (interfaceName is not null && !Array.Exists(
            NetworkInterface.GetAllNetworkInterfaces(), it => it.Name == interfaceName))
            throw new IOException($"There is no network interface named {interfaceName}.");

        AddressFamily family = Socket.OSSupportsIPv6 ? AddressFamily.InterNetworkV6 : AddressFamily.InterNetwork;
        var socket = new Socket(family, SocketType.Dgram, ProtocolType.Udp);
        try
        {
            bool dualStack = family == AddressFamily.InterNetworkV6;
            if (dualStack) socket.DualMode = true;
            socket.Blocking = false;
            SetOptions(socket, dualStack);
            if (interfaceName is not null) BindToInterface(socket, dualStack, interfaceName, interfaceIndex);
            socket.Bind(new IPEndPoint(dualStack ? IPAddress.IPv6Any : IPAddress.Any, port));
            return new PortableUdpSocket(socket);
        }
        catch (SocketException failure)
        {
            socket.Dispose();
            throw new IOException(Describe(failure, interfaceName, port), failure);
        }
    }

    /// <inheritdoc/>
    public int Receive(DatagramBatch batch, ushort number)
    {
        int before = batch.Count, errors = 0;
        while (batch.Count < batch.Capacity && errors < MaximumErrorsPerReceive)
        {
            // Looking first: an empty queue would otherwise cost an exception.
            if (!_socket.Poll(0, SelectMode.SelectRead)) break;
            try
            {
                _sender.Size = SocketAddress.GetMaximumAddressSize(_socket.AddressFamily);
                int length = _socket.ReceiveFrom(batch.SlotSpan(batch.Count), SocketFlags.None, _sender);
                batch.Commit(length, 0, ReadAddress(_sender), default, number);
            }
            catch (SocketException failure) when (failure.SocketErrorCode == SocketError.WouldBlock)
            {
                // The datagram that made it readable had a bad checksum.
                break;
            }
            catch (SocketException)
            {
                errors++;
            }
        }

        ReceiveErrors += errors;
        return batch.Count - before;
    }

    /// <inheritdoc/>
    public DatagramSendResult Send(DatagramBatch batch, int first, int count)
    {
        int sent = 0, refused = 0;
        var firstError = DatagramError.None;
        for (int i = first; i < first + count; i++)
        {
            SocketError error = SendOne(batch, i);
            // An ICMP error of an earlier datagram may be told to this one; the second time it is its own.
            if (error is SocketError.ConnectionRefused or SocketError.ConnectionReset or SocketError.HostUnreachable)
                error = SendOne(batch, i);

            if (error == SocketError.WouldBlock)
                return new DatagramSendResult(sent, refused, first + count - i, firstError);
            if (error == SocketError.Success)
            {
                sent++;
                continue;
            }

            if (refused++ == 0) firstError = Classify(error);
        }

        return new DatagramSendResult(sent, refused, 0, firstError);
    }

    /// <inheritdoc/>
    public void Dispose() => _socket.Dispose();

    /// <summary>What a send error means for the path.</summary>
    internal static DatagramError Classify(SocketError error) => error switch
    {
        SocketError.NetworkUnreachable or SocketError.HostUnreachable or SocketError.NetworkDown
            or SocketError.HostDown or SocketError.AddressFamilyNotSupported or SocketError.HostNotFound
            => DatagramError.Unreachable,
        SocketError.MessageSize => DatagramError.TooBig,
        SocketError.AddressNotAvailable => DatagramError.NoSuchLocalAddress,
        SocketError.AccessDenied or SocketError.ConnectionRefused or SocketError.ConnectionReset
            => DatagramError.Refused,
        _ => DatagramError.Other,
    };

    private static string Describe(SocketException failure, string? interfaceName, ushort port) =>
        failure.SocketErrorCode switch
        {
            SocketError.AddressAlreadyInUse => $"UDP port {port} is in use.",
            // Windows calls a port that another socket holds exclusively "forbidden".
            SocketError.AccessDenied when OperatingSystem.IsWindows() => $"UDP port {port} is in use or reserved.",
            _ when interfaceName is not null
                => $"UDP port {port} cannot be opened on {interfaceName}: {failure.Message}.",
            _ => $"UDP port {port} cannot be opened: {failure.Message}.",
        };

    private static void SetOptions(Socket socket, bool dualStack)
    {
        if (OperatingSystem.IsWindows())
        {
            socket.ExclusiveAddressUse = true;
            // SIO_UDP_CONNRESET off: otherwise an ICMP answer to one peer breaks the next receive of all.
            _ = socket.IOControl(unchecked((int)0x9800000C), [0, 0, 0, 0], null);
        }

        socket.ReceiveBufferSize = BufferBytes;
        socket.SendBufferSize = BufferBytes;

        // Never fragment: IP_DONTFRAGMENT, IPV6_DONTFRAG; on Linux IP_MTU_DISCOVER = PROBE.
        (int option4, int option6, int value) = OperatingSystem.IsWindows() ? (14, 14, 1)
            : OperatingSystem.IsMacOS() ? (28, 62, 1) : (10, 23, 3);
        SetRaw(socket, LevelIP, option4, value);
        if (dualStack) SetRaw(socket, LevelIPv6, option6, value);
    }

    private static void BindToInterface(Socket socket, bool dualStack, string name, int index)
    {
        if (OperatingSystem.IsWindows())
        {
            // IP_UNICAST_IF takes the index in network order, IPV6_UNICAST_IF in the host's.
            SetRaw(socket, LevelIP, 31, BinaryPrimitives.ReverseEndianness(index));
            if (dualStack) SetRaw(socket, LevelIPv6, 31, index);
        }
        else if (OperatingSystem.IsMacOS())
        {
            // IP_BOUND_IF and IPV6_BOUND_IF.
            SetRaw(socket, LevelIP, 25, index);
            if (dualStack) SetRaw(socket, LevelIPv6, 125, index);
        }
        else
        {
            // SO_BINDTODEVICE.
            socket.SetRawSocketOption(LevelSocket, 25, Encoding.UTF8.GetBytes(name));
        }
    }

    private static void SetRaw(Socket socket, int level, int option, int value) =>
        socket.SetRawSocketOption(level, option, BitConverter.GetBytes(value));

    private static Endpoint ReadAddress(SocketAddress address)
    {
        ReadOnlySpan<byte> bytes = address.Buffer.Span;
        ushort port = BinaryPrimitives.ReadUInt16BigEndian(bytes[2..]);
        if (address.Family == AddressFamily.InterNetwork) return new Endpoint(IpAddress.Read(bytes.Slice(4, 4)), port);
        return new Endpoint(IpAddress.Read(bytes.Slice(8, 16)), port, BitConverter.ToUInt32(bytes[24..]));
    }

    private SocketError SendOne(DatagramBatch batch, int index)
    {
        if (!TryWriteDestination(batch.Info(index).Remote)) return SocketError.AddressFamilyNotSupported;
        try
        {
            _socket.SendTo(batch[index], SocketFlags.None, _destination);
            return SocketError.Success;
        }
        catch (SocketException failure)
        {
            return failure.SocketErrorCode;
        }
    }

    /// <summary>Writes the destination in the socket's own family; false if it has no form there.</summary>
    private bool TryWriteDestination(in Endpoint remote)
    {
        // The family's own bytes stay as the constructor wrote them; the rest lies alike on all systems.
        Span<byte> bytes = _destination.Buffer.Span;
        BinaryPrimitives.WriteUInt16BigEndian(bytes[2..], remote.Port);
        if (!_dualStack)
        {
            BinaryPrimitives.WriteUInt32BigEndian(bytes[4..], remote.Address.IPv4Bits);
            return remote.Address.IsIPv4;
        }

        remote.Address.WriteTo16(bytes[8..]);
        return BitConverter.TryWriteBytes(bytes[24..], remote.ScopeId);
    }
}
