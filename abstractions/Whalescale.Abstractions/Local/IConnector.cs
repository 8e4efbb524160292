namespace Whalescale.Abstractions;

/// <summary>Carries the local API over one kind of transport; a module or plugin. One instance, one endpoint.</summary>
public interface IConnector
{
    /// <summary>The kind of transport.</summary>
    ConnectorMode Mode { get; }

    /// <summary>Where it connects to or listens.</summary>
    ConnectorEndpoint Endpoint { get; }

    /// <summary>Opens a connection.</summary>
    /// <exception cref="IOException">Nobody listens there, or the system refused.</exception>
    /// <exception cref="UnauthorizedAccessException">The caller may not.</exception>
    Task<Stream> ConnectAsync(CancellationToken cancellation);

    /// <summary>Starts to listen.</summary>
    /// <exception cref="IOException">The endpoint is in use or cannot be bound.</exception>
    Task<IConnectorListener> ListenAsync(CancellationToken cancellation);
}

/// <summary>Accepts connections until disposed; disposal removes what it left in the file system.</summary>
public interface IConnectorListener : IAsyncDisposable
{
    /// <summary>The endpoint as bound.</summary>
    ConnectorEndpoint Endpoint { get; }

    /// <summary>The next connection, or null once disposed.</summary>
    ValueTask<ConnectorConnection?> AcceptAsync(CancellationToken cancellation);
}

/// <summary>An accepted connection.</summary>
/// <param name="Stream">Both directions; the receiver disposes of it.</param>
/// <param name="PeerUserId">Numeric user id of the process at the other end, where the system tells; otherwise
/// null.</param>
public sealed record ConnectorConnection(Stream Stream, uint? PeerUserId);

/// <summary>Makes connectors of one kind; a module or plugin.</summary>
public interface IConnectorFactory
{
    /// <summary>The kind of transport.</summary>
    ConnectorMode Mode { get; }

    /// <summary>Whether this system has that transport.</summary>
    bool IsSupported { get; }

    /// <summary>A connector for the endpoint, whose mode is <see cref="Mode"/>.</summary>
    IConnector Create(ConnectorEndpoint endpoint);
}

/// <summary>Transports of the local API.</summary>
public enum ConnectorMode : byte
{
    /// <summary>Unix domain socket, "unix:///path".</summary>
    Unix,

    /// <summary>Windows named pipe, "pipe://name".</summary>
    NamedPipe,

    /// <summary>Loopback TCP, "tcp://127.0.0.1:port".</summary>
    Tcp,

    /// <summary>Virtual machine socket, "vsock://cid:port".</summary>
    Vsock,
}
