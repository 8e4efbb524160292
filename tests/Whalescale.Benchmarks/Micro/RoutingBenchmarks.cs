using BenchmarkDotNet.Attributes;
using Whalescale.Benchmarks.DataPath;
using Whalescale.Tun.Routing;

namespace Whalescale.Benchmarks.Micro;

/// <summary>Routes and source filter, over addresses in an order that no branch predictor learns.</summary>
public class RoutingBenchmarks
{
    private const int Batch = 64;
    private const uint Self = 0x0A4D_0001;

    private readonly IpAddress[] _addresses = new IpAddress[Batch];
    private readonly int[] _owners = new int[Batch];
    private readonly InnerPacket[] _packets = new InnerPacket[Batch];
    private RouteTable _routes = RouteTable.Empty;
    private OwnAddresses _own = new([], []);

    /// <summary>Prefixes in the table.</summary>
    [Params(10, 1000)]
    public int Prefixes { get; set; }

    /// <summary>Makes the table, and packets from addresses in it to us.</summary>
    [GlobalSetup]
    public void SetUp()
    {
        IpPrefix[] networks = [.. TestPackets.Networks(Prefixes)];
        _routes = new RouteTable(networks.Select((network, i) => (network, i)));
        _own = new OwnAddresses([IpAddress.FromIPv4(Self)], []);
        byte[] bytes = new byte[40];
        for (int i = 0; i < Batch; i++)
        {
            uint step = (uint)i * 0x9E37_79B1u; // golden ratio: spread over the table
            IpPrefix network = networks[(int)((ulong)step * (ulong)Prefixes >> 32)];
            _addresses[i] = IpAddress.FromIPv4(network.Address.IPv4Bits + (network.Length == 24 ? step & 0x7F : 0));
            _owners[i] = _routes.Lookup(_addresses[i]);
            TestPackets.WriteUdp4(bytes, _addresses[i].IPv4Bits, Self);
            if (!InnerPacket.TryParse(bytes, out _packets[i])) throw new InvalidOperationException("No packet.");
        }
    }

    /// <summary>Who owns an address.</summary>
    [Benchmark(OperationsPerInvoke = Batch)]
    public int LookUp()
    {
        int sum = 0;
        foreach (IpAddress address in _addresses) sum += _routes.Lookup(address);
        return sum;
    }

    /// <summary>Whether a peer may send a packet: four look-ups.</summary>
    [Benchmark(OperationsPerInvoke = Batch)]
    public int SourceFilter()
    {
        int accepted = 0;
        for (int i = 0; i < Batch; i++)
        {
            FilterVerdict verdict = Tun.Routing.SourceFilter.Check(_packets[i], _owners[i], _routes, _own);
            if (verdict == FilterVerdict.Accepted) accepted++;
        }

        return accepted == Batch ? accepted : throw new InvalidOperationException("A packet was refused.");
    }
}
