using System.Globalization;
using System.Net.NetworkInformation;

namespace Whalescale.Transport;

/// <summary>A network interface as it was when read.</summary>
/// <param name="Underlay">What a provider offers of it.</param>
/// <param name="IsUp">Whether it can carry packets.</param>
/// <param name="IsLoopback">Whether it leads nowhere.</param>
/// <param name="IsTunnel">Whether it is a TUN device or another tunnel: a path through it would be a path inside a
/// path.</param>
internal sealed record InterfaceSnapshot(Underlay Underlay, bool IsUp, bool IsLoopback, bool IsTunnel)
{
    // ARPHRD_NONE (TUN, WireGuard), ARPHRD_TUNNEL, TUNNEL6, SIT, IPGRE, IP6GRE of if_arp.h.
    private static readonly int[] TunnelLinkTypes = [65534, 768, 769, 776, 778, 823];

    /// <summary>Reads all interfaces; one that vanishes meanwhile is left out.</summary>
    internal static IEnumerable<InterfaceSnapshot> ReadAll()
    {
        foreach (NetworkInterface source in NetworkInterface.GetAllNetworkInterfaces())
        {
            if (TryRead(source) is { } snapshot) yield return snapshot;
        }
    }

    private static InterfaceSnapshot? TryRead(NetworkInterface source)
    {
        try
        {
            IPInterfaceProperties properties = source.GetIPProperties();
            IpPrefix[] addresses =
            [
                .. properties.UnicastAddresses
                    .Select(entry => (Address: IpAddress.From(entry.Address), entry.PrefixLength))
                    .Select(entry => new IpPrefix(
                        entry.Address, Math.Clamp(entry.PrefixLength, 0, entry.Address.BitLength)))
                    .Order(Comparer<IpPrefix>.Create(Compare)),
            ];
            (int index, int mtu) = source.Supports(NetworkInterfaceComponent.IPv4)
                ? (properties.GetIPv4Properties().Index, properties.GetIPv4Properties().Mtu)
                : (properties.GetIPv6Properties().Index, properties.GetIPv6Properties().Mtu);
            bool metered = source.NetworkInterfaceType is NetworkInterfaceType.Wwanpp or NetworkInterfaceType.Wwanpp2;
            return new InterfaceSnapshot(
                new Underlay(source.Name, index, addresses, Math.Max(0, mtu), metered),
                // "Unknown" is what Linux says of devices without a carrier to sense; one that is off says "down".
                source.OperationalStatus is OperationalStatus.Up or OperationalStatus.Unknown,
                source.NetworkInterfaceType == NetworkInterfaceType.Loopback,
                IsTunnelDevice(source));
        }
        catch (Exception failure) when (failure is NetworkInformationException or IOException)
        {
            return null;
        }
    }

    private static int Compare(IpPrefix one, IpPrefix two)
    {
        int order = one.Address.CompareTo(two.Address);
        return order != 0 ? order : one.Length.CompareTo(two.Length);
    }

    private static bool IsTunnelDevice(NetworkInterface source)
    {
        if (source.NetworkInterfaceType == NetworkInterfaceType.Tunnel) return true;
        if (!OperatingSystem.IsLinux())
        {
            // utun and Wintun devices have no hardware address; a modem's link may have none either, but is no tunnel.
            return source.NetworkInterfaceType is not (NetworkInterfaceType.Loopback or NetworkInterfaceType.Ppp
                    or NetworkInterfaceType.Wwanpp or NetworkInterfaceType.Wwanpp2)
                && source.GetPhysicalAddress().GetAddressBytes().Length == 0;
        }

        string file = $"/sys/class/net/{source.Name}/type";
        if (!File.Exists(file)) return false;
        string text = File.ReadAllText(file);
        return int.TryParse(text, NumberStyles.AllowTrailingWhite, CultureInfo.InvariantCulture, out int type)
            && TunnelLinkTypes.Contains(type);
    }
}
