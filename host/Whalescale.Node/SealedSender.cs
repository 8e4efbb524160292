using Whalescale.Paths;
using Whalescale.Sessions;
using Whalescale.Types;

namespace Whalescale.Node;

/// <summary>Seals plaintexts into the batch of datagrams to be sent, and keeps the book of what was sent
/// when.</summary>
/// <remarks>Sealed straight into the batch, end to end, so that a run of equal size to one address is the contiguous
/// block that UDP_SEGMENT wants. Data thread only.</remarks>
internal sealed class SealedSender(
    Counters counters, TimeSpan rekeyAfter, Action<PeerChannel, Instant> wantHandshake,
    Action<PeerChannel, Instant> schedule)
{
    private const int PaddingMultiple = 16; // specified: as WireGuard, so that sizes tell less

    /// <summary>Datagrams to be sent; the owner sends them after every call and clears the batch.</summary>
    internal DatagramBatch Outbound { get; } = new(Limits.SendBatch, Limits.DatagramBytes);

    /// <summary>Bytes of zeroes after a plaintext of this length; never beyond what the path carries.</summary>
    internal static int Padding(int length)
    {
        int padding = -length & (PaddingMultiple - 1);
        int room = PathChannel.Mtu - TransportHeader.Overhead - length;
        return room < padding ? Math.Max(0, room) : padding;
    }

    /// <summary>Seals one plaintext, padding included, for the path's address.</summary>
    internal bool TrySeal(PeerChannel peer, ReadOnlySpan<byte> plaintext, Instant now) =>
        TrySeal(peer, plaintext, peer.Path.Migration.Current, peer.Path.Local, now);

    /// <summary>Seals one plaintext, padding included, for an address of its own.</summary>
    /// <returns>False, and it is counted, if there is no session or no room.</returns>
    internal bool TrySeal(
        PeerChannel peer, ReadOnlySpan<byte> plaintext, AddressPair to, Endpoint local, Instant now)
    {
        if (!peer.Keys.CanSeal(now))
        {
            counters.Add(Counter.DropNoSession);
            return false;
        }

        int length = TransportHeader.Overhead + plaintext.Length;
        if (to == peer.Path.Migration.Current && !peer.Path.TrySpend(length))
        {
            counters.Add(Counter.DropAddressUnproved);
            return false;
        }

        Span<byte> datagram = Outbound.Reserve(length);
        SessionKeys keys = peer.Keys.Current!;
        if (datagram.IsEmpty || !keys.TrySeal(peer.Path.Id, plaintext, datagram))
        {
            counters.Add(Counter.DropOutboundFull);
            return false;
        }

        Outbound.Add(length, to.Remote, local, to.Socket);
        peer.Path.TransmittedBytes += length;
        NoteSent(peer, keys, now);
        return true;
    }

    /// <summary>Seals a challenge.</summary>
    internal void SendChallenge(PeerChannel peer, ulong data, AddressPair to, int extraPadding, Instant now)
    {
        Span<byte> plaintext = stackalloc byte[Limits.MinimumPathMtu];
        PathFrames.WriteChallenge(plaintext, data);
        int length = Math.Min(PathFrames.ChallengeSize + extraPadding, plaintext.Length - PaddingMultiple);
        SendFrame(peer, plaintext, length, to, now);
        ExpectAnswer(peer, now);
    }

    /// <summary>Seals a response.</summary>
    internal void SendResponse(PeerChannel peer, ulong data, AddressPair to, Instant now)
    {
        Span<byte> plaintext = stackalloc byte[PathFrames.ResponseSize + PaddingMultiple];
        PathFrames.WriteResponse(plaintext, data, to.Remote);
        SendFrame(peer, plaintext, PathFrames.ResponseSize, to, now);
    }

    /// <summary>Seals a keepalive: nothing at all.</summary>
    internal void SendKeepalive(PeerChannel peer, Instant now)
    {
        if (TrySeal(peer, default, now)) counters.Add(Counter.KeepalivesSent);
    }

    /// <summary>Seals a farewell.</summary>
    internal void SendClose(PeerChannel peer, CloseReason reason, Instant now)
    {
        Span<byte> plaintext = stackalloc byte[PaddingMultiple];
        PathFrames.WriteClose(plaintext, reason);
        SendFrame(peer, plaintext, PathFrames.CloseSize, peer.Path.Migration.Current, now);
    }

    /// <summary>Notes that something was sent which a live peer answers, be it by a keepalive.</summary>
    internal void ExpectAnswer(PeerChannel peer, Instant now)
    {
        if (peer.UnansweredSince != Instant.Never) return;
        peer.UnansweredSince = now;
        schedule(peer, now + SessionLimits.NoAnswer);
    }

    /// <summary>Size of the datagram that carries a challenge.</summary>
    internal static int ChallengeDatagramSize =>
        TransportHeader.Overhead + PathFrames.ChallengeSize + Padding(PathFrames.ChallengeSize);

    /// <summary>Size of the datagram that carries a response.</summary>
    internal static int ResponseDatagramSize =>
        TransportHeader.Overhead + PathFrames.ResponseSize + Padding(PathFrames.ResponseSize);

    private void SendFrame(PeerChannel peer, ReadOnlySpan<byte> plaintext, int length, AddressPair to, Instant now)
    {
        // The buffer is zero beyond the frame, so what is taken for padding is padding.
        Endpoint local = to == peer.Path.Migration.Current ? peer.Path.Local : default;
        TrySeal(peer, plaintext[..(length + Padding(length))], to, local, now);
    }

    private void NoteSent(PeerChannel peer, SessionKeys keys, Instant now)
    {
        peer.LastSent = now;
        peer.UnacknowledgedSince = Instant.Never;
        TimeSpan due = keys.Info.IsInitiator ? rekeyAfter : rekeyAfter + SessionLimits.ResponderPatience;
        if (now - keys.Info.EstablishedAt >= due || keys.IsWorn) wantHandshake(peer, now);
    }
}
