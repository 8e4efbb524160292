using System.CommandLine;

namespace Whalescale.Agent.Cli;

/// <summary>A command that shows in its help how it is used.</summary>
internal sealed class CliCommand : Command
{
    private CliCommand(string name, string description, string example)
        : base(name, description) => Example = example;

    /// <summary>A command line that works.</summary>
    public string Example { get; }

    /// <summary>A group of commands.</summary>
    public static CliCommand Group(string name, string description, string example, params ReadOnlySpan<Command> commands)
    {
        var group = new CliCommand(name, description, example);
        foreach (Command command in commands) group.Add(command);
        return group;
    }

    /// <summary>A command that does something.</summary>
    public static CliCommand Create(
        string name, string description, string example, Func<ParseResult, CancellationToken, Task<int>> run,
        params ReadOnlySpan<Symbol> symbols)
    {
        var command = new CliCommand(name, description, example);
        foreach (Symbol symbol in symbols)
        {
            if (symbol is Option option) command.Add(option);
            else command.Add((Argument)symbol);
        }

        command.SetAction(run);
        return command;
    }
}
