namespace Whalescale.Agent.Configuration.Toml;

/// <summary>Bounds of the reader. All chosen: far above what a person writes, far below what hurts.</summary>
internal static class TomlLimits
{
    /// <summary>Bytes of a file. Memory stays below about 100 times this, for the worst of texts.</summary>
    public const int FileBytes = 1 << 20;

    /// <summary>Tables and arrays inside each other. The reader recurses; a frame is about 200 bytes of
    /// stack.</summary>
    public const int Nesting = 100;

    /// <summary>Errors kept; reading ends with the last of them. About 200 bytes each.</summary>
    public const int Errors = 1_000;
}
