namespace Whalescale.Abstractions;

/// <summary>State of a path. Order is preference: a smaller value carries data before a larger one.</summary>
public enum PathState : byte
{
    /// <summary>Answers; carries data.</summary>
    Active,

    /// <summary>Answers, but policy keeps it for when the active ones fail or are full.</summary>
    Standby,

    /// <summary>Was active and has been silent longer than its feedback allows.</summary>
    Suspect,

    /// <summary>Being validated; no data yet.</summary>
    Probing,

    /// <summary>Silent; probed now and then.</summary>
    Down,
}

/// <summary>What kind of traffic a packet belongs to.</summary>
public enum PacketClass : byte
{
    /// <summary>A flow with a backlog: throughput counts.</summary>
    Bulk,

    /// <summary>A flow with few bytes: latency counts.</summary>
    Sparse,

    /// <summary>Marked by its sender as real-time.</summary>
    RealTime,

    /// <summary>Our own control messages.</summary>
    Control,
}

/// <summary>A path as a scheduler sees it: a snapshot, all integers.</summary>
public readonly record struct PathView
{
    /// <summary>Number of the path between the two peers; positions in the span change, ids do not.</summary>
    public PathId Id { get; init; }

    /// <summary>State of the path.</summary>
    public PathState State { get; init; }

    /// <summary>Preference of the operator, 0 first.</summary>
    public byte Preference { get; init; }

    /// <summary>Whether the last delivery-rate samples were limited by the application, so that the rate is a lower
    /// bound.</summary>
    public bool IsApplicationLimited { get; init; }

    /// <summary>Largest datagram, in bytes of UDP payload.</summary>
    public ushort Mtu { get; init; }

    /// <summary>Lost packets, per ten thousand.</summary>
    public ushort LossPerMyriad { get; init; }

    /// <summary>Mean length of a loss burst, in packets.</summary>
    public ushort LossBurstPackets { get; init; }

    /// <summary>Packets that arrived with a congestion mark, per ten thousand.</summary>
    public ushort CongestionMarkPerMyriad { get; init; }

    /// <summary>Rate the pacer sends at, in bytes per second; 0: not paced.</summary>
    public long PacingBytesPerSecond { get; init; }

    /// <summary>Measured delivery rate, in bytes per second; 0: not known yet.</summary>
    public long DeliveryBytesPerSecond { get; init; }

    /// <summary>When the pacer lets the next packet go; in the past if it is idle.</summary>
    public Instant NextFree { get; init; }

    /// <summary>Bytes assigned to the path and not sent yet.</summary>
    public long QueuedBytes { get; init; }

    /// <summary>Bytes sent and not known to have arrived.</summary>
    public long InFlightBytes { get; init; }

    /// <summary>Bytes that may be in flight; 0: not limited.</summary>
    public long WindowBytes { get; init; }

    /// <summary>Smoothed round-trip time, in nanoseconds (RFC 9002, section 5.3); 0 until the first sample.</summary>
    public long SmoothedRttNanoseconds { get; init; }

    /// <summary>Variance of the round-trip time, in nanoseconds.</summary>
    public long RttVarianceNanoseconds { get; init; }

    /// <summary>Smallest round-trip time, in nanoseconds.</summary>
    public long MinimumRttNanoseconds { get; init; }

    /// <summary>One-way delay relative to the other paths of this peer, in nanoseconds; only differences mean
    /// something.</summary>
    public long OneWayDelayNanoseconds { get; init; }

    /// <summary>Smallest relative one-way delay, in nanoseconds.</summary>
    public long OneWayDelayBaseNanoseconds { get; init; }

    /// <summary>Jitter of the one-way delay, in nanoseconds.</summary>
    public long JitterNanoseconds { get; init; }

    /// <summary>When anything was last received on the path.</summary>
    public Instant LastHeard { get; init; }

    /// <summary>Cost of a byte as the operator sees it; 0: none.</summary>
    public int CostPerByte { get; init; }
}

/// <summary>A packet as a scheduler sees it; never its bytes.</summary>
/// <param name="Length">Bytes of the overlay packet.</param>
/// <param name="Class">Kind of traffic.</param>
/// <param name="TrafficClass">DSCP, 0 to 63.</param>
/// <param name="FlowHash">The same for packets of one flow.</param>
/// <param name="FlowRecentBytes">Bytes of the flow in the last 200 ms.</param>
/// <param name="Arrival">When it was read from the TUN device.</param>
/// <param name="Deadline">When it is of no use any more; never, as a rule.</param>
public readonly record struct PacketView(
    int Length, PacketClass Class, byte TrafficClass, uint FlowHash, int FlowRecentBytes, Instant Arrival,
    Instant Deadline);

/// <summary>The state of a session as a scheduler sees it.</summary>
/// <param name="Now">The instant of this batch.</param>
/// <param name="BacklogBytes">Bytes waiting at the entrance, this batch included.</param>
/// <param name="BacklogPackets">Packets waiting at the entrance, this batch included.</param>
/// <param name="ReorderHoldNanoseconds">How long the far reorder buffer held packets lately.</param>
/// <param name="ReorderCapacityPackets">How many packets the far reorder buffer holds.</param>
public readonly record struct SessionView(
    Instant Now, long BacklogBytes, int BacklogPackets, long ReorderHoldNanoseconds, int ReorderCapacityPackets);

/// <summary>What became of packets on one path since the last report.</summary>
/// <param name="Path">The path.</param>
/// <param name="DeliveredPackets">Packets that arrived.</param>
/// <param name="DeliveredBytes">Bytes that arrived.</param>
/// <param name="LostPackets">Packets that did not.</param>
/// <param name="LatePackets">Packets that arrived after the reorder buffer had passed them.</param>
/// <param name="RttNanoseconds">Newest round-trip time.</param>
/// <param name="Now">When the report came.</param>
public readonly record struct FeedbackView(
    PathId Path, int DeliveredPackets, long DeliveredBytes, int LostPackets, int LatePackets, long RttNanoseconds,
    Instant Now);
