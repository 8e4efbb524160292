using System.Globalization;

namespace Whalescale.Agent.Discovery;

/// <summary>An endpoint as an operator writes it, taken apart: an address, or a name to be resolved, and a
/// port.</summary>
/// <remarks>What may be written is decided where it enters (<c>NetworkRules.Endpoint</c>); this reads what was
/// accepted.</remarks>
/// <param name="Host">The DNS name; empty if <paramref name="Literal"/> is given.</param>
/// <param name="Port">1 to 65535.</param>
/// <param name="Literal">The endpoint, if it is written as an address.</param>
internal readonly record struct WrittenEndpoint(string Host, ushort Port, Endpoint Literal)
{
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
        if (!ushort.TryParse(text.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out ushort port))
            return false;
        endpoint = new WrittenEndpoint(text[..colon], port, default);
        return port != 0;
    }
}
