namespace Whalescale.Agent.Cli.Output;

/// <summary>A table before anybody has decided how it looks.</summary>
/// <param name="Headings">One for each column.</param>
/// <param name="StateColumn">The column that says how things stand, or -1; a terminal may colour it.</param>
internal sealed record TableModel(IReadOnlyList<string> Headings, int StateColumn = -1)
{
    private readonly List<string[]> _rows = [];

    public IReadOnlyList<string[]> Rows => _rows;

    /// <summary>Adds a row; what would move the cursor is made visible, what is empty becomes a dash.</summary>
    public void Add(params ReadOnlySpan<string> cells)
    {
        var row = new string[cells.Length];
        for (int i = 0; i < cells.Length; i++) row[i] = cells[i].Length == 0 ? "-" : Printable.Escape(cells[i]);
        _rows.Add(row);
    }
}
