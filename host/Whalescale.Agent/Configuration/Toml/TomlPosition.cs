namespace Whalescale.Agent.Configuration.Toml;

/// <summary>A place in a file, both parts counted from 1; the default value means "nowhere".</summary>
/// <param name="Line">Line; a line ends with LF.</param>
/// <param name="Column">Column in Unicode code points, so that it is what an editor shows.</param>
internal readonly record struct TomlPosition(int Line, int Column)
{
    public bool IsNone => Line == 0;
}
