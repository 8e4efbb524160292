using System.Buffers.Binary;
using Whalescale.Crypto;
using Whalescale.Sessions;

namespace Whalescale.Node;

/// <summary>The overlay addresses a node has without anybody giving it any: made from the network and its id.</summary>
/// <remarks>
/// IPv6: fd, 40 bits of the network id, subnet 0 (a unique local prefix, RFC 4193), then 64 bits of the node. IPv4:
/// 10.64.0.0/10
/// with 22 bits of the node; two nodes of a network of 200 meet there with a probability of 1 in 200, and then need
/// [node] address.
/// </remarks>
public static class OverlayAddressing
{
    private const uint IPv4Network = (10u << 24) | (64u << 16);
    private const uint IPv4HostMask = (1u << 22) - 1;

    /// <summary>IPv6 first, then IPv4, each as a prefix of one address.</summary>
    public static IReadOnlyList<IpPrefix> Derive(NetworkKeys network, NodeId node)
    {
        Span<byte> id = stackalloc byte[NodeId.Size];
        Span<byte> hash = stackalloc byte[Blake2s.HashSize];
        node.WriteTo(id);
        Blake2s.Hash("whalescale address v1\0"u8, network.NetworkId, id, hash);

        Span<byte> high = stackalloc byte[8];
        high.Clear();
        high[0] = 0xFD;
        network.NetworkId[..5].CopyTo(high[1..]);
        var ipv6 = new IpAddress(
            BinaryPrimitives.ReadUInt64BigEndian(high), BinaryPrimitives.ReadUInt64BigEndian(hash));

        uint host = BinaryPrimitives.ReadUInt32BigEndian(hash[8..]) & IPv4HostMask;
        // .0 and .255 are addresses like any other here, but not to every program.
        if ((host & 0xFF) is 0 or 0xFF) host ^= 0x55;
        return [IpPrefix.Host(ipv6), IpPrefix.Host(IpAddress.FromIPv4(IPv4Network | host))];
    }
}
