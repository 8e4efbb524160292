using Whalescale.Paths;
using Whalescale.Sessions;
using Whalescale.Types;

namespace Whalescale.Node;

/// <summary>All that the data half knows of one peer: keys, paths, scheduler, packets that wait for a session,
/// timers.</summary>
/// <remarks>Made by the control half, which hands it over inside a <see cref="ForwardingTable"/> and touches it no
/// more.</remarks>
public sealed class PeerChannel : IDisposable
{
    private PacketBatch? _staged;

    /// <summary>A peer without session.</summary>
    /// <param name="number">Its number in the table.</param>
    /// <param name="self">Our id.</param>
    /// <param name="id">Its id.</param>
    /// <param name="scheduler">Chooses its paths.</param>
    /// <param name="random">Its stream of chance.</param>
    public PeerChannel(int number, NodeId self, NodeId id, IPacketScheduler scheduler, RandomSource random)
    {
        (Number, Id, Scheduler) = (number, id, scheduler);
        Keys = new KeyRing(self, id);
        Path = new PathChannel(PathId.First, random.Fork("path"));
        NextFragmentId = random.Fork("fragments").NextUInt32();
    }

    public int Number { get; }

    public NodeId Id { get; }

    public KeyRing Keys { get; }

    /// <summary>The one path in use; the wire and the contracts already speak of several.</summary>
    public PathChannel Path { get; }

    public IPacketScheduler Scheduler { get; set; }

    /// <summary>Bytes of overlay packets.</summary>
    public long TransmittedBytes { get; set; }

    public long ReceivedBytes { get; set; }

    /// <summary>When anything was last sealed for it.</summary>
    public Instant LastSent { get; set; }

    /// <summary>When something was sent that the peer has not been heard after; never if it was.</summary>
    public Instant UnansweredSince { get; set; } = Instant.Never;

    /// <summary>When a packet was received that nothing was sent after; never if something was.</summary>
    public Instant UnacknowledgedSince { get; set; } = Instant.Never;

    /// <summary>Not before this instant is control asked for a handshake again.</summary>
    public Instant NextHandshakeRequest { get; set; }

    /// <summary>When the timers of this peer are to be looked at; not later than any of them.</summary>
    public Instant CheckAt { get; set; } = Instant.Never;

    /// <summary>Budget of datagrams from addresses that are none of its paths.</summary>
    public Instant StrangersPaidUntil;

    /// <summary>Number of the next packet that is sent in parts. It begins anywhere: a receiver may still hold parts from
    /// before a restart.</summary>
    public uint NextFragmentId;

    /// <summary>Packets of which parts have come; null if none ever did.</summary>
    public ReassemblyBuffer? Reassembly { get; set; }

    /// <summary>Packets that wait for a session; null if none ever did.</summary>
    public PacketBatch? Staged => _staged;

    /// <summary>Room for a copy of a packet that is kept until there is a session.</summary>
    /// <param name="length">Bytes of the packet.</param>
    /// <returns>Empty if that is one too many, or too long.</returns>
    public Span<byte> NextStaged(int length)
    {
        _staged ??= new PacketBatch(Limits.StagedPacketsPerPeer, Limits.OverlayPacketBytes);
        return _staged.IsFull || length > Limits.OverlayPacketBytes ? default : _staged.NextSlot()[..length];
    }

    /// <summary>Keeps what was written to <see cref="NextStaged"/>'s span.</summary>
    public void AddStaged(int length, PacketOffload offload) => _staged!.Append(length, offload);

    /// <inheritdoc/>
    public void Dispose()
    {
        Keys.Dispose();
        _staged?.Dispose();
        _staged = null;
    }
}
