using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Whalescale.Agent.Api;

/// <summary>What one local caller may take from the agent.</summary>
internal static class ApiLimits
{
    /// <summary>Bytes of a request body; the largest honest one is a peer with its routes, some kilobytes.</summary>
    public const int BodyBytes = 1024 * 1024;

    /// <summary>Connections at once; further ones are closed at once. About 64 KiB each.</summary>
    public const int Connections = 64;

    /// <summary>Bytes of all request headers together.</summary>
    public const int HeaderBytes = 8 * 1024;

    /// <summary>How long a caller may take for its headers.</summary>
    public static TimeSpan HeaderTimeout { get; } = TimeSpan.FromSeconds(10);

    /// <summary>How long a connection may idle between requests.</summary>
    public static TimeSpan IdleTimeout { get; } = TimeSpan.FromSeconds(30);

    /// <summary>How long running requests are waited for at the end; the agent has 5 s for everything.</summary>
    public static TimeSpan ShutdownTimeout { get; } = TimeSpan.FromSeconds(1);

    public static void Apply(KestrelServerOptions options)
    {
        options.AddServerHeader = false;
        options.AllowSynchronousIO = false;
        options.Limits.MaxRequestBodySize = BodyBytes;
        options.Limits.MaxConcurrentConnections = Connections;
        options.Limits.MaxConcurrentUpgradedConnections = 0;
        options.Limits.MaxRequestHeadersTotalSize = HeaderBytes;
        options.Limits.MaxRequestLineSize = HeaderBytes / 2;
        options.Limits.RequestHeadersTimeout = HeaderTimeout;
        options.Limits.KeepAliveTimeout = IdleTimeout;
    }
}
