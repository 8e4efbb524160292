using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Whalescale.Agent.Plugins;

namespace Whalescale.Agent.Api;

/// <summary>The local API: HTTP/1.1 and JSON over connectors. Nothing is read from files, environment or command
/// line.</summary>
internal sealed class ApiServer : IAsyncDisposable
{
    private readonly WebApplication _application;
    private readonly IReadOnlyList<IConnectorListener> _listeners;

    private ApiServer(WebApplication application, IReadOnlyList<IConnectorListener> listeners) =>
        (_application, _listeners) = (application, listeners);

    /// <summary>Opens every listener and starts to answer.</summary>
    /// <param name="control">The agent that is asked.</param>
    /// <param name="catalogue">Modules and plugins, for the lists.</param>
    /// <param name="connectors">Where to listen.</param>
    /// <param name="logs">Where lines go.</param>
    /// <param name="cancellation">Gives up the start.</param>
    /// <exception cref="IOException">A listener cannot be bound; the message says which, why, and the next
    /// step.</exception>
    /// <exception cref="UnauthorizedAccessException">The right to bind it is missing; likewise.</exception>
    public static async Task<ApiServer> StartAsync(
        IAgentControl control, PluginCatalogue catalogue, IReadOnlyList<IConnector> connectors, ILoggerFactory logs,
        CancellationToken cancellation = default)
    {
        ILogger logger = logs.CreateLogger(ApiTelemetry.SourceName);
        var listeners = new List<IConnectorListener>();
        try
        {
            foreach (IConnector connector in connectors)
                listeners.Add(await connector.ListenAsync(cancellation).ConfigureAwait(false));

            WebApplication application = Compose(control, catalogue, listeners, logs, logger);
            await application.StartAsync(cancellation).ConfigureAwait(false);
            foreach (IConnectorListener listener in listeners) ApiLog.Listening(logger, listener.Endpoint);
            return new ApiServer(application, listeners);
        }
        catch
        {
            await CloseAsync(listeners).ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Closes the listeners, lets running requests end for a moment, then cuts them.</summary>
    public async ValueTask DisposeAsync()
    {
        await _application.StopAsync().ConfigureAwait(false);
        await _application.DisposeAsync().ConfigureAwait(false);
        await CloseAsync(_listeners).ConfigureAwait(false);
    }

    private static WebApplication Compose(
        IAgentControl control, PluginCatalogue catalogue, List<IConnectorListener> listeners, ILoggerFactory logs,
        ILogger logger)
    {
        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Services.AddSingleton(logs);
        builder.Services.AddRoutingCore();
        builder.Services.AddSingleton<IHostLifetime, NoLifetime>();
        builder.Services.AddSingleton<IConnectionListenerFactory>(new ConnectorListenerFactory(logger));
        builder.Services.Configure<HostOptions>(options => options.ShutdownTimeout = ApiLimits.ShutdownTimeout);
        builder.WebHost.UseKestrelCore();
        builder.WebHost.ConfigureKestrel(options =>
        {
            ApiLimits.Apply(options);
            foreach (IConnectorListener listener in listeners)
                options.Listen(new ConnectorEndPoint(listener), listen => listen.Protocols = HttpProtocols.Http1);
        });

        WebApplication application = builder.Build();
        var guard = new RequestGuard(logger);
        application.Use(next => context => guard.HandleAsync(context, next));
        var transports = listeners.ConvertAll(listener => listener.Endpoint.ModeName);
        new ApiRoutes(control, catalogue, transports, logger).Map(application);
        return application;
    }

    private static async Task CloseAsync(IReadOnlyList<IConnectorListener> listeners)
    {
        foreach (IConnectorListener listener in listeners) await listener.DisposeAsync().ConfigureAwait(false);
    }

    /// <summary>The process's signals belong to the run command, not to the HTTP server.</summary>
    private sealed class NoLifetime : IHostLifetime
    {
        public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
