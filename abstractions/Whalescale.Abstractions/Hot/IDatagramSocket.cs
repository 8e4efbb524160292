namespace Whalescale.Abstractions;

/// <summary>A UDP socket of one underlay, used by one thread.</summary>
public interface IDatagramSocket : IDisposable
{
    /// <summary>The bound address and port.</summary>
    Endpoint LocalEndpoint { get; }

    /// <summary>What becomes ready when a datagram can be received: a file descriptor on Unix, a socket handle on
    /// Windows.</summary>
    nint ReadyHandle { get; }

    /// <summary>What was lost here since the socket was opened.</summary>
    DatagramSocketDrops Drops { get; }

    /// <summary>Receives into the batch's free slots until no datagram is left or the batch is full; never
    /// blocks.</summary>
    /// <param name="batch">Where to; each datagram is marked with <paramref name="number"/>.</param>
    /// <param name="number">The socket's number in its set.</param>
    /// <returns>Slots filled.</returns>
    int Receive(DatagramBatch batch, ushort number);

    /// <summary>Sends <paramref name="count"/> datagrams from <paramref name="first"/> on, in order.</summary>
    /// <remarks>A datagram the kernel refuses is skipped and the rest is still sent; a full socket buffer ends the
    /// call.</remarks>
    DatagramSendResult Send(DatagramBatch batch, int first, int count);
}

/// <summary>Datagrams that arrived at a socket and were not received.</summary>
/// <param name="Truncated">Longer than the slot they were received into.</param>
/// <param name="BufferFull">Refused by the kernel, because the socket's buffer was full; where it tells.</param>
public readonly record struct DatagramSocketDrops(long Truncated, long BufferFull);

/// <summary>What became of a run of datagrams.</summary>
/// <param name="Sent">Datagrams the kernel took.</param>
/// <param name="Refused">Datagrams it refused for good: unreachable, too big, no such address.</param>
/// <param name="Postponed">Datagrams at the end that did not fit the socket buffer; the caller may send them
/// again.</param>
/// <param name="FirstError">Reason of the first refusal.</param>
public readonly record struct DatagramSendResult(int Sent, int Refused, int Postponed, DatagramError FirstError);

/// <summary>Why a datagram was refused.</summary>
public enum DatagramError : byte
{
    /// <summary>It was not.</summary>
    None,

    /// <summary>No route, network or host unreachable, network down.</summary>
    Unreachable,

    /// <summary>Larger than the path's known MTU.</summary>
    TooBig,

    /// <summary>The own address asked for is not there any more.</summary>
    NoSuchLocalAddress,

    /// <summary>Refused by policy (firewall) or by the far host.</summary>
    Refused,

    /// <summary>Anything else.</summary>
    Other,
}
