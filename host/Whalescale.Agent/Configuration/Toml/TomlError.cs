namespace Whalescale.Agent.Configuration.Toml;

/// <summary>One violation of the grammar, for the person who wrote the file.</summary>
/// <param name="Position">Where it is.</param>
/// <param name="Message">What is wrong and, where it can be said, what to write instead.</param>
internal readonly record struct TomlError(TomlPosition Position, string Message);
