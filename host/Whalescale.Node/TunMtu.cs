using Whalescale.Types;

namespace Whalescale.Node;

/// <summary>
/// The MTU that the TUN device should have: that of the peer whose path carries most. Whoever is reached by less is
/// answered "packet too big", so that one slow peer does not make the packets of all others small.
/// </summary>
/// <remarks>It rises at once and falls after a while: a path that has just lost its size mostly finds most of it again,
/// and every change makes the operating system forget what it knows of its routes. Drive it so: one input, then read
/// <see cref="Current"/> and <see cref="NextTimeout"/>. Not thread-safe.</remarks>
public sealed class TunMtu
{
    /// <summary>Bytes of the smallest MTU: IPv6 has none below (RFC 8200, section 5).</summary>
    public const int Smallest = 1_280;

    /// <summary>Bytes before anything is known of the paths: in one datagram it fits links of 1449 bytes over IPv4 and
    /// of 1469 over IPv6, so Ethernet and most tunnels.</summary>
    public const int Initial = 1_380;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private int _wanted = Initial;
    private Instant _fallAt = Instant.Never;

    /// <summary>What the device should have.</summary>
    public int Current { get; private set; } = Initial;

    /// <summary>When <see cref="HandleTimeout"/> is due.</summary>
    public Instant NextTimeout => _fallAt;

    /// <summary>Bytes of the largest overlay packet that a path carries in one datagram, whichever of the two packet
    /// frames it is in.</summary>
    /// <param name="pathMtu">UDP payload of the path.</param>
    public static int OfPath(int pathMtu) =>
        Math.Min(pathMtu - TransportHeader.Overhead - PacketFrames.OrderedHeader, Limits.OverlayPacketBytes);

    /// <summary>Takes the largest <see cref="OfPath"/> of all peers with a session; 0 if there are none, which changes
    /// nothing.</summary>
    public void HandleLargest(int largest, Instant now)
    {
        if (largest == 0) return;
        _wanted = Math.Max(largest, Smallest);
        if (_wanted < Current)
        {
            _fallAt = Instant.Min(_fallAt, now + Patience);
            return;
        }

        (Current, _fallAt) = (_wanted, Instant.Never);
    }

    /// <summary>Lets it fall to what is wanted now.</summary>
    public void HandleTimeout(Instant now)
    {
        if (now >= _fallAt) (Current, _fallAt) = (_wanted, Instant.Never);
    }
}
