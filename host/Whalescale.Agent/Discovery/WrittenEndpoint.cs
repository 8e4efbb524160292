using System.Globalization;

namespace Whalescale.Agent.Discovery;

/// <summary>An endpoint as an operator writes it: an address or a DNS name, and a port.</summary>
/// <param name="Host">The DNS name; empty if <paramref name="Literal"/> is given.</param>
/// <param name="Port">1 to 65535.</param>
/// <param name="Literal">The endpoint, if it is written as an address.</param>
internal readonly record struct WrittenEndpoint(string Host, ushort Port, Endpoint Literal)
{
    /// <summary>The forms, for messages.</summary>
    public const string Forms = "192.0.2.7:51900, [2001:db8::7]:51900 or beta.example:51900";

    /// <summary>Longest DNS name in text form (RFC 1035, section 2.3.4).</summary>
    private const int LongestName = 253;

    private const int LongestLabel = 63;

    public static bool TryParse(string text, out WrittenEndpoint endpoint)
    {
        endpoint = default;
        if (Endpoint.TryParse(text, out Endpoint literal))
        {
            endpoint = new WrittenEndpoint("", literal.Port, literal);
            return true;
        }

        int colon = text.LastIndexOf(':');
        if (colon <= 0) return false;
        string host = text[..colon];
        if (!ushort.TryParse(text.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out ushort port))
            return false;
        if (port == 0 || !IsDnsName(host)) return false;
        endpoint = new WrittenEndpoint(host, port, default);
        return true;
    }

    private static bool IsDnsName(string name)
    {
        if (name.Length > LongestName) return false;
        string[] labels = name.TrimEnd('.').Split('.');
        // A last label of digits alone is a mistyped address ("192.0.2:51900"), not a name.
        return labels.All(IsLabel) && !labels[^1].All(char.IsAsciiDigit);
    }

    private static bool IsLabel(string label) =>
        label.Length is > 0 and <= LongestLabel
        && label.All(character => char.IsAsciiLetterOrDigit(character) || character is '-' or '_')
        && label[0] != '-' && label[^1] != '-';
}
