using System.Globalization;
using Whalescale.Agent.Configuration.Toml;

namespace Whalescale.Agent.Configuration;

/// <summary>One mistake of the operator.</summary>
/// <param name="Source">File, name of the environment variable, or command-line option.</param>
/// <param name="Position">Place in the file; none for other sources.</param>
/// <param name="Message">What is wrong and what to write instead; begins with the key where there is one.</param>
internal sealed record Mistake(string Source, TomlPosition Position, string Message)
{
    /// <summary>"file:line:column: message", or "source: message".</summary>
    public override string ToString() => Position.IsNone
        ? $"{Source}: {Message}"
        : string.Create(CultureInfo.InvariantCulture, $"{Source}:{Position.Line}:{Position.Column}: {Message}");
}
