using System.Globalization;
using Whalescale.Agent.Configuration.Toml;

namespace Whalescale.Agent.Configuration.Schema;

/// <summary>Rules for node ids, addresses, routes and endpoints.</summary>
internal static class NetworkRules
{
    /// <summary>Public key of RFC 8032, section 7.1, test 1: an example that nobody runs a node with.</summary>
    public const string ExampleNodeId = "25njqamcweflpvkl73j4szahhihoc4xt3ktcgjnpaingr5yhkena";

    private const int LongestHostName = 253; // RFC 1035, section 2.3.4, without the root
    private const int LongestLabel = 63;

    public static readonly ValueRule<NodeId> NodeId =
        new TextRule<NodeId>("a node id in quotes", ExampleNodeId, TryNodeId, id => id.ToString());

    public static readonly ValueRule<IpPrefix> Address =
        new TextRule<IpPrefix>("an address in quotes", "10.77.0.1/16", TryAddress, prefix => prefix.ToString());

    public static readonly ValueRule<IpPrefix> Route =
        new TextRule<IpPrefix>("a network in quotes", "192.168.50.0/24", TryRoute, prefix => prefix.ToString());

    public static readonly ValueRule<string> Endpoint =
        new TextRule<string>("an endpoint in quotes", "192.0.2.7:51900", TryEndpoint, text => text);

    /// <summary>Port of an endpoint that <see cref="Endpoint"/> has accepted.</summary>
    public static ushort PortOf(string endpoint) =>
        ushort.Parse(endpoint.AsSpan(endpoint.LastIndexOf(':') + 1), NumberStyles.None, CultureInfo.InvariantCulture);

    private static bool TryNodeId(string text, ConfigurationChecks checks, out NodeId value, out string problem)
    {
        problem = "a node id has 52 characters, a-z and 2-7; 'whalescale id' prints it on that machine";
        if (text.Length != Abstractions.NodeId.TextLength)
            problem = string.Create(CultureInfo.InvariantCulture, $"{problem} (this has {text.Length})");
        if (!Abstractions.NodeId.TryParse(text, out value)) return false;
        if (checks.CheckNodeId?.Invoke(value) is not { } wrong) return true;
        problem = $"{TomlText.Shown(text)}: {wrong}";
        return false;
    }

    private static bool TryAddress(string text, ConfigurationChecks checks, out IpPrefix value, out string problem)
    {
        problem = $"{TomlText.Shown(text)} is no address; write \"10.77.0.1/16\" or \"fd77::1/64\"";
        if (!IpPrefix.TryParse(text, out value)) return false;
        if (value.Length == 0)
        {
            problem = $"\"{text}\" would claim every address; write the length of the overlay, such as /16 or /64";
            return false;
        }

        if (IsSpecial(value.Address, out string kind))
        {
            problem = $"\"{text}\" cannot be an overlay address: it is {kind}";
            return false;
        }

        if (!value.Address.IsIPv4 || value.Length >= 31) return true;
        uint hosts = uint.MaxValue >> value.Length;
        uint host = value.Address.IPv4Bits & hosts;
        string kindOfHost = host == 0 ? "network" : "broadcast address";
        problem = $"\"{text}\" is the {kindOfHost} itself; choose an address inside it";
        return host != 0 && host != hosts;
    }

    private static bool TryRoute(string text, ConfigurationChecks checks, out IpPrefix value, out string problem)
    {
        problem = $"{TomlText.Shown(text)} is no network; write \"192.168.50.0/24\", \"10.77.0.2/32\" or \"fd77::/64\"";
        if (!IpPrefix.TryParse(text, out value)) return false;
        if (value.Length == 0)
        {
            problem = $"\"{text}\" would send everything into the tunnel, its own datagrams included, and cut it off; "
                + "a default route is not supported: name the networks behind the peer";
            return false;
        }

        if (!value.IsNetwork)
        {
            problem = $"\"{text}\" has bits set after /{value.Length}; "
                + $"write \"{value.Network}\" for the network "
                + $"or \"{IpPrefix.Host(value.Address)}\" for the one address";
            return false;
        }

        bool isSpecial = IsSpecial(value.Address, out string kind);
        problem = $"\"{text}\" cannot be reached through a peer: it is {kind}";
        return !isSpecial;
    }

    private static bool IsSpecial(IpAddress address, out string kind)
    {
        kind = address switch
        {
            { IsUnspecified: true } => "the unspecified address",
            { IsLoopback: true } => "loopback",
            { IsMulticast: true } => "multicast",
            { IsLinkLocal: true } => "link-local",
            { IsLimitedBroadcast: true } => "broadcast",
            _ => "",
        };
        return kind.Length > 0;
    }

    private static bool TryEndpoint(string text, ConfigurationChecks checks, out string value, out string problem)
    {
        value = text;
        problem = $"{TomlText.Shown(text)} is no endpoint; write \"192.0.2.7:51900\", \"[2001:db8::7]:51900\" or "
            + "\"beta.example:51900\", with a port from 1 to 65535";
        if (Abstractions.Endpoint.TryParse(text, out Endpoint endpoint))
        {
            value = endpoint.ToString();
            bool isReachable = !endpoint.Address.IsUnspecified && !endpoint.Address.IsMulticast
                && !endpoint.Address.IsLimitedBroadcast;
            if (!isReachable) problem = $"\"{text}\" is not the address of one machine; write the one it is reached at";
            return isReachable;
        }

        int colon = text.LastIndexOf(':');
        if (colon < 0 || !IsHostName(text.AsSpan(0, colon))) return false;
        ReadOnlySpan<char> digits = text.AsSpan(colon + 1);
        value = text.ToLowerInvariant();
        return ushort.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out ushort port) && port != 0
            && digits[0] != '0';
    }

    /// <summary>Labels of letters, digits and hyphens (RFC 1123, section 2.1), the last not a number: that would be a
    /// misspelt IPv4 address.</summary>
    private static bool IsHostName(ReadOnlySpan<char> host)
    {
        if (host.Length is 0 or > LongestHostName) return false;
        bool isNumber = false;
        foreach (Range range in host.Split('.'))
        {
            ReadOnlySpan<char> label = host[range];
            if (label.Length is 0 or > LongestLabel || label[0] == '-' || label[^1] == '-') return false;
            foreach (char each in label)
            {
                if (!char.IsAsciiLetterOrDigit(each) && each is not ('-' or '_')) return false;
            }

            isNumber = label.IndexOfAnyExceptInRange('0', '9') < 0;
        }

        return !isNumber;
    }
}
