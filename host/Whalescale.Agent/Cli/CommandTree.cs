using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;
using Whalescale.Agent.Cli.Commands;
using Whalescale.Agent.Configuration;
using Whalescale.Agent.Persistence;

namespace Whalescale.Agent.Cli;

/// <summary>The command line: the tree of commands, and what becomes of a command line.</summary>
internal static class CommandTree
{
    /// <summary>Runs a command line.</summary>
    /// <returns>One of <see cref="ExitCode"/>.</returns>
    public static async Task<int> RunAsync(
        IReadOnlyList<string> arguments, CliEnvironment environment, CancellationToken cancellation)
    {
        var globals = new GlobalOptions();
        ParseResult parse = Build(environment, globals).Parse(arguments);
        // Help and version are actions of options: they answer even where the rest of the line is incomplete.
        bool isAnswered = parse.Action is HelpWithExample or ShowVersion;
        if (parse.Errors.Count > 0 && !isAnswered) return Refuse(parse, environment.Error);
        try
        {
            return await parse.InvokeAsync(
                new InvocationConfiguration
                {
                    Output = environment.Out,
                    Error = environment.Error,
                    EnableDefaultExceptionHandler = false,
                    ProcessTerminationTimeout = null,
                },
                cancellation).ConfigureAwait(false);
        }
        catch (CliException failure)
        {
            return Report(failure, environment.Error);
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            return ExitCode.Interrupted;
        }
        catch (ConfigurationException mistakes)
        {
            return Report(new CliException(ExitCode.Usage, mistakes.Message), environment.Error);
        }
        catch (StateFileException failure)
        {
            return Report(new CliException(CodeOf(failure.Fault), failure.Message), environment.Error);
        }
        catch (DllNotFoundException missing)
        {
            return Report(new CliException(ExitCode.Unsupported, missing.Message), environment.Error);
        }
        catch (UnauthorizedAccessException failure)
        {
            return Report(new CliException(ExitCode.PermissionDenied, failure.Message), environment.Error);
        }
        catch (IOException failure)
        {
            return Report(new CliException(ExitCode.Failed, failure.Message), environment.Error);
        }
    }

    private static RootCommand Build(CliEnvironment environment, GlobalOptions globals)
    {
        var setup = new CliSetup(environment, globals);
        var root = new RootCommand("Whalescale: a private mesh network")
        {
            RunCommand.Create(setup),
            InitCommand.Create(setup),
            IdCommand.Create(setup),
            PeersCommand.Create(setup),
            StatusCommand.Create(setup),
            PingCommand.Create(setup),
            ConfigCommand.Create(setup),
            PluginsCommand.Create(setup),
            SimCommand.Create(setup),
            VersionCommand.Create(setup),
        };
        globals.AddTo(root);
        root.Options.OfType<HelpOption>().Single().Action = new HelpWithExample();
        root.Options.OfType<VersionOption>().Single().Action = new ShowVersion();
        return root;
    }

    private static int Refuse(ParseResult parse, TextWriter error)
    {
        foreach (System.CommandLine.Parsing.ParseError mistake in parse.Errors)
            error.WriteLine($"error: {Printable.Escape(mistake.Message)}");
        error.WriteLine($"next: {CommandLineOf(parse.CommandResult.Command)} --help");
        return ExitCode.Usage;
    }

    private static int Report(CliException failure, TextWriter error)
    {
        error.WriteLine($"error: {Lines(failure.Message)}");
        if (failure.NextStep is { } next) error.WriteLine($"next: {Lines(next)}");
        return failure.ExitCode;

        // A message of several lines is several mistakes; whatever else moves the cursor is not ours.
        static string Lines(string text) => string.Join('\n', text.Split('\n').Select(Printable.Escape));
    }

    private static int CodeOf(StateFileFault fault) => fault switch
    {
        StateFileFault.Missing => ExitCode.Usage,
        StateFileFault.Permission => ExitCode.PermissionDenied,
        _ => ExitCode.Failed,
    };

    /// <summary>"whalescale peers add": the names from the root on.</summary>
    private static string CommandLineOf(Command command)
    {
        var names = new List<string>();
        for (Command? at = command; at is not null and not RootCommand; at = at.Parents.OfType<Command>().FirstOrDefault())
            names.Add(at.Name);
        names.Add("whalescale");
        names.Reverse();
        return string.Join(' ', names);
    }

    /// <summary>Help, closed by a command line that works.</summary>
    private sealed class HelpWithExample : SynchronousCommandLineAction
    {
        private readonly HelpAction _help = new();

        public override bool ClearsParseErrors => true;

        public override int Invoke(ParseResult parseResult)
        {
            int code = _help.Invoke(parseResult);
            string example = parseResult.CommandResult.Command is CliCommand command
                ? command.Example
                : "whalescale status";
            parseResult.InvocationConfiguration.Output.WriteLine($"Example:\n  {example}\n");
            return code;
        }
    }

    private sealed class ShowVersion : SynchronousCommandLineAction
    {
        public override bool ClearsParseErrors => true;

        public override int Invoke(ParseResult parseResult)
        {
            parseResult.InvocationConfiguration.Output.WriteLine(AgentVersion.Text);
            return ExitCode.Ok;
        }
    }
}
