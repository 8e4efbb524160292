using Whalescale.Sessions;
using Whalescale.Tun.Routing;
using Whalescale.Types;

namespace Whalescale.Node;

/// <summary>Answers "packet too big" on the device to packets that came from it.</summary>
/// <remarks>Answers lie in memory of their own until <see cref="Clear"/>. Data thread only.</remarks>
internal sealed class TooBigReplies(PacketBatch inbound, Counters counters) : IDisposable
{
    private static readonly TokenBucket Rate = new(Limits.TooBigRepliesPerSecond, burst: Limits.TooBigRepliesAtOnce);

    private readonly PacketBatch _replies = new(Limits.TooBigRepliesAtOnce, PacketTooBig.LargestSize);
    private Instant _paidUntil;

    /// <summary>Answers, unless the packet is none to be answered or too many were.</summary>
    /// <param name="packet">The packet.</param>
    /// <param name="view">The same, parsed.</param>
    /// <param name="mtu">Bytes of the largest packet that gets through.</param>
    /// <param name="now">The instant.</param>
    internal void Reply(ReadOnlySpan<byte> packet, in InnerPacket view, int mtu, Instant now)
    {
        if (_replies.IsFull || inbound.IsFull) return;
        int length = PacketTooBig.Write(packet, view, mtu, _replies.NextSlot());
        if (length == 0 || !Rate.TryTake(ref _paidUntil, now)) return;
        _replies.Append(length);
        int last = _replies.Count - 1;
        inbound.Refer(_replies.AddressOf(last), length);
        counters.Add(Counter.TooBigAnswered);
    }

    /// <summary>The device has taken the answers.</summary>
    internal void Clear() => _replies.Clear();

    /// <inheritdoc/>
    public void Dispose() => _replies.Dispose();
}
