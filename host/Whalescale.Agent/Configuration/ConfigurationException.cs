namespace Whalescale.Agent.Configuration;

/// <summary>Values that were to be written are not valid, or a file to be changed is not: all mistakes, one on a
/// line.</summary>
internal sealed class ConfigurationException(IReadOnlyList<Mistake> mistakes)
    : Exception(string.Join('\n', mistakes))
{
    public IReadOnlyList<Mistake> Mistakes => mistakes;
}
