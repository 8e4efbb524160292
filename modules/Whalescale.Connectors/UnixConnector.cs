using System.Net.Sockets;

namespace Whalescale.Connectors;

/// <summary>The local API over a Unix domain socket. Who may connect is said by the file's mode, 0660.</summary>
public sealed class UnixConnector(ConnectorEndpoint endpoint) : IConnector
{
    /// <inheritdoc/>
    public ConnectorMode Mode => ConnectorMode.Unix;

    /// <inheritdoc/>
    public ConnectorEndpoint Endpoint { get; } = endpoint.Mode == ConnectorMode.Unix
        ? endpoint
        : throw new ArgumentException($"{endpoint} is no Unix socket.", nameof(endpoint));

    /// <inheritdoc/>
    public async Task<Stream> ConnectAsync(CancellationToken cancellation)
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            await socket.ConnectAsync(new UnixDomainSocketEndPoint(Endpoint.Target), cancellation)
                .ConfigureAwait(false);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch (SocketException refusal)
        {
            socket.Dispose();
            throw Explain(refusal);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public Task<IConnectorListener> ListenAsync(CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        if (OperatingSystem.IsWindows())
            throw new PlatformNotSupportedException($"{Endpoint}: Windows has named pipes for this: pipe://whalescale");
        return Task.FromResult<IConnectorListener>(UnixConnectorListener.Open(Endpoint));
    }

    private Exception Explain(SocketException refusal)
    {
        string path = Endpoint.Target;
        if (refusal.SocketErrorCode == SocketError.AccessDenied)
        {
            return new UnauthorizedAccessException(
                $"{path}: permission denied; run as root or join the group that owns the socket", refusal);
        }

        if (refusal.SocketErrorCode == SocketError.ConnectionRefused)
        {
            return new IOException(
                $"{path}: nobody listens there, the socket is left over from an agent that is gone", refusal);
        }

        return File.Exists(path)
            ? new IOException($"{path}: {refusal.Message}", refusal)
            : new IOException($"{path}: there is no such socket", refusal);
    }
}
