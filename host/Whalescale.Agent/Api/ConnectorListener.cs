using System.Diagnostics.CodeAnalysis;
using System.IO.Pipelines;
using System.Net;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.Logging;

namespace Whalescale.Agent.Api;

/// <summary>What the HTTP server is told to listen on: a listener that a connector has opened already.</summary>
internal sealed class ConnectorEndPoint(IConnectorListener listener) : EndPoint
{
    public IConnectorListener Listener => listener;

    public override string ToString() => listener.Endpoint.ToString();
}

/// <summary>How a connection arrived and whether its owner may use the API.</summary>
internal sealed record CallerFeature(ConnectorEndpoint Endpoint, uint? UserId, bool MayOperate);

/// <summary>Lets the HTTP server accept on connector listeners, and on nothing else.</summary>
internal sealed class ConnectorListenerFactory(ILogger logger) : IConnectionListenerFactory, IConnectionListenerFactorySelector
{
    public bool CanBind(EndPoint endpoint) => endpoint is ConnectorEndPoint;

    public ValueTask<IConnectionListener> BindAsync(EndPoint endpoint, CancellationToken cancellationToken = default) =>
        ValueTask.FromResult<IConnectionListener>(new ConnectorListener((ConnectorEndPoint)endpoint, logger));
}

/// <summary>Hands accepted connections to the HTTP server.</summary>
internal sealed class ConnectorListener(ConnectorEndPoint endPoint, ILogger logger) : IConnectionListener
{
    private long _accepted;

    public EndPoint EndPoint => endPoint;

    public async ValueTask<ConnectionContext?> AcceptAsync(CancellationToken cancellationToken = default)
    {
        ConnectorConnection? connection = await endPoint.Listener.AcceptAsync(cancellationToken).ConfigureAwait(false);
        if (connection is null) return null;
        bool mayOperate = CallerRights.MayOperate(endPoint.Listener, connection);
        if (!mayOperate) ApiLog.CallerRefused(logger, endPoint.Listener.Endpoint, connection.PeerUserId);
        var caller = new CallerFeature(endPoint.Listener.Endpoint, connection.PeerUserId, mayOperate);
        return new ConnectorConnectionContext($"{endPoint.Listener.Endpoint.ModeName}-{++_accepted}", connection, caller);
    }

    public ValueTask UnbindAsync(CancellationToken cancellationToken = default) => endPoint.Listener.DisposeAsync();

    public ValueTask DisposeAsync() => endPoint.Listener.DisposeAsync();
}

/// <summary>A connection as the HTTP server wants it: two pipes over the connector's stream.</summary>
internal sealed class ConnectorConnectionContext : DefaultConnectionContext
{
    private readonly Stream _stream;
    private readonly CancellationTokenSource _closed = new(); // without a timer: nothing in it to dispose of

    [SuppressMessage("Reliability", "CA2000", Justification = "The stream is disposed of with the connection.")]
    public ConnectorConnectionContext(string id, ConnectorConnection connection, CallerFeature caller)
        : base(id)
    {
        _stream = connection.Stream;
        Transport = new StreamDuplex(_stream);
        ConnectionClosed = _closed.Token;
        Features.Set(caller);
    }

    // Not the base's: that one cancels on the thread pool, and if the connection is disposed of meanwhile, what it throws
    // there ends the process.
    public override void Abort(ConnectionAbortedException abortReason)
    {
        _ = _closed.CancelAsync();
        _stream.Dispose();
    }

    public override async ValueTask DisposeAsync()
    {
        await Transport.Input.CompleteAsync().ConfigureAwait(false);
        await Transport.Output.CompleteAsync().ConfigureAwait(false);
        await _stream.DisposeAsync().ConfigureAwait(false);
        await base.DisposeAsync().ConfigureAwait(false);
    }

    private sealed class StreamDuplex(Stream stream) : IDuplexPipe
    {
        public PipeReader Input { get; } = PipeReader.Create(stream, new StreamPipeReaderOptions(leaveOpen: true));

        public PipeWriter Output { get; } = PipeWriter.Create(stream, new StreamPipeWriterOptions(leaveOpen: true));
    }
}
