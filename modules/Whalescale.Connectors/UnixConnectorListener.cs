using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Runtime.Versioning;

namespace Whalescale.Connectors;

/// <summary>Accepts connections on a Unix domain socket, and knows the group that may use it.</summary>
[UnsupportedOSPlatform("windows")]
public sealed class UnixConnectorListener : IConnectorListener
{
    /// <summary>Connections the kernel holds until they are accepted.</summary>
    private const int BacklogConnections = 64;

    /// <summary>Pause when the process is out of file descriptors; each accept would fail at once again.</summary>
    private static readonly TimeSpan ExhaustionPause = TimeSpan.FromMilliseconds(100);

    private readonly Socket _socket;
    private readonly UnixSocketFile _file;
    private int _isDisposed;

    private UnixConnectorListener(ConnectorEndpoint endpoint, Socket socket, UnixSocketFile file) =>
        (Endpoint, _socket, _file) = (endpoint, socket, file);

    /// <inheritdoc/>
    public ConnectorEndpoint Endpoint { get; }

    /// <summary>Group of the socket file, whose members may use the API.</summary>
    public uint GroupId => _file.GroupId;

    /// <summary>Makes the directory if missing, takes over a stale socket, and listens.</summary>
    /// <exception cref="IOException">Another process listens there, the name is taken, or the system
    /// refused.</exception>
    /// <exception cref="UnauthorizedAccessException">The right to make the directory or the socket is
    /// missing.</exception>
    internal static UnixConnectorListener Open(ConnectorEndpoint endpoint)
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            UnixSocketFile file = UnixSocketFile.Publish(socket, endpoint.Target, BacklogConnections);
            return new UnixConnectorListener(endpoint, socket, file);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public async ValueTask<ConnectorConnection?> AcceptAsync(CancellationToken cancellation)
    {
        while (true)
        {
            try
            {
                Socket accepted = await _socket.AcceptAsync(cancellation).ConfigureAwait(false);
                return new ConnectorConnection(new NetworkStream(accepted, ownsSocket: true), PeerUserIdOf(accepted));
            }
            catch (SocketException failure) when (IsExhaustion(failure.SocketErrorCode))
            {
                await Task.Delay(ExhaustionPause, cancellation).ConfigureAwait(false);
            }
            catch (SocketException failure) when (failure.SocketErrorCode == SocketError.ConnectionAborted)
            {
                // The caller went away before it was accepted: its affair. The next one is waited for.
                continue;
            }
            catch (SocketException) when (Volatile.Read(ref _isDisposed) != 0)
            {
                return null;
            }
            catch (ObjectDisposedException)
            {
                return null;
            }
        }
    }

    /// <summary>Stops listening and removes the socket file, if it is still the one made here.</summary>
    public ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _isDisposed, 1) != 0) return ValueTask.CompletedTask;
        _file.Remove();
        _socket.Dispose();
        return ValueTask.CompletedTask;
    }

    private static bool IsExhaustion(SocketError error) =>
        error is SocketError.TooManyOpenSockets or SocketError.NoBufferSpaceAvailable;

    /// <summary>SO_PEERCRED (unix(7)): the user that called connect, as the kernel saw it.</summary>
    private static uint? PeerUserIdOf(Socket socket)
    {
        if (!OperatingSystem.IsLinux()) return null;
        const int SocketLevel = 1, PeerCredentials = 17;
        Span<byte> credentials = stackalloc byte[12];
        int written = socket.GetRawSocketOption(SocketLevel, PeerCredentials, credentials);
        return written == credentials.Length ? MemoryMarshal.Read<uint>(credentials[4..]) : null;
    }
}
