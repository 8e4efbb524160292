using System.CommandLine;
using System.Runtime.InteropServices;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Whalescale.Agent.Configuration;
using Whalescale.Agent.Plugins;
using Whalescale.Crypto;

namespace Whalescale.Agent.Cli.Commands;

/// <summary><c>whalescale run</c>: everything up to the agent itself, and everything after it.</summary>
internal static class RunCommand
{
    public static Command Create(CliSetup setup)
    {
        Option<string?> config = CliSetup.ConfigOption();
        return CliCommand.Create(
            "run", "Run the agent in the foreground; SIGTERM or Ctrl-C ends it",
            "whalescale run --config /etc/whalescale/whalescale.toml",
            async (parse, cancellation) =>
            {
                string file = ConfigurationAccess.FileOf(parse, config);
                // Names are checked against the built-in modules here; plugins are loaded once the file is known to
                // be good.
                var builtIn = new PluginCatalogue(PluginCatalogue.BuiltInAssemblies, null, NullLogger.Instance);
                ConfigurationResult result = ConfigurationAccess.Read(setup.Environment, file, builtIn);
                AgentOptions options = ConfigurationAccess.Require(result, file);
                using Identity identity = ConfigurationAccess.LoadIdentity(options);
                using ILoggerFactory logs = AgentLogging.Create(
                    parse.GetValue(setup.Globals.Level), parse.GetValue(setup.Globals.Json));
                var catalogue = new PluginCatalogue(
                    PluginCatalogue.BuiltInAssemblies, options.Plugins.Directory, logs.CreateLogger("Whalescale.Plugins"));
                catalogue.LoadAll(options.Plugins.Load);
                using PosixSignalRegistration? hangUp = IgnoreHangUp(logs.CreateLogger("Whalescale.Run"));
                return await RunAsync(
                    setup.Environment, new LoadedConfiguration(file, options, result, identity, catalogue, logs), cancellation)
                    .ConfigureAwait(false);
            },
            config);
    }

    private static async Task<int> RunAsync(
        CliEnvironment environment, LoadedConfiguration loaded, CancellationToken cancellation)
    {
        try
        {
            return await environment.RunAgentAsync(loaded, cancellation).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            // Being told to stop is how the agent ends well.
            return ExitCode.Ok;
        }
        catch (ModuleNotFoundException missing)
        {
            throw new CliException(ExitCode.Usage, missing.Message, $"change it in {loaded.MainFile}", missing);
        }
        catch (PlatformNotSupportedException missing)
        {
            throw new CliException(ExitCode.Unsupported, missing.Message, null, missing);
        }
    }

    private static PosixSignalRegistration? IgnoreHangUp(ILogger logger)
    {
        if (OperatingSystem.IsWindows()) return null;
        return PosixSignalRegistration.Create(PosixSignal.SIGHUP, context =>
        {
            context.Cancel = true;
            RunLog.ReloadNotAvailable(logger);
        });
    }
}
