using Microsoft.Extensions.Logging;

namespace Whalescale.Agent.Runtime;

/// <summary>Log lines of the running agent: event ids 2000 to 2999.</summary>
internal static partial class RuntimeLog
{
    [LoggerMessage(2000, LogLevel.Information, "Node {Node} is up: device {Device}, overlay addresses {Addresses}")]
    public static partial void Started(ILogger logger, string node, string device, string addresses);

    [LoggerMessage(2001, LogLevel.Information, "Session with {Peer} in {ElapsedMilliseconds} ms")]
    public static partial void SessionEstablished(ILogger logger, string peer, long elapsedMilliseconds);

    [LoggerMessage(2007, LogLevel.Debug, "New keys with {Peer} in {ElapsedMilliseconds} ms, {Suite}")]
    public static partial void Rekeyed(ILogger logger, string peer, long elapsedMilliseconds, string suite);

    [LoggerMessage(2002, LogLevel.Information, "{Peer} has closed its session")]
    public static partial void SessionClosed(ILogger logger, string peer);

    [LoggerMessage(2003, LogLevel.Warning,
        "{Peer} did not answer for 90 s at any of {Candidates} addresses; traffic for it will try again")]
    public static partial void PeerUnreachable(ILogger logger, string peer, int candidates);

    [LoggerMessage(2004, LogLevel.Information, "{Peer} has moved to another address on path {Path}")]
    public static partial void PathMoved(ILogger logger, string peer, PathId path);

    [LoggerMessage(2008, LogLevel.Debug, "{Peer} is at {Remote}")]
    public static partial void PeerLocated(ILogger logger, string peer, Endpoint remote);

    [LoggerMessage(2005, LogLevel.Warning, "The clock of {Peer} is more than a day ahead of ours; check both")]
    public static partial void PeerClockImplausible(ILogger logger, string peer);

    [LoggerMessage(2006, LogLevel.Warning, "The scheduler for {Peer} failed and was replaced by the built-in one")]
    public static partial void SchedulerFaulted(ILogger logger, Exception fault, string peer);

    [LoggerMessage(2010, LogLevel.Information, "Using {Interface}, UDP port {Port}")]
    public static partial void UnderlayReady(ILogger logger, string @interface, int port);

    [LoggerMessage(2011, LogLevel.Information, "{Interface} is gone")]
    public static partial void UnderlayGone(ILogger logger, string @interface);

    [LoggerMessage(2012, LogLevel.Warning, "{Interface} is not used yet: {Reason} It is tried again.")]
    public static partial void UnderlayRefused(ILogger logger, string @interface, string reason);

    [LoggerMessage(2013, LogLevel.Warning, "Route {Route} was not made: {Reason}")]
    public static partial void RouteRefused(ILogger logger, IpPrefix route, string reason);

    [LoggerMessage(2014, LogLevel.Information, "The paths carry overlay packets of {Mtu} bytes; the device follows")]
    public static partial void MtuFollowed(ILogger logger, int mtu);

    [LoggerMessage(2015, LogLevel.Warning, "The device cannot have an MTU of {Mtu} bytes: {Reason} It keeps the one it has.")]
    public static partial void MtuRefused(ILogger logger, int mtu, string reason);

    [LoggerMessage(2020, LogLevel.Warning, "State was not saved: {Reason}. The agent goes on and tries again.")]
    public static partial void StateNotSaved(ILogger logger, string reason);

    [LoggerMessage(2021, LogLevel.Error, "Module {Module} has ended")]
    public static partial void ModuleEnded(ILogger logger, Exception fault, string module);

    [LoggerMessage(2022, LogLevel.Warning, "The system refused to keep this process out of core dumps")]
    public static partial void CoreDumpsPossible(ILogger logger);

    [LoggerMessage(2030, LogLevel.Information, "Stopping")]
    public static partial void Stopping(ILogger logger);

    [LoggerMessage(2031, LogLevel.Critical, "The agent cannot go on")]
    public static partial void Failed(ILogger logger, Exception fault);
}
