using Microsoft.Extensions.Logging;
using Whalescale.Agent.Plugins;

namespace Whalescale.Agent.Runtime;

/// <summary>Runs the modules that live in tasks of their own: path providers and discovery sources. One that fails is
/// logged, marked in the catalogue and missed; the agent goes on.</summary>
internal sealed class ModuleRunner(PluginCatalogue catalogue, RandomSource random, ILogger log) : IDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private readonly List<Task> _tasks = [];

    /// <summary>What a module of this name is given.</summary>
    internal static ModuleContext ContextOf(
        string name, RandomSource random, ILogger log, IReadOnlyDictionary<string, string>? settings = null)
    {
        void Write(ModuleLogLevel level, string line)
        {
            LogLevel ours = LevelOf(level);
            string printable = Printable.Escape(line);
            ModuleLog.Line(log, ours, name, printable);
        }

        return new ModuleContext(settings ?? new Dictionary<string, string>(), Write, random.Fork($"module/{name}"));
    }

    internal void RunPathProvider(string name, IPathSink sink, IReadOnlyDictionary<string, string> settings)
    {
        ModuleContext context = ContextOf(name, random, log, settings);
        IPathProvider provider = catalogue.Get<IModuleFactory<IPathProvider>>(name).Create(context);
        Run(ModuleKind.PathProvider, name, () => provider.RunAsync(sink, _stop.Token));
    }

    internal void RunDiscovery(string name, IDiscoverySink sink)
    {
        ModuleContext context = ContextOf(name, random, log);
        IDiscoverySource source = catalogue.Get<IModuleFactory<IDiscoverySource>>(name).Create(context);
        Run(ModuleKind.Discovery, name, () => source.RunAsync(sink, _stop.Token));
    }

    internal async Task StopAsync()
    {
        await _stop.CancelAsync().ConfigureAwait(false);
        await Task.WhenAll(_tasks).WaitAsync(TimeSpan.FromSeconds(2)).ConfigureAwait(
            ConfigureAwaitOptions.SuppressThrowing);
    }

    /// <inheritdoc/>
    public void Dispose() => _stop.Dispose();

    private static LogLevel LevelOf(ModuleLogLevel level) => level switch
    {
        ModuleLogLevel.Debug => LogLevel.Debug,
        ModuleLogLevel.Information => LogLevel.Information,
        _ => LogLevel.Warning,
    };

    private void Run(ModuleKind kind, string name, Func<Task> module) => _tasks.Add(Task.Run(async () =>
    {
        try
        {
            await module().ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
            // The ordinary end.
        }
        catch (Exception fault)
        {
            RuntimeLog.ModuleEnded(log, fault, name);
            catalogue.Fault(kind, name, fault.Message);
        }
    }));
}

/// <summary>Lines that modules write themselves.</summary>
internal static partial class ModuleLog
{
    [LoggerMessage(EventId = 2040, Message = "{Module}: {Line}")]
    public static partial void Line(ILogger logger, LogLevel level, string module, string line);
}
