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

    private readonly byte[] _probe = new byte[Limits.DatagramBytes]; // zero but for the challenge at its beginning

    /// <summary>Bytes of zeroes after a plaintext of this length; never beyond what the path carries.</summary>
    /// <param name="length">Bytes of the plaintext.</param>
    /// <param name="pathMtu">UDP payload of the path.</param>
    internal static int Padding(int length, int pathMtu)
    {
        int padding = -length & (PaddingMultiple - 1);
        int room = pathMtu - TransportHeader.Overhead - length;
        return room < padding ? Math.Max(0, room) : padding;
    }

    /// <summary>Begins to seal packets of one batch for the path's address: packet numbers are reserved, and what is the
    /// same for all of them is looked up, once.</summary>
    /// <param name="peer">The peer.</param>
    /// <param name="packets">How many there will be at most; at least 1.</param>
    /// <param name="now">The instant.</param>
    /// <param name="train">What <see cref="Seal"/> and <see cref="End"/> are called with.</param>
    /// <returns>False, and it is counted, if there is no session.</returns>
    internal bool TryBegin(PeerChannel peer, int packets, Instant now, out SealedTrain train) =>
        TryBegin(peer, packets, peer.Path.Migration.Current, peer.Path.Local, now, out train);

    /// <summary>Seals one plaintext, padding included, behind what is in the batch already.</summary>
    /// <returns>False, and it is counted, if the batch is full or the address has not proved itself and was sent enough.
    /// </returns>
    internal bool Seal(ref SealedTrain train, ReadOnlySpan<byte> plaintext)
    {
        int length = TransportHeader.Overhead + plaintext.Length;
        PathChannel path = train.Peer.Path;
        if (train.IsForPath && !path.TrySpend(length))
        {
            counters.Add(Counter.DropAddressUnproved);
            return false;
        }

        Span<byte> datagram = Outbound.Reserve(length);
        if (datagram.IsEmpty)
        {
            counters.Add(Counter.DropOutboundFull);
            return false;
        }

        train.Keys.Seal(ref train.Numbers, plaintext, datagram);
        Outbound.Add(length, train.To.Remote, train.Local, train.To.Socket);
        train.Bytes += length;
        train.Largest = Math.Max(train.Largest, length);
        return true;
    }

    /// <summary>Keeps the book of what was sealed, packets or parts of them.</summary>
    internal void End(in SealedTrain train, Instant now)
    {
        if (train.Bytes == 0) return;
        NoteSent(train, now);
        MtuDiscovery discovery = train.Peer.Path.Discovery;
        discovery.HandleSent(train.Largest, now);
        schedule(train.Peer, discovery.NextTimeout);
    }

    /// <summary>Seals one plaintext, padding included, for an address of its own.</summary>
    /// <returns>False, and it is counted, if there is no session or no room.</returns>
    internal bool TrySeal(
        PeerChannel peer, ReadOnlySpan<byte> plaintext, AddressPair to, Endpoint local, Instant now)
    {
        if (!TryBegin(peer, 1, to, local, now, out SealedTrain train)) return false;
        bool isSealed = Seal(ref train, plaintext);
        if (isSealed) NoteSent(train, now);
        return isSealed;
    }

    /// <summary>Seals a challenge.</summary>
    internal void SendChallenge(PeerChannel peer, ulong data, AddressPair to, int extraPadding, Instant now)
    {
        Span<byte> plaintext = stackalloc byte[Limits.MinimumPathMtu - TransportHeader.Overhead];
        PathFrames.WriteChallenge(plaintext, data);
        int length = Math.Min(PathFrames.ChallengeSize + extraPadding, plaintext.Length);
        SendFrame(peer, plaintext, length, to, now);
        ExpectAnswer(peer, now);
    }

    /// <summary>Seals a challenge that tests a size; that it stays unanswered says nothing of the peer.</summary>
    /// <param name="peer">The peer.</param>
    /// <param name="data">The challenge's data.</param>
    /// <param name="size">Bytes of the datagram; 0: no more than it needs.</param>
    /// <param name="now">The instant.</param>
    internal void SendProbe(PeerChannel peer, ulong data, int size, Instant now)
    {
        PathChannel path = peer.Path;
        PathFrames.WriteChallenge(_probe, data);
        int length = Math.Max(size, ChallengeDatagramSize) - TransportHeader.Overhead;
        // Alone: a router drops a run that the kernel hands on unsplit as one, and the witness would share the probe's fate.
        Outbound.EndRun();
        TrySeal(peer, _probe.AsSpan(0, length), path.Migration.Current, path.Local, now);
        Outbound.EndRun();
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
        PathChannel path = peer.Path;
        if (TrySeal(peer, default, path.Migration.Current, path.Local, now)) counters.Add(Counter.KeepalivesSent);
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
        TransportHeader.Overhead + PathFrames.ChallengeSize + Padding(PathFrames.ChallengeSize, Limits.MinimumPathMtu);

    /// <summary>Size of the datagram that carries a response.</summary>
    internal static int ResponseDatagramSize =>
        TransportHeader.Overhead + PathFrames.ResponseSize + Padding(PathFrames.ResponseSize, Limits.MinimumPathMtu);

    private bool TryBegin(
        PeerChannel peer, int packets, AddressPair to, Endpoint local, Instant now, out SealedTrain train)
    {
        train = default;
        SessionKeys? keys = peer.Keys.Current;
        if (!peer.Keys.CanSeal(now) || !keys!.TryReserve(peer.Path.Id, packets, out PacketNumbers numbers))
        {
            counters.Add(Counter.DropNoSession, packets);
            return false;
        }

        train = new SealedTrain
        {
            Peer = peer,
            Keys = keys,
            To = to,
            Local = local,
            IsForPath = to == peer.Path.Migration.Current,
            Numbers = numbers,
        };
        return true;
    }

    private void SendFrame(PeerChannel peer, ReadOnlySpan<byte> plaintext, int length, AddressPair to, Instant now)
    {
        // The buffer is zero beyond the frame, so what is taken for padding is padding.
        Endpoint local = to == peer.Path.Migration.Current ? peer.Path.Local : default;
        TrySeal(peer, plaintext[..(length + Padding(length, Limits.MinimumPathMtu))], to, local, now);
    }

    private void NoteSent(in SealedTrain train, Instant now)
    {
        (PeerChannel peer, SessionKeys keys) = (train.Peer, train.Keys);
        peer.Path.TransmittedBytes += train.Bytes;
        peer.LastSent = now;
        peer.UnacknowledgedSince = Instant.Never;
        TimeSpan due = keys.Info.IsInitiator ? rekeyAfter : rekeyAfter + SessionLimits.ResponderPatience;
        if (now - keys.Info.EstablishedAt >= due || keys.IsWorn) wantHandshake(peer, now);
    }
}

/// <summary>Packets of one batch to one peer over one path, on their way through <see cref="SealedSender"/>.</summary>
/// <remarks>Passed by reference, never copied: it holds packet numbers.</remarks>
internal ref struct SealedTrain
{
    internal PeerChannel Peer { get; init; }

    internal SessionKeys Keys { get; init; }

    internal AddressPair To { get; init; }

    internal Endpoint Local { get; init; }

    /// <summary>Whether it goes to the path's own address, not to one under test.</summary>
    internal bool IsForPath { get; init; }

    /// <summary>Bytes of datagrams so far.</summary>
    internal long Bytes;

    /// <summary>Bytes of the largest.</summary>
    internal int Largest;

    internal PacketNumbers Numbers;
}
