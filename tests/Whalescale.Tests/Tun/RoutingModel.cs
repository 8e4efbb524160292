using Whalescale.Tun.Routing;

namespace Whalescale.Tests.Tun;

/// <summary>Random prefixes and addresses that meet often, and answers found by looking at every prefix in
/// turn.</summary>
internal sealed class RoutingModel(int seed)
{
    private readonly Random _random = new(seed);

    internal Random Random => _random;

    internal List<(IpPrefix Prefix, int Owner)> Entries(int count)
    {
        var owners = new Dictionary<IpPrefix, int>();
        while (owners.Count < count)
        {
            IpAddress address = Address();
            int length = _random.Next(10) == 0 ? _random.Next(9) : _random.Next(address.BitLength + 1);
            owners.TryAdd(new IpPrefix(address, length).Network, _random.Next(count));
        }

        return [.. owners.Select(entry => (entry.Key, entry.Value))];
    }

    /// <summary>Few distinct bytes, so that long prefixes share long beginnings; both families.</summary>
    internal IpAddress Address()
    {
        byte[] bytes = new byte[_random.Next(2) == 0 ? 4 : 16];
        for (int i = 0; i < bytes.Length; i++) bytes[i] = (byte)(_random.Next(3) * 85);
        if (_random.Next(4) == 0) _random.NextBytes(bytes);
        return IpAddress.Read(bytes);
    }

    /// <summary>Inside a known prefix or next to one: where an off-by-one would show.</summary>
    internal IpAddress AddressNear(IReadOnlyList<(IpPrefix Prefix, int Owner)> entries)
    {
        if (entries.Count == 0 || _random.Next(4) == 0) return Address();
        IpPrefix prefix = entries[_random.Next(entries.Count)].Prefix;
        UInt128 first = new(prefix.Address.High, prefix.Address.Low);
        UInt128 size = prefix.LengthOver128 == 0 ? 0 : UInt128.One << (128 - prefix.LengthOver128);
        UInt128 value = _random.Next(4) switch { 0 => first, 1 => first - 1, 2 => first + size - 1, _ => first + size };
        return new IpAddress((ulong)(value >> 64), (ulong)value);
    }

    internal static (int Owner, int Length) LinearScan(
        IReadOnlyList<(IpPrefix Prefix, int Owner)> entries, IpAddress address)
    {
        (int Owner, int Length) best = (RouteTable.NoOwner, -1);
        foreach ((IpPrefix prefix, int owner) in entries)
        {
            if (prefix.Length > best.Length && prefix.Contains(address)) best = (owner, prefix.Length);
        }

        return best;
    }
}
