using Whalescale.Paths;

namespace Whalescale.Node;

/// <summary>One path to a peer, as the data half uses it.</summary>
/// <remarks>Data thread only.</remarks>
public sealed class PathChannel
{
    private const int AmplificationFactor = 3; // specified: RFC 9000, section 8

    private readonly PathValidator _proof;
    private long _allowanceBytes;
    private (AddressPair Pair, int LinkMtu) _searched;
    private (int Mtu, bool IsSettled) _noted;

    /// <summary>A path that leads nowhere yet.</summary>
    /// <param name="id">Number of the path.</param>
    /// <param name="random">Its stream of chance.</param>
    public PathChannel(PathId id, RandomSource random)
    {
        Id = id;
        _proof = new PathValidator(random.Fork("proof"));
        Migration = new EndpointMigration(random);
        Discovery = new MtuDiscovery(random.Fork("mtu"), Rtt);
    }

    /// <summary>Number of the path.</summary>
    public PathId Id { get; }

    /// <summary>Where it leads, and whether it is about to move.</summary>
    public EndpointMigration Migration { get; }

    /// <summary>Own address that the peer last sent to, so that answers leave from it; none: the kernel
    /// chooses.</summary>
    public Endpoint Local { get; private set; }

    /// <summary>Round-trip time.</summary>
    public RttEstimator Rtt { get; } = new();

    /// <summary>When a genuine packet last came in on it.</summary>
    public Instant LastHeard { get; set; }

    /// <summary>Own address as the peer sees it; none until it told.</summary>
    public Endpoint Observed { get; set; }

    public long TransmittedBytes { get; set; }

    public long ReceivedBytes { get; private set; }

    /// <summary>Whether the peer has shown that it is reached there: by a response of its own, or to a
    /// challenge.</summary>
    /// <remarks>An initiation shows who wrote it, not where it was sent from. Until its address has proved itself, at
    /// most three times the bytes that came from it go there.</remarks>
    public bool IsProved { get; private set; }

    /// <summary>When <see cref="HandleTimeout"/> is due.</summary>
    public Instant NextTimeout =>
        Instant.Min(Discovery.NextTimeout, Instant.Min(_proof.NextTimeout, Migration.NextTimeout));

    /// <summary>Whether it leads anywhere yet.</summary>
    public bool IsSet => !Migration.Current.Remote.IsNone;

    /// <summary>Finds out what it carries.</summary>
    public MtuDiscovery Discovery { get; }

    /// <summary>Largest UDP payload that has been found to get through, in bytes.</summary>
    public int Mtu => Discovery.Current;

    /// <summary>Bytes of the largest overlay packet that fits one datagram.</summary>
    public int LargestPacket => TunMtu.OfPath(Discovery.Current);

    /// <summary>Bytes of the largest overlay packet to be offered to TCP for the life of a connection: while a search is
    /// under way, what it will most likely find at least.</summary>
    public int LargestOffer =>
        Discovery.IsSettled ? LargestPacket : Math.Max(LargestPacket, TunMtu.Initial);

    /// <summary>Leads it to an address that has proved itself; the round-trip time of elsewhere is forgotten.</summary>
    public void Set(AddressPair pair, Endpoint local)
    {
        Lead(pair, local);
        MarkProved();
    }

    /// <summary>Leads it to where an initiation came from.</summary>
    /// <param name="pair">The address.</param>
    /// <param name="local">Own address it was sent to.</param>
    /// <param name="receivedBytes">Bytes that came from there, less those that were sent there already.</param>
    public void SetUnproved(AddressPair pair, Endpoint local, int receivedBytes)
    {
        Lead(pair, local);
        Discovery.Stop();
        _searched = default;
        _proof.Stop();
        (IsProved, _allowanceBytes) = (false, (long)AmplificationFactor * receivedBytes);
    }

    /// <summary>Sends by another socket to the same address.</summary>
    public void UseSocket(ushort socket) => Lead(Migration.Current with { Socket = socket }, default);

    /// <summary>Counts a genuine datagram.</summary>
    public void NoteReceived(AddressPair from, int length)
    {
        ReceivedBytes += length;
        if (!IsProved && from == Migration.Current) _allowanceBytes += (long)AmplificationFactor * length;
    }

    /// <summary>Whether a datagram of this length may go to the path's address; takes it off the allowance.</summary>
    public bool TrySpend(int length)
    {
        if (IsProved) return true;
        if (_allowanceBytes < length) return false;
        _allowanceBytes -= length;
        return true;
    }

    /// <summary>Searches for the MTU if its address has proved itself and no search was begun for it over such a
    /// link.</summary>
    public void SearchMtu(int linkMtu, Instant now)
    {
        if (!IsProved || _searched == (Migration.Current, linkMtu)) return;
        _searched = (Migration.Current, linkMtu);
        Discovery.Begin(linkMtu, Migration.Current.Remote.Address.IsIPv4, now);
    }

    /// <summary>Whether the MTU is another than at the call before, or has settled since.</summary>
    public bool NoteMtu()
    {
        (int, bool) found = (Discovery.Current, Discovery.IsSettled);
        if (_noted == found) return false;
        _noted = found;
        return true;
    }

    /// <summary>Begins to challenge the address unless it has proved itself or is being challenged.</summary>
    public void Prove(Instant now)
    {
        if (!IsProved && _proof.State != ValidationState.Validating) _proof.Start(now);
    }

    /// <summary>The challenge to send to the path's address, if one is due.</summary>
    public bool TryTakeProofChallenge(out ulong data) => _proof.TryTakeChallenge(out data);

    /// <summary>Takes the data of a path response.</summary>
    /// <returns>Whether it proves the path's address.</returns>
    public bool HandleProof(ulong data, Instant now, out TimeSpan roundTrip)
    {
        if (!_proof.HandleResponse(data, now, out roundTrip)) return false;
        MarkProved();
        return true;
    }

    /// <summary>Repeats challenges; moves if that is decided.</summary>
    /// <returns>Whether the path leads elsewhere now.</returns>
    public bool HandleTimeout(Instant now)
    {
        _proof.HandleTimeout(now);
        if (!Migration.HandleTimeout(now)) return false;
        Rtt.Reset();
        ForgetLocal();
        MarkProved();
        return true;
    }

    /// <summary>Tells that the address has answered.</summary>
    public void MarkProved()
    {
        IsProved = true;
        _proof.Stop();
    }

    /// <summary>Remembers the own address a genuine packet was sent to.</summary>
    public void NoteLocal(AddressPair from, Endpoint local)
    {
        if (from == Migration.Current) Local = local;
    }

    /// <summary>Lets the kernel choose the own address: the one in use may be gone.</summary>
    public void ForgetLocal() => Local = default;

    /// <summary>The path as schedulers see it.</summary>
    public PathView View(Instant now) => new()
    {
        Id = Id,
        State = PathState.Active,
        Mtu = (ushort)Mtu,
        NextFree = now,
        SmoothedRttNanoseconds = Rtt.Smoothed.Ticks * 100,
        RttVarianceNanoseconds = Rtt.Variance.Ticks * 100,
        MinimumRttNanoseconds = Rtt.Minimum.Ticks * 100,
        LastHeard = LastHeard,
    };

    private void Lead(AddressPair pair, Endpoint local)
    {
        if (pair != Migration.Current) Rtt.Reset();
        Migration.Set(pair);
        Local = local;
    }
}
