namespace Whalescale.Agent.Configuration.Toml;

/// <summary>What a text says, and every error found in it. With errors, <see cref="Root"/> holds what could be
/// read.</summary>
internal sealed record TomlDocument(TomlTable Root, IReadOnlyList<TomlError> Errors)
{
    public bool IsValid => Errors.Count == 0;
}
