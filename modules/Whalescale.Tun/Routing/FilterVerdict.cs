namespace Whalescale.Tun.Routing;

/// <summary>What the source filter thinks of a packet that a peer sent.</summary>
public enum FilterVerdict : byte
{
    /// <summary>It may go to the device.</summary>
    Accepted,

    /// <summary>Its source address is not routed to that peer.</summary>
    SourceNotOfPeer,

    /// <summary>No unicast packet across the overlay may have such a source: multicast, broadcast, loopback,
    /// link-local…</summary>
    SourceNotAllowedClass,

    /// <summary>Its destination is neither an address of this node nor behind it.</summary>
    DestinationNotOurs,

    /// <summary>The destination is of a class that does not cross the overlay.</summary>
    DestinationNotAllowedClass,
}
