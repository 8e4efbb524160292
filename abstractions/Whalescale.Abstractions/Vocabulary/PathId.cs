using System.Globalization;

namespace Whalescale.Abstractions;

/// <summary>Number of a path between two peers, 0 to 254; the top byte of the counter of what travels on it.</summary>
/// <param name="Value">0 is the path of the first handshake; 1 to 254 are given by the side that opens the
/// path.</param>
public readonly record struct PathId(byte Value)
{
    /// <summary>The path of the first handshake.</summary>
    public static PathId First => default;

    /// <summary>The number.</summary>
    public override string ToString() => Value.ToString(CultureInfo.InvariantCulture);
}
