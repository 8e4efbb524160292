namespace Whalescale.Types;

/// <summary>Every bound of the node, with what it costs. A queue, table or loop without a line here is a
/// mistake.</summary>
public static class Limits
{
    /// <summary>Paths to one peer at a time. Each costs about 200 bytes, and a 1 KiB replay window for each set of
    /// keys.</summary>
    public const int PathsPerPeer = 8;

    /// <summary>Peers of one node. A peer without a session costs about 2 KiB.</summary>
    public const int Peers = 1024;

    /// <summary>Endpoints remembered for one peer; the newest win. 32 bytes each.</summary>
    public const int CandidatesPerPeer = 16;

    /// <summary>Datagrams that carry one and the same initiation at a time.</summary>
    public const int InitiationFanOut = 8;

    /// <summary>Handshakes under way with one peer. Each costs about 1 KiB.</summary>
    public const int PendingHandshakesPerPeer = 2;

    /// <summary>Handshakes under way in all: 1 MiB.</summary>
    public const int PendingHandshakes = 1024;

    /// <summary>Responses kept to be repeated, in all: 1024 × 200 bytes.</summary>
    public const int CachedResponses = 1024;

    /// <summary>Overlay packets kept per peer while its first handshake runs: 32 × 1.5 KiB, only then.</summary>
    public const int StagedPacketsPerPeer = 32;

    /// <summary>Messages waiting in a ring between the two halves of a node: 512 × 256 bytes.</summary>
    public const int RingMessages = 512;

    /// <summary>Bytes of one ring message.</summary>
    public const int RingMessageBytes = 256;

    /// <summary>Pings under way at a time.</summary>
    public const int OutstandingPings = 64;

    /// <summary>Sources whose handshake rate is watched at a time: 4096 × 32 bytes.</summary>
    public const int WatchedSources = 4096;

    /// <summary>Events waiting for the owner of a node; the oldest are dropped and counted.</summary>
    public const int PendingEvents = 1024;

    /// <summary>Bytes of the largest overlay packet that is carried without offloads.</summary>
    public const int OverlayPacketBytes = 9_000;

    /// <summary>Overlay packets read from the device at a time.</summary>
    public const int PacketBatch = 64;

    /// <summary>Bytes of the largest packet that a device hands over: a super-packet.</summary>
    public const int SuperPacketBytes = 65_535;

    /// <summary>Super-packets of the largest size read from the device at a time: 2 × 64 KiB. Chosen: what is read is sealed
    /// while it is in the caches.</summary>
    public const int SuperPacketBatch = 2;

    /// <summary>Datagrams, or trains of them that the kernel joined, received at a time.</summary>
    public const int ReceiveBatch = 64;

    /// <summary>Bytes of a receive slot: 64 × 64 KiB, of which only what is used is touched.</summary>
    public const int ReceiveSlotBytes = 65_535;

    /// <summary>Bytes of overlay packets that are opened before the device is written to: about one super-packet.</summary>
    public const int DeviceWriteBytes = 65_535;

    /// <summary>Packets written to the device at a time: 512 × 32 bytes.</summary>
    public const int DeviceWritePackets = 512;

    /// <summary>Bytes of the largest datagram.</summary>
    public const int DatagramBytes = 9_472;

    /// <summary>Datagrams waiting to be sent within one turn: 1024 × 9.25 KiB, of which only what is used is touched.
    /// Chosen: two super-packets with the smallest segments that are usual.</summary>
    public const int SendBatch = 1024;

    /// <summary>Datagrams a second that may claim a session from an address that is none of its paths.</summary>
    public const int StrangerDatagramsPerSecond = 100;

    /// <summary>Answers "packet too big" to own packets in a second.</summary>
    public const int TooBigRepliesPerSecond = 100;

    /// <summary>Such answers at once: 16 × 1.3 KiB.</summary>
    public const int TooBigRepliesAtOnce = 16;

    /// <summary>Bytes of packets put together from parts that wait for the device, in packets of the largest size: 24 ×
    /// 9 KiB, for nodes that are sent parts.</summary>
    public const int ReassembledBatch = 24;

    /// <summary>Packets put together from parts at a time, of one peer: 8 × 2 KiB as a rule and 8 × 9 KiB at most, for
    /// peers that send parts.</summary>
    public const int ReassembliesPerPeer = 8;

    /// <summary>Parts of one packet; a sender of ours makes at most 8.</summary>
    public const int FragmentsPerPacket = 16;

    /// <summary>UDP payload that every path is taken to carry: 1280 bytes of IPv6 less 48 of headers.</summary>
    public const int MinimumPathMtu = 1_232;
}
