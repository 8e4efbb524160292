namespace Whalescale.Node;

/// <summary>What is counted. The name of a member, in snake case, is the name an operator sees.</summary>
public enum Counter
{
    DatagramsReceived,
    DatagramsSent,
    DatagramBytesReceived,
    DatagramBytesSent,
    PacketsFromTun,
    PacketsToTun,
    KeepalivesReceived,
    KeepalivesSent,
    FragmentsReceived,
    FragmentsSent,
    TooBigAnswered,
    MtuBlackHoles,

    // ---- handshakes
    InitiationsSent,
    InitiationsReceived,
    ResponsesSent,
    ResponsesReceived,
    ResponsesRepeated,
    CookieRepliesSent,
    CookieRepliesReceived,
    SessionsEstablished,

    // ---- dropped on the way in, in the order of the checks
    DropSocketBufferFull,
    DropDatagramTooLong,
    DropDatagramMalformed,
    DropInboxFull,
    DropHandshakeMac1,
    DropHandshakeRateLimited,
    DropHandshakeUnknownPeer,
    DropHandshakeInvalid,
    DropHandshakeOldTimestamp,
    DropHandshakeUnknownIndex,
    DropHandshakeTooMany,
    DropCookieInvalid,
    DropUnknownIndex,
    DropSuiteMismatch,
    DropStrangerRateLimited,
    DropExpiredKeys,
    DropTooManyPaths,
    DropReplay,
    DropForged,
    DropFrameMalformed,
    DropReassembly,
    DropInnerMalformed,
    DropInnerSource,
    DropInnerDestination,
    DropInboundFull,

    // ---- dropped on the way out
    DropNoRoute,
    DropOutboundMalformed,
    DropNoSession,
    DropAddressUnproved,
    DropScheduler,
    DropTooBig,
    DropOutboundFull,
    DropSendRefused,
    DropSendPostponed,
    DropTunRefused,
    SchedulerFaults,
}

/// <summary>Counters with one writing thread; any thread may read.</summary>
public sealed class Counters
{
    private static readonly string[] Names = Array.ConvertAll(Enum.GetNames<Counter>(), ToSnakeCase);

    private readonly long[] _values = new long[Names.Length];

    public long this[Counter counter] => Volatile.Read(ref _values[(int)counter]);

    public void Add(Counter counter, long amount = 1) => _values[(int)counter] += amount;

    /// <summary>All values under their names, the sum of two writers', sorted by name.</summary>
    public static IReadOnlyList<KeyValuePair<string, long>> Sum(Counters first, Counters second)
    {
        var sums = new KeyValuePair<string, long>[Names.Length];
        for (int i = 0; i < Names.Length; i++)
            sums[i] = new(Names[i], Volatile.Read(ref first._values[i]) + Volatile.Read(ref second._values[i]));
        Array.Sort(sums, static (a, b) => string.CompareOrdinal(a.Key, b.Key));
        return sums;
    }

    private static string ToSnakeCase(string name)
    {
        var text = new System.Text.StringBuilder(name.Length + 8);
        foreach (char character in name)
        {
            if (char.IsAsciiLetterUpper(character) && text.Length > 0) text.Append('_');
            text.Append(char.ToLowerInvariant(character));
        }

        return text.ToString();
    }
}
