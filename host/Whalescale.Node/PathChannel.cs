using Whalescale.Paths;
using Whalescale.Types;

namespace Whalescale.Node;

/// <summary>One path to a peer, as the data half uses it.</summary>
/// <remarks>Data thread only.</remarks>
public sealed class PathChannel(PathId id, RandomSource random)
{
    private const int AmplificationFactor = 3; // specified: RFC 9000, section 8

    private readonly PathValidator _proof = new(random.Fork("proof"));
    private long _allowanceBytes;

    /// <summary>Number of the path.</summary>
    public PathId Id => id;

    /// <summary>Where it leads, and whether it is about to move.</summary>
    public EndpointMigration Migration { get; } = new(random);

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
    public Instant NextTimeout => Instant.Min(_proof.NextTimeout, Migration.NextTimeout);

    /// <summary>Whether it leads anywhere yet.</summary>
    public bool IsSet => !Migration.Current.Remote.IsNone;

    /// <summary>Largest UDP payload.</summary>
    public static int Mtu => Limits.InitialPathMtu;

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
        Id = id,
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
