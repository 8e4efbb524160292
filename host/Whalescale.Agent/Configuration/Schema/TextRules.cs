using System.Buffers;
using System.Text;
using Whalescale.Agent.Configuration.Toml;

namespace Whalescale.Agent.Configuration.Schema;

/// <summary>Rules for names, paths, spans and rates.</summary>
internal static class TextRules
{
    /// <summary>Word that stands for "no device", "no listener".</summary>
    public const string None = "none";

    private const int LongestName = 63;
    private const int LongestDeviceName = 15; // IFNAMSIZ less the zero, netdevice(7)
    private const int LongestPathBytes = 4_095; // PATH_MAX less the zero
    private const int LongestSocketPathBytes = 107; // sun_path less the zero, unix(7)

    private static readonly SearchValues<char> NameCharacters =
        SearchValues.Create("abcdefghijklmnopqrstuvwxyz0123456789-");

    public static readonly ValueRule<string> Name =
        new TextRule<string>("a name in quotes", "beta", TryName, text => text);

    public static readonly ValueRule<string> ModuleName =
        new TextRule<string>("the name of a module in quotes", "earliest-delivery", TryName, text => text);

    public static readonly ValueRule<string> AbsolutePath =
        new TextRule<string>("an absolute path in quotes", "/var/lib/whalescale", TryPath, text => text);

    public static readonly ValueRule<string> SocketPath =
        new TextRule<string>(
            "the path of a socket in quotes", "/run/whalescale/whalescale.sock", TrySocketPath, text => text);

    public static readonly ValueRule<string> PipeName =
        new TextRule<string>("the name of a pipe in quotes", "whalescale", TryPipeName, text => text);

    public static readonly ValueRule<string> DeviceName =
        new TextRule<string>("the name of a device in quotes", "whale0", TryDeviceName, text => text);

    public static readonly ValueRule<string> InterfacePattern =
        new TextRule<string>("an interface in quotes, * and ? allowed", "eth*", TryPattern, text => text);

    public static readonly ValueRule<string> Sha256 =
        new TextRule<string>("64 hex digits in quotes", new string('0', 64), TrySha256, text => text);

    public static readonly ValueRule<string> Url =
        new TextRule<string>("a URL in quotes", "http://127.0.0.1:4317", TryAny, text => text);

    public static readonly ValueRule<Bandwidth> Rate =
        new TextRule<Bandwidth>("a rate in quotes", "50Mbit", TryRate, rate => rate.ToString());

    public static readonly ValueRule<PathTier> Tier =
        new TextRule<PathTier>("a tier in quotes", "backup", TryTier, tier => tier.ToString().ToLowerInvariant());

    /// <summary>A span of time, ends included.</summary>
    public static ValueRule<TimeSpan> Span(TimeSpan least, TimeSpan most) => new TextRule<TimeSpan>(
        "a duration in quotes",
        Duration.Write(most),
        (string text, ConfigurationChecks _, out TimeSpan span, out string problem) =>
        {
            problem = $"{TomlText.Shown(text)} is no duration from {Duration.Write(least)} to {Duration.Write(most)}; "
                + "write a whole number with ms, s, m or h: \"90s\"";
            return Duration.TryParse(text, out span) && span >= least && span <= most;
        },
        Duration.Write);

    /// <summary>Whether this is a name: <c>^[a-z0-9][a-z0-9-]{0,62}$</c>.</summary>
    public static bool IsName(ReadOnlySpan<char> text) =>
        text.Length is > 0 and <= LongestName && text[0] != '-' && !text.ContainsAnyExcept(NameCharacters);

    private static bool TryName(string text, ConfigurationChecks checks, out string value, out string problem)
    {
        value = text;
        string lower = text.ToLowerInvariant();
        problem = $"{TomlText.Shown(text)} is no name: "
            + (lower != text && IsName(lower)
                ? $"names are lower case; write \"{lower}\""
                : "names have 1 to 63 of a-z, 0-9 and '-', not '-' first, such as \"beta\"");
        return IsName(text);
    }

    private static bool TryPath(string text, ConfigurationChecks checks, out string value, out string problem)
    {
        value = text;
        problem = $"{TomlText.Shown(text)} is no absolute path; write it from the root: \"/var/lib/whalescale\"";
        return System.IO.Path.IsPathFullyQualified(text) && !text.Contains('\0')
            && Encoding.UTF8.GetByteCount(text) <= LongestPathBytes;
    }

    private static bool TrySocketPath(string text, ConfigurationChecks checks, out string value, out string problem)
    {
        if (text == None) return TryAny(text, checks, out value, out problem);
        if (!TryPath(text, checks, out value, out problem)) return false;
        problem = $"the path of a socket has at most {LongestSocketPathBytes} bytes; choose a shorter one";
        return Encoding.UTF8.GetByteCount(text) <= LongestSocketPathBytes;
    }

    private static bool TryPipeName(string text, ConfigurationChecks checks, out string value, out string problem)
    {
        value = text;
        problem = $"{TomlText.Shown(text)} is no name of a pipe: 1 to 200 characters, no slashes";
        return text.Length is > 0 and <= 200 && !text.AsSpan().ContainsAny('/', '\\', '\0');
    }

    private static bool TryDeviceName(string text, ConfigurationChecks checks, out string value, out string problem)
    {
        value = text;
        problem = $"{TomlText.Shown(text)} is no name of a device: 1 to 15 of letters, digits, '.', '_' and '-', "
            + "such as \"whale0\"; \"none\" for no device";
        return IsInterface(text, wildcards: "") && text is not ("." or "..");
    }

    private static bool TryPattern(string text, ConfigurationChecks checks, out string value, out string problem)
    {
        value = text;
        problem = $"{TomlText.Shown(text)} is no interface: 1 to 15 of letters, digits, '.', '_', '-', '@', "
            + "and the wildcards * and ?, such as \"eth0\" or \"wwan*\"";
        return IsInterface(text, wildcards: "*?@");
    }

    private static bool IsInterface(string text, string wildcards) =>
        text.Length is > 0 and <= LongestDeviceName
        && text.All(each => char.IsAsciiLetterOrDigit(each) || each is '.' or '_' or '-' || wildcards.Contains(each));

    private static bool TrySha256(string text, ConfigurationChecks checks, out string value, out string problem)
    {
        value = text.ToLowerInvariant();
        problem = $"{TomlText.Shown(text)} is no SHA-256: it has 64 hex digits; 'sha256sum FILE' prints it";
        return text.Length == 64 && text.All(char.IsAsciiHexDigit);
    }

    private static bool TryAny(string text, ConfigurationChecks checks, out string value, out string problem)
    {
        (value, problem) = (text, "");
        return true;
    }

    private static bool TryRate(string text, ConfigurationChecks checks, out Bandwidth value, out string problem)
    {
        problem = $"{TomlText.Shown(text)} is no rate; write \"50Mbit\" or \"1.5Gbit\", \"0\" for no limit";
        return Bandwidth.TryParse(text, out value);
    }

    private static bool TryTier(string text, ConfigurationChecks checks, out PathTier value, out string problem)
    {
        string[] names = [.. Enum.GetNames<PathTier>().Select(name => name.ToLowerInvariant())];
        value = (PathTier)Math.Max(0, Array.IndexOf(names, text));
        problem = $"{TomlText.Shown(text)} is no tier: there are {string.Join(", ", names)}"
            + Suggestion.Phrase(Suggestion.Nearest(text, names));
        return names.Contains(text);
    }
}
