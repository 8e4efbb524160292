namespace Whalescale.Abstractions;

/// <summary>Small named files that survive the process: each is replaced whole or not at all.</summary>
public interface IStateStore
{
    /// <summary>The bytes saved under this name, or null.</summary>
    byte[]? Load(string name);

    /// <summary>Replaces what is saved under this name; a crash at any instant leaves the old or the new.</summary>
    /// <exception cref="IOException">The disk is full, read-only or broken; the old content still stands.</exception>
    void Save(string name, ReadOnlySpan<byte> content);
}
