namespace Whalescale.Tun.Routing;

/// <summary>Overlay prefixes and their owners: the longest prefix that holds an address decides. Immutable.</summary>
/// <remarks>
/// Prefixes nest or are disjoint, never cross. So a table of them cuts the address space into at most 2n + 1 ranges
/// with one answer each, and a lookup is a binary search over the starts of those ranges: two flat arrays per family,
/// no pointers to follow, no allocation, the same few steps whatever the prefixes look like (7 for 60 prefixes,
/// 14 for 8000). Safe to share between threads.
/// </remarks>
public sealed class RouteTable
{
    /// <summary>What <see cref="Lookup(IpAddress)"/> answers for an address that nobody owns.</summary>
    public const int NoOwner = -1;

    private readonly uint[] _starts4;
    private readonly Range[] _ranges4;
    private readonly UInt128[] _starts6;
    private readonly Range[] _ranges6;

    /// <summary>Builds a table.</summary>
    /// <param name="entries">Prefixes, host bits ignored, each with its owner (0 or more).</param>
    /// <exception cref="ArgumentException">Two owners claim one prefix; <see cref="TryBuild"/> names all
    /// such.</exception>
    public RouteTable(IEnumerable<(IpPrefix Prefix, int Owner)> entries)
        : this(Collect(entries, out List<RouteConflict> conflicts))
    {
        if (conflicts.Count == 0) return;
        RouteConflict first = conflicts[0];
        throw new ArgumentException(
            $"{first.Prefix} belongs to both {first.FirstOwner} and {first.SecondOwner}.", nameof(entries));
    }

    private RouteTable(Dictionary<IpPrefix, int> owners)
    {
        Count = owners.Count;
        (UInt128[] starts4, _ranges4) = Flatten(owners, isIPv4: true);
        _starts4 = Array.ConvertAll(starts4, start => (uint)start);
        (_starts6, _ranges6) = Flatten(owners, isIPv4: false);
    }

    /// <summary>The table in which nobody owns anything.</summary>
    public static RouteTable Empty { get; } = new(new Dictionary<IpPrefix, int>());

    /// <summary>Prefixes in the table.</summary>
    public int Count { get; }

    /// <summary>Builds a table, or tells every prefix that more than one owner claims.</summary>
    /// <returns>False, and an empty table, if there are conflicts.</returns>
    public static bool TryBuild(
        IEnumerable<(IpPrefix Prefix, int Owner)> entries,
        out RouteTable table,
        out IReadOnlyList<RouteConflict> conflicts)
    {
        Dictionary<IpPrefix, int> owners = Collect(entries, out List<RouteConflict> found);
        conflicts = found;
        table = found.Count == 0 ? new RouteTable(owners) : Empty;
        return found.Count == 0;
    }

    /// <summary>The owner of the longest prefix that holds the address, or <see cref="NoOwner"/>.</summary>
    public int Lookup(IpAddress address) => Find(address).Owner;

    /// <summary>As <see cref="Lookup(IpAddress)"/>, with the length of the prefix that decided.</summary>
    /// <param name="address">The address.</param>
    /// <param name="prefixLength">0 to 32 or 0 to 128; -1 if nobody owns the address.</param>
    public int Lookup(IpAddress address, out int prefixLength)
    {
        Range range = Find(address);
        prefixLength = range.Length;
        return range.Owner;
    }

    private Range Find(IpAddress address) => address.IsIPv4
        ? _ranges4[LastNotAbove(_starts4, address.IPv4Bits)]
        : _ranges6[LastNotAbove(_starts6, new UInt128(address.High, address.Low))];

    /// <summary>Index of the last start that is not above the value; the first start is 0, so there is one.</summary>
    private static int LastNotAbove<T>(T[] starts, T value)
        where T : struct, System.Numerics.IComparisonOperators<T, T, bool>
    {
        // Halving by length rather than by bounds: the compiler makes a conditional move of it, and no branch is
        // guessed.
        int low = 0;
        for (int length = starts.Length; length > 1;)
        {
            int half = length >> 1;
            low = starts[low + half] <= value ? low + half : low;
            length -= half;
        }

        return low;
    }

    private static Dictionary<IpPrefix, int> Collect(
        IEnumerable<(IpPrefix Prefix, int Owner)> entries, out List<RouteConflict> conflicts)
    {
        conflicts = [];
        var owners = new Dictionary<IpPrefix, int>();
        foreach ((IpPrefix prefix, int owner) in entries)
        {
            ArgumentOutOfRangeException.ThrowIfNegative(owner);
            IpPrefix network = prefix.Network;
            if (!owners.TryAdd(network, owner) && owners[network] != owner)
                conflicts.Add(new RouteConflict(network, owners[network], owner));
        }

        return owners;
    }

    /// <summary>Cuts the space of one family into ranges, outer prefixes before inner ones.</summary>
    private static (UInt128[] Starts, Range[] Ranges) Flatten(Dictionary<IpPrefix, int> owners, bool isIPv4)
    {
        UInt128 lastAddress = isIPv4 ? uint.MaxValue : UInt128.MaxValue;
        int bits = isIPv4 ? 32 : 128;
        var starts = new List<UInt128> { 0 };
        var ranges = new List<Range> { Range.Nobody };
        var open = new Stack<(UInt128 Last, Range Range)>([(lastAddress, Range.Nobody)]);

        foreach ((IpPrefix prefix, int owner) in owners
            .Where(entry => entry.Key.Address.IsIPv4 == isIPv4)
            .OrderBy(entry => entry.Key.Address).ThenBy(entry => entry.Key.Length))
        {
            UInt128 first = isIPv4 ? prefix.Address.IPv4Bits : new UInt128(prefix.Address.High, prefix.Address.Low);
            CloseBefore(first);
            UInt128 last = prefix.Length == 0 ? lastAddress : first + ((UInt128.One << (bits - prefix.Length)) - 1);
            var range = new Range(owner, prefix.Length);
            open.Push((last, range));
            Begin(first, range);
        }

        CloseBefore(lastAddress);
        return ([.. starts], [.. ranges]);

        void CloseBefore(UInt128 address)
        {
            while (open.Peek().Last < address)
            {
                UInt128 next = open.Pop().Last + 1;
                Begin(next, open.Peek().Range);
            }
        }

        void Begin(UInt128 first, Range range)
        {
            if (starts[^1] == first)
                ranges[^1] = range;
            if (starts[^1] == first || ranges[^1] == range) return;
            starts.Add(first);
            ranges.Add(range);
        }
    }

    private readonly record struct Range(int Owner, int Length)
    {
        public static Range Nobody => new(NoOwner, -1);
    }
}
