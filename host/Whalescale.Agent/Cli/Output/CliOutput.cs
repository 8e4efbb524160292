namespace Whalescale.Agent.Cli.Output;

/// <summary>Writes results the way this command line wants them.</summary>
internal sealed class CliOutput(CliEnvironment environment, bool isJson, bool isQuiet, bool isPlain)
{
    public bool IsJson => isJson;

    public bool IsQuiet => isQuiet;

    /// <summary>A line of the result.</summary>
    public void Line(string text) => environment.Out.WriteLine(Printable.Escape(text));

    /// <summary>JSON, one document on one line.</summary>
    public void Json(string document) => environment.Out.WriteLine(document);

    /// <summary>A line that only people want to read.</summary>
    public void Remark(string text)
    {
        if (!isQuiet && !isJson) environment.Error.WriteLine(Printable.Escape(text));
    }

    public void Table(TableModel table)
    {
        if (environment.IsTerminal && !isQuiet) TerminalTable.Write(table, environment.Out, isPlain);
        else PlainTable.Write(table, environment.Out, withHeadings: !isQuiet);
    }
}
