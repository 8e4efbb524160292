using System.Net.NetworkInformation;

namespace Whalescale.Tun.Devices;

/// <summary>What the interfaces besides our own are connected to, as the base class library tells; for systems without
/// netlink.</summary>
internal static class OtherInterfaces
{
    /// <summary>Networks of all interfaces but one.</summary>
    internal static List<(string Interface, IpPrefix Network)> GetConnected(string own)
    {
        List<(string, IpPrefix)> connected = [];
        foreach (NetworkInterface source in NetworkInterface.GetAllNetworkInterfaces())
        {
            if (source.Name == own) continue;
            foreach (UnicastIPAddressInformation entry in source.GetIPProperties().UnicastAddresses)
            {
                var address = IpAddress.From(entry.Address);
                int length = Math.Clamp(entry.PrefixLength, 0, address.BitLength);
                connected.Add((source.Name, new IpPrefix(address, length).Network));
            }
        }

        return connected;
    }
}
