using Whalescale.Paths;

namespace Whalescale.Node;

/// <summary>Keeps the MTU of every path, and from them that of the device, which the control half is told of.</summary>
/// <remarks>Data thread only.</remarks>
internal sealed class PathMtuKeeper(
    SealedSender sender, Counters counters, MessageRing toControl, Action<PeerChannel, Instant> schedule)
{
    private static readonly TimeSpan TellAgain = TimeSpan.FromSeconds(1);

    private readonly TunMtu _device = new();
    private int _told = TunMtu.Initial;
    private Instant _tellAt = Instant.Never;
    private IReadOnlyList<SocketInfo> _sockets = [];

    /// <summary>When <see cref="HandleTimeout(Instant)"/> is due; the paths have deadlines of their own.</summary>
    internal Instant NextTimeout => Instant.Min(_device.NextTimeout, _tellAt);

    /// <summary>Uses the MTU of these sockets' interfaces from now on, and confirms what was found: the network is
    /// another.</summary>
    internal void UseSockets(IReadOnlyList<SocketInfo> sockets, IReadOnlyList<PeerChannel?> peers, Instant now)
    {
        _sockets = sockets;
        foreach (PeerChannel? peer in peers)
        {
            if (peer is null || !peer.Keys.CanSeal(now)) continue;
            peer.Path.Discovery.Confirm(now);
            Follow(peer, peers, now);
            schedule(peer, peer.Path.NextTimeout);
        }
    }

    /// <summary>Begins a search where one is due, sends probes, and notes what has been found.</summary>
    internal void Follow(PeerChannel peer, IReadOnlyList<PeerChannel?> peers, Instant now)
    {
        PathChannel path = peer.Path;
        path.SearchMtu(LinkMtuOf(path.Migration.Current.Socket), now);
        MtuDiscovery discovery = path.Discovery;
        bool maySend = peer.Keys.CanSeal(now);
        while (discovery.TryTakeProbe(out int size, out ulong data))
            if (maySend) sender.SendProbe(peer, data, size, now);
        if (path.NoteMtu()) FollowLargest(peers, now);
    }

    /// <summary>Lets the discovery of a path do what time has made due.</summary>
    internal void HandleTimeout(PeerChannel peer, Instant now)
    {
        MtuDiscovery discovery = peer.Path.Discovery;
        long before = discovery.BlackHoles;
        discovery.HandleTimeout(now);
        counters.Add(Counter.MtuBlackHoles, discovery.BlackHoles - before);
    }

    /// <summary>Does what time has made due for the device.</summary>
    internal void HandleTimeout(Instant now)
    {
        if (now < NextTimeout) return;
        _device.HandleTimeout(now);
        Tell(now);
    }

    /// <summary>Takes that a socket has refused one of these datagrams as too big. Which one it does not say, so sizes are
    /// confirmed that may be meant.</summary>
    internal void HandleTooBig(DatagramBatch sent, IReadOnlyList<PeerChannel?> peers, Instant now)
    {
        foreach (PeerChannel? peer in peers)
        {
            if (peer is null || peer.Path.Discovery.IsProbing || !HasLarge(sent, peer.Path.Migration.Current)) continue;
            peer.Path.Discovery.Confirm(now);
            schedule(peer, peer.Path.NextTimeout);
        }
    }

    private static bool HasLarge(DatagramBatch sent, AddressPair pair)
    {
        for (int i = 0; i < sent.Count; i++)
        {
            ref readonly DatagramInfo info = ref sent.Info(i);
            if (info.Length > Types.Limits.MinimumPathMtu && info.Socket == pair.Socket && info.Remote == pair.Remote)
                return true;
        }

        return false;
    }

    private int LinkMtuOf(ushort socket)
    {
        for (int i = 0; i < _sockets.Count; i++)
            if (_sockets[i].Number == socket) return _sockets[i].Mtu;
        return 0;
    }

    // A search under way is no reason to change the device: what it will find is not known yet.
    private void FollowLargest(IReadOnlyList<PeerChannel?> peers, Instant now)
    {
        int largest = 0;
        foreach (PeerChannel? peer in peers)
            if (peer is not null && peer.Path.Discovery.IsSettled && peer.Keys.CanSeal(now))
                largest = Math.Max(largest, peer.Path.LargestPacket);
        _device.HandleLargest(largest, now);
        Tell(now);
    }

    private void Tell(Instant now)
    {
        _tellAt = Instant.Never;
        if (_told == _device.Current) return;
        if (toControl.TryWrite(new(RingMessageKind.TunMtu) { Size = _device.Current }))
        {
            _told = _device.Current;
            return;
        }

        counters.Add(Counter.DropInboxFull);
        _tellAt = now + TellAgain;
    }
}
