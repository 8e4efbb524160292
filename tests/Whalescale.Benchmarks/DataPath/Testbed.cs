using System.Globalization;
using System.Text.Json;
using Whalescale.Integration.Lab;

namespace Whalescale.Benchmarks.DataPath;

/// <summary>Two network namespaces, alpha and beta, and a wire between them; one for each contender.</summary>
internal sealed class Testbed : IDisposable
{
    /// <summary>Where beta is, whatever the wire.</summary>
    internal const string BetaUnderlay = "10.2.0.2";

    /// <summary>Where alpha is.</summary>
    internal const string AlphaUnderlay = "10.1.0.2";

    /// <summary>Overlay addresses of the two ends, the same for all: each contender has namespaces of its own.</summary>
    internal const string AlphaOverlay = "10.77.0.1", BetaOverlay = "10.77.0.2";

    /// <summary>The end of the wire in either namespace.</summary>
    internal const string Device = "up0";

    /// <summary>The largest frame: 1500 bytes and the Ethernet header.</summary>
    internal const double LargestFrameBytes = 1514;

    private const string NamePrefix = "wsbench";

    private readonly List<NetworkNamespace> _namespaces = [];

    /// <summary>Builds it.</summary>
    /// <param name="contender">A part of the names of the namespaces.</param>
    /// <param name="wire">What lies between.</param>
    internal Testbed(string contender, Wire wire)
    {
        Wire = wire;
        try
        {
            Alpha = Add(contender + "-alpha");
            Beta = Add(contender + "-beta");
            if (wire == Wire.Routed) Router = ConnectThroughRouter(Add(contender + "-router"));
            else ConnectDirectly();
            Alpha.Configure($"address add {AlphaUnderlay}/24 dev {Device}", $"link set {Device} up");
            Beta.Configure($"address add {BetaUnderlay}/24 dev {Device}", $"link set {Device} up");
            if (wire == Wire.Routed)
            {
                Alpha.Configure("route add default via 10.1.0.1");
                Beta.Configure("route add default via 10.2.0.1");
            }
            else
            {
                Alpha.Configure($"route add {BetaUnderlay}/32 dev {Device}");
                Beta.Configure($"route add {AlphaUnderlay}/32 dev {Device}");
            }

            if (wire != Wire.Offload) CutIntoFrames();
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    internal Wire Wire { get; }

    /// <summary>The end that sends.</summary>
    internal NetworkNamespace Alpha { get; }

    /// <summary>The end that receives.</summary>
    internal NetworkNamespace Beta { get; }

    /// <summary>The router of <see cref="Wire.Routed"/>, else null.</summary>
    internal NetworkNamespace? Router { get; }

    /// <summary>What is set on the wire, for whoever reads the figures.</summary>
    internal static string SettingsOf(Wire wire) => wire switch
    {
        Wire.Offload => "veth pair, MTU 1500, offloads as the kernel sets them: trains cross unsplit",
        Wire.Frames => "veth pair, MTU 1500, at both ends tso off gso off tx-udp-segmentation off gro on",
        _ => "router between two veth pairs, MTU 1500; ends: tso off gso off tx-udp-segmentation off gro on; "
            + "router: gro off",
    };

    /// <summary>What alpha has sent into the wire so far.</summary>
    internal (long Packets, long Bytes) Sent()
    {
        JsonElement sent = Alpha.IpJson("-statistics", "link", "show", "dev", Device)[0]
            .GetProperty("stats64").GetProperty("tx");
        return (sent.GetProperty("packets").GetInt64(), sent.GetProperty("bytes").GetInt64());
    }

    public void Dispose()
    {
        foreach (NetworkNamespace one in _namespaces) one.Dispose();
    }

    private NetworkNamespace Add(string role)
    {
        var added = new NetworkNamespace(role, NamePrefix);
        _namespaces.Add(added);
        return added;
    }

    private void ConnectDirectly() => Connect(Alpha, Device, Beta, Device);

    private NetworkNamespace ConnectThroughRouter(NetworkNamespace router)
    {
        router.SetKernelParameter("net/ipv4/ip_forward", "1");
        Connect(Alpha, Device, router, "alpha");
        Connect(Beta, Device, router, "beta");
        router.Configure(
            "address add 10.1.0.1/24 dev alpha", "address add 10.2.0.1/24 dev beta", "link set alpha up",
            "link set beta up");
        foreach (string device in (string[])["alpha", "beta"]) router.Run("ethtool", "-K", device, "gro", "off");
        return router;
    }

    private static void Connect(NetworkNamespace one, string device, NetworkNamespace other, string otherDevice) =>
        Command.Run(
        [
            "ip", "link", "add", device, "netns", one.Name,
            "type", "veth", "peer", "name", otherDevice, "netns", other.Name,
        ]);

    private void CutIntoFrames()
    {
        foreach (NetworkNamespace end in (NetworkNamespace[])[Alpha, Beta])
        {
            end.Run(
                "ethtool", "-K", Device, "tso", "off", "gso", "off", "tx-udp-segmentation", "off", "gro", "on");
        }
    }
}

/// <summary>Mean size of what crosses a wire from now on: whether frames are frames.</summary>
internal sealed class FrameMeter(Testbed testbed)
{
    private readonly (long Packets, long Bytes) _start = testbed.Sent();

    /// <summary>Mean since this meter was made, with the Ethernet header.</summary>
    /// <exception cref="BenchException">The wire should carry frames and carries more.</exception>
    internal double Bytes()
    {
        (long packets, long bytes) = testbed.Sent();
        double mean = (double)(bytes - _start.Bytes) / Math.Max(1, packets - _start.Packets);
        if (testbed.Wire == Wire.Offload || mean <= Testbed.LargestFrameBytes) return mean;
        throw new BenchException(string.Create(
            CultureInfo.InvariantCulture, $"The wire carries {mean:F0} bytes a packet: it does not cut into frames."));
    }
}
