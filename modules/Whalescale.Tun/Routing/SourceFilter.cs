namespace Whalescale.Tun.Routing;

/// <summary>The rule that gives an overlay address its meaning: a packet is let in only if its source is routed to the
/// peer whose session opened it, and only if it is meant for this node.</summary>
/// <remarks>
/// Routes of peers and our own prefixes form one table in thought: the most specific prefix decides, ours on a tie.
/// So a peer that owns 192.168.0.0/16 cannot speak for our 192.168.5.0/24, and one that owns 192.168.5.0/24 can speak
/// from inside our 192.168.0.0/16. The class rules come first: they hold whatever the routes say.
/// </remarks>
public static class SourceFilter
{
    /// <summary>Judges a packet that arrived from <paramref name="peer"/>.</summary>
    /// <param name="packet">The packet, parsed.</param>
    /// <param name="peer">Owner number of the peer in <paramref name="routes"/>.</param>
    /// <param name="routes">Prefixes of all peers.</param>
    /// <param name="own">What is ours.</param>
    public static FilterVerdict Check(in InnerPacket packet, int peer, RouteTable routes, OwnAddresses own)
    {
        if (!MayCrossOverlay(packet.Source, packet.Version)) return FilterVerdict.SourceNotAllowedClass;
        if (!MayCrossOverlay(packet.Destination, packet.Version)) return FilterVerdict.DestinationNotAllowedClass;

        int owner = routes.Lookup(packet.Source, out int peerLength);
        if (owner != peer || own.MatchLength(packet.Source) >= peerLength) return FilterVerdict.SourceNotOfPeer;

        routes.Lookup(packet.Destination, out peerLength);
        int ownLength = own.MatchLength(packet.Destination);
        if (ownLength < 0 || ownLength < peerLength) return FilterVerdict.DestinationNotOurs;

        return FilterVerdict.Accepted;
    }

    /// <summary>Whether an address of this class may stand in a packet that crosses the overlay.</summary>
    private static bool MayCrossOverlay(IpAddress address, byte version)
    {
        if (version == 6)
        {
            // An IPv6 header may not spell an IPv4 address: ::ffff:a.b.c.d would equal the IPv4 address in every later
            // look-up, and ::a.b.c.d (RFC 4291, section 2.5.5.1) covers :: and ::1 as well.
            if (address.IsIPv4 || (address.High == 0 && address.Low >> 32 == 0)) return false;
        }
        else if (address.IPv4Bits >> 24 is 0 or 127)
        {
            // 0.0.0.0/8 is "this host on this network" (RFC 1122, section 3.2.1.3).
            return false;
        }

        return !address.IsMulticast && !address.IsLinkLocal && !address.IsLimitedBroadcast;
    }
}
