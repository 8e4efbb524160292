using Whalescale.Paths;

namespace Whalescale.Node;

/// <summary>The control half's end of the ring to the data half: datagrams may be lost when it is full, decisions may
/// not.</summary>
internal sealed class ControlOutbox(MessageRing toData, Counters counters)
{
    private readonly Queue<RingMessage> _waiting = new();

    /// <summary>Whether decisions wait for room: call <see cref="Retry"/> soon.</summary>
    internal bool IsBlocked => _waiting.Count > 0;

    /// <summary>Passes on a decision, in order with all others.</summary>
    internal void Decide(in RingMessage message)
    {
        Retry();
        if (IsBlocked || !toData.TryWrite(message)) _waiting.Enqueue(message);
    }

    /// <summary>Sends bytes as they are.</summary>
    internal void SendDatagram(ReadOnlySpan<byte> bytes, AddressPair to, Endpoint local)
    {
        var message = new RingMessage(RingMessageKind.SendDatagram) { Pair = to, Local = local };
        if (!toData.TryWrite(message, bytes)) counters.Add(Counter.DropOutboundFull);
    }

    /// <summary>Passes on what waits, as far as there is room.</summary>
    internal void Retry()
    {
        while (_waiting.TryPeek(out RingMessage message) && toData.TryWrite(message)) _waiting.Dequeue();
    }
}
