namespace Whalescale.Integration.Lab;

/// <summary>Pings of a whole namespace, in both families, as its kernel counts them. It misses none, while `ping` goes
/// after twice the longest time so far, or after its interval if its packets have no room for a time.</summary>
/// <param name="Requests">Sent.</param>
/// <param name="Replies">Received, undamaged.</param>
internal readonly record struct EchoCounters(long Requests, long Replies)
{
    /// <summary>Reads both counters.</summary>
    public static EchoCounters Of(NetworkNamespace host)
    {
        IReadOnlyDictionary<string, long> values = KernelCounters.Of(host);
        return new EchoCounters(
            values["Icmp:OutEchos"] + values["Icmp6OutEchos"],
            values["Icmp:InEchoReps"] + values["Icmp6InEchoReplies"]);
    }

    public static EchoCounters operator -(EchoCounters later, EchoCounters earlier) =>
        new(later.Requests - earlier.Requests, later.Replies - earlier.Replies);
}
