using System.Globalization;

namespace Whalescale.Abstractions;

/// <summary>Where the local API is found: one textual form for each transport.</summary>
/// <remarks><c>unix:///path</c>, <c>pipe://name</c>, <c>tcp://127.0.0.1:61337</c>, <c>tcp://[::1]:61337</c>,
/// <c>vsock://3:61337</c>.
/// Parsing and writing are inverse.</remarks>
/// <param name="Mode">The transport.</param>
/// <param name="Target">Path, pipe name, loopback address without brackets, or context id.</param>
/// <param name="Port">Port of TCP and vsock; 0 otherwise.</param>
public sealed record ConnectorEndpoint(ConnectorMode Mode, string Target, uint Port = 0)
{
    /// <summary>The transport as spans and logs name it: unix, named_pipe, tcp, vsock.</summary>
    public string ModeName => Mode switch
    {
        ConnectorMode.Unix => "unix",
        ConnectorMode.NamedPipe => "named_pipe",
        ConnectorMode.Tcp => "tcp",
        _ => "vsock",
    };

    /// <summary>A Unix socket at this absolute path.</summary>
    public static ConnectorEndpoint Unix(string path) => new(ConnectorMode.Unix, path);

    /// <summary>Reads the textual form.</summary>
    /// <param name="text">The form.</param>
    /// <param name="endpoint">What it names.</param>
    /// <param name="problem">What is wrong with it, for the user.</param>
    public static bool TryParse(string text, out ConnectorEndpoint endpoint, out string problem)
    {
        endpoint = Unix("/");
        int separator = text.IndexOf("://", StringComparison.Ordinal);
        if (separator < 0)
        {
            problem = "an endpoint starts with unix://, pipe://, tcp:// or vsock://";
            return false;
        }

        string rest = text[(separator + 3)..];
        switch (text[..separator])
        {
            case "unix":
                problem = "unix:// needs an absolute path of at most 107 bytes: unix:///run/whalescale/whalescale.sock";
                if (!rest.StartsWith('/') || System.Text.Encoding.UTF8.GetByteCount(rest) > 107 || rest.Contains('\0'))
                    return false;
                endpoint = Unix(rest);
                return true;

            case "pipe":
                problem = "pipe:// needs a name without slashes: pipe://whalescale";
                if (rest.Length is 0 or > 200 || rest.AsSpan().ContainsAny('/', '\\', '\0')) return false;
                endpoint = new ConnectorEndpoint(ConnectorMode.NamedPipe, rest);
                return true;

            case "tcp":
                problem = "tcp:// needs a loopback address and a port: tcp://127.0.0.1:61337 or tcp://[::1]:61337";
                if (!Abstractions.Endpoint.TryParse(rest, out Endpoint tcp) || !tcp.Address.IsLoopback) return false;
                endpoint = new ConnectorEndpoint(ConnectorMode.Tcp, tcp.Address.ToString(), tcp.Port);
                return true;

            case "vsock":
                problem = "vsock:// needs a context id and a port: vsock://3:61337";
                string[] parts = rest.Split(':');
                if (parts.Length != 2 || !TryNumber(parts[0], out uint cid) || !TryNumber(parts[1], out uint port))
                    return false;
                endpoint = new ConnectorEndpoint(ConnectorMode.Vsock, cid.ToString(CultureInfo.InvariantCulture), port);
                return true;

            default:
                problem = "an endpoint starts with unix://, pipe://, tcp:// or vsock://";
                return false;
        }
    }

    /// <summary>The textual form.</summary>
    public override string ToString() => Mode switch
    {
        ConnectorMode.Unix => $"unix://{Target}",
        ConnectorMode.NamedPipe => $"pipe://{Target}",
        ConnectorMode.Tcp when Target.Contains(':') => string.Create(CultureInfo.InvariantCulture, $"tcp://[{Target}]:{Port}"),
        ConnectorMode.Tcp => string.Create(CultureInfo.InvariantCulture, $"tcp://{Target}:{Port}"),
        _ => string.Create(CultureInfo.InvariantCulture, $"vsock://{Target}:{Port}"),
    };

    private static bool TryNumber(string text, out uint number) =>
        uint.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number);
}
