using Whalescale.Types;

namespace Whalescale.Node;

/// <summary>Sends packet frames that are larger than their path carries, in parts.</summary>
/// <remarks>It copies each part once: paths are settled most of the time, and then nearly nothing comes here. Data thread
/// only.</remarks>
internal sealed class Fragmenter(SealedSender sender, Counters counters)
{
    private readonly byte[] _plaintext = new byte[Limits.DatagramBytes];

    /// <summary>Seals a frame in parts.</summary>
    /// <returns>False, and it is counted, if it is too large for that too, or not all parts could be sealed.</returns>
    internal bool TrySend(PeerChannel peer, ReadOnlySpan<byte> frame, Instant now)
    {
        if (frame.Length > FragmentFrame.LargestTotal)
        {
            counters.Add(Counter.DropTooBig);
            return false;
        }

        int mtu = peer.Path.Mtu, room = mtu - TransportHeader.Overhead;
        int size = FragmentFrame.PartSize(frame.Length, room);
        int parts = (frame.Length + size - 1) / size;
        if (!sender.TryBegin(peer, parts, now, out SealedTrain train)) return false;
        bool isWhole = true;
        uint id = peer.NextFragmentId++;
        for (int offset = 0; offset < frame.Length; offset += size)
        {
            ReadOnlySpan<byte> part = frame.Slice(offset, Math.Min(size, frame.Length - offset));
            int length = FragmentFrame.Header + part.Length;
            Span<byte> plaintext = _plaintext.AsSpan(0, length + SealedSender.Padding(length, mtu));
            new FragmentFrame(id, offset, frame.Length).Write(plaintext, part.Length);
            part.CopyTo(plaintext[FragmentFrame.Header..]);
            plaintext[length..].Clear();
            isWhole &= sender.Seal(ref train, plaintext);
        }

        sender.End(train, now);
        counters.Add(Counter.FragmentsSent, parts);
        return isWhole;
    }
}
