using Microsoft.Extensions.Logging;

namespace Whalescale.Agent.Api;

/// <summary>Log lines of the local API, 1000 to 1999.</summary>
internal static partial class ApiLog
{
    [LoggerMessage(EventId = 1000, Level = LogLevel.Information, Message = "Local API on {Endpoint}")]
    public static partial void Listening(ILogger logger, ConnectorEndpoint endpoint);

    [LoggerMessage(EventId = 1001, Level = LogLevel.Debug,
        Message = "{Method} {Route} answered {Status} over {TransportMode} to user {UserId} in {ElapsedMilliseconds} ms")]
    public static partial void Answered(
        ILogger logger, string method, string route, int status, string transportMode, uint? userId,
        long elapsedMilliseconds);

    [LoggerMessage(EventId = 1002, Level = LogLevel.Warning, Message = "User {UserId} may not use the API on {Endpoint}")]
    public static partial void CallerRefused(ILogger logger, ConnectorEndpoint endpoint, uint? userId);

    [LoggerMessage(EventId = 1003, Level = LogLevel.Error, Message = "{Method} {Route} failed")]
    public static partial void Failed(ILogger logger, Exception failure, string method, string route);

    [LoggerMessage(EventId = 1004, Level = LogLevel.Information, Message = "Peer {Peer} added through the API by user {UserId}")]
    public static partial void PeerAdded(ILogger logger, string peer, uint? userId);

    [LoggerMessage(EventId = 1005, Level = LogLevel.Information, Message = "Peer {Peer} removed through the API by user {UserId}")]
    public static partial void PeerRemoved(ILogger logger, string peer, uint? userId);
}
