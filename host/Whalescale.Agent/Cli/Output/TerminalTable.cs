using Spectre.Console;

namespace Whalescale.Agent.Cli.Output;

/// <summary>A table drawn for people. The only place that loads the drawing library.</summary>
internal static class TerminalTable
{
    public static void Write(TableModel model, TextWriter output, bool isPlain)
    {
        IAnsiConsole console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Out = new AnsiConsoleOutput(output),
            Ansi = isPlain ? AnsiSupport.No : AnsiSupport.Detect,
            ColorSystem = isPlain ? ColorSystemSupport.NoColors : ColorSystemSupport.Detect,
        });
        Table table = new Table().Border(TableBorder.Rounded).BorderColor(Color.Grey);
        var bold = new Style(decoration: Decoration.Bold);
        foreach (string heading in model.Headings) table.AddColumn(new TableColumn(new Text(heading, bold)));
        foreach (string[] row in model.Rows)
            table.AddRow(row.Select((cell, column) => new Text(cell, column == model.StateColumn ? StyleOf(cell) : null)));
        console.Write(table);
    }

    private static Style? StyleOf(string state) => state switch
    {
        "direct" or "active" or "running" => new Style(Color.Green),
        "relay" or "standby" or "connecting" or "probing" or "suspect" => new Style(Color.Yellow),
        "offline" or "down" or "refused" or "faulted" or "leaked" => new Style(Color.Red),
        _ => null,
    };
}
