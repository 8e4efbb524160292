using System.Globalization;
using System.Net;

namespace Whalescale.Abstractions;

/// <summary>An underlay IP address and UDP port, with the scope of a link-local address.</summary>
/// <remarks>Text form "192.0.2.7:51900" or "[2001:db8::7%2]:51900".</remarks>
/// <param name="Address">The address.</param>
/// <param name="Port">The port; 0 means none.</param>
/// <param name="ScopeId">Interface index of an IPv6 link-local address, otherwise 0.</param>
public readonly record struct Endpoint(IpAddress Address, ushort Port, uint ScopeId = 0)
{
    /// <summary>Whether this is the value that names nothing.</summary>
    public bool IsNone => Port == 0 && Address == default;

    /// <summary>Takes the type of the base class library.</summary>
    public static Endpoint From(IPEndPoint endpoint)
    {
        var address = IpAddress.From(endpoint.Address);
        uint scope = !address.IsIPv4 && address.IsLinkLocal ? (uint)endpoint.Address.ScopeId : 0;
        return new Endpoint(address, (ushort)endpoint.Port, scope);
    }

    /// <summary>Reads the text form; the port is 1 to 65535, a name is not an address.</summary>
    public static bool TryParse(ReadOnlySpan<char> text, out Endpoint endpoint)
    {
        endpoint = default;
        int colon = text.LastIndexOf(':');
        if (colon <= 0) return false;
        ReadOnlySpan<char> host = text[..colon], digits = text[(colon + 1)..];
        if (!ushort.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out ushort port) || port == 0)
            return false;
        bool bracketed = host.Length > 2 && host[0] == '[' && host[^1] == ']';
        if (bracketed) host = host[1..^1];
        uint scope = 0;
        int percent = host.IndexOf('%');
        if (percent >= 0)
        {
            if (!uint.TryParse(host[(percent + 1)..], NumberStyles.None, CultureInfo.InvariantCulture, out scope))
                return false;
            host = host[..percent];
        }

        if (!IpAddress.TryParse(host, out IpAddress address)) return false;
        if (bracketed == address.IsIPv4 && !host.Contains(':')) return false;
        if (!bracketed && host.Contains(':')) return false;
        if (scope != 0 && (address.IsIPv4 || !address.IsLinkLocal)) return false;
        endpoint = new Endpoint(address, port, scope);
        return true;
    }

    /// <summary>As a type of the base class library.</summary>
    public IPEndPoint ToIPEndPoint()
    {
        IPAddress address = Address.ToIPAddress();
        if (ScopeId != 0) address.ScopeId = ScopeId;
        return new IPEndPoint(address, Port);
    }

    /// <summary>The same in every process.</summary>
    public override int GetHashCode() => Address.GetHashCode() ^ (int)((Port * 0x9E37_79B1u) ^ ScopeId);

    /// <summary>The text form, or "none".</summary>
    public override string ToString()
    {
        if (IsNone) return "none";
        return Address.IsIPv4
            ? string.Create(CultureInfo.InvariantCulture, $"{Address}:{Port}")
            : ScopeId == 0
                ? string.Create(CultureInfo.InvariantCulture, $"[{Address}]:{Port}")
                : string.Create(CultureInfo.InvariantCulture, $"[{Address}%{ScopeId}]:{Port}");
    }
}
