using System.Net.NetworkInformation;
using Whalescale.Agent.Configuration;
using Whalescale.Agent.Loops;
using Whalescale.Benchmarks.Harness;
using Whalescale.Crypto;
using Whalescale.Multipath.Schedulers;
using Whalescale.Node;
using Whalescale.Paths;
using Whalescale.Sessions;
using Whalescale.Transport;
using Whalescale.Tun.Devices;
using Whalescale.Tun.Routing;

namespace Whalescale.Benchmarks.DataPath;

/// <summary>
/// The agent's device, sockets, data half and data thread, and nothing else of it: no control half, no handshake, and
/// packets are copied instead of sealed. What it carries is the limit that no cipher, however quick, lets the agent
/// pass. Runs in a process of its own: <c>forwarder alpha</c> or <c>forwarder beta</c>, in the namespace of a
/// <see cref="Testbed"/>.
/// </summary>
internal sealed class Forwarder : IDisposable
{
    /// <summary>First word of the command line.</summary>
    internal const string Command = "forwarder";

    private const ushort Port = 51900;
    private const string DeviceName = "limit0";

    // No control half is there that could replace the keys: they are new for as long as anything can last.
    private static readonly TimeSpan Ahead = TimeSpan.FromDays(1);

    private readonly MessageRing _toData = new(), _toControl = new();
    private readonly AgentClock _clock = new(new BootTimeProvider());
    private readonly IWaiter _waiter = Waiters.Create();
    private readonly ITunDevice _tun;
    private readonly SocketSet _sockets;
    private readonly DataPlane _plane;
    private readonly DataLoop _loop;
    private readonly byte[] _message = new byte[Types.Limits.RingMessageBytes];

    private Forwarder(bool isAlpha, Action<Exception> failed)
    {
        End alpha = End.Alpha, beta = End.Beta;
        var (own, peer) = isAlpha ? (alpha, beta) : (beta, alpha);
        int mtu = new TunOptions().Mtu;
        _tun = new LinuxTunFactory().Open(DeviceName, mtu);
        _tun.Configure(new TunConfiguration([new IpPrefix(own.Overlay, 16)], [IpPrefix.Host(peer.Overlay)], mtu));
        _sockets = new SocketSet(Port, portable: false, _waiter);
        ushort socket = _sockets.Add(
            Testbed.Device,
            NetworkInterface.GetAllNetworkInterfaces().Single(one => one.Name == Testbed.Device)
                .GetIPProperties().GetIPv4Properties().Index);

        var addresses = new OwnAddresses([own.Overlay], []);
        _plane = new DataPlane(
            new ForwardingTable(RouteTable.Empty, addresses, []), SystemRandom.Instance, _toData, _toControl, Ahead);
        var channel = new PeerChannel(0, own.Id, peer.Id, new EarliestDelivery(), SystemRandom.Instance);
        Tell(new(RingMessageKind.UseTable)
        {
            Payload = new ForwardingTable(
                new RouteTable([(IpPrefix.Host(peer.Overlay), 0)]), addresses, [channel]),
        });
        Instant established = _clock.Now() + Ahead;
        Tell(new(RingMessageKind.InstallKeys)
        {
            Peer = 0,
            Payload = SessionKeys.WithoutSealing(new SessionKeysInfo(
                CipherSuite.ChaChaPolyBlake2s, IsInitiator: isAlpha, LocalIndex: own.Index, RemoteIndex: peer.Index,
                established, established)),
            Pair = new AddressPair(socket, new Endpoint(peer.Underlay, Port)),
            Local = new Endpoint(own.Underlay, Port),
        });
        _loop = new DataLoop(_plane, _tun, _sockets, _waiter, _clock, _toControl, Discard, failed);
    }

    /// <summary>Forwards until a signal comes.</summary>
    /// <param name="words">The command line behind "forwarder".</param>
    /// <returns>0 after a signal; 1 if the thread has failed; 2 for wrong words.</returns>
    internal static int Run(ReadOnlySpan<string> words)
    {
        if (words is not ["alpha" or "beta"])
        {
            Console.Error.WriteLine("bench: forwarder takes alpha or beta; datapath starts it.");
            return 2;
        }

        using var interruption = new Interruption();
        using var ended = new ManualResetEvent(false);
        Exception? fault = null;
        using var forwarder = new Forwarder(words[0] == "alpha", thrown =>
        {
            fault = thrown;
            ended.Set();
        });
        forwarder._loop.Start();
        WaitHandle.WaitAny([interruption.Token.WaitHandle, ended]);
        if (fault is null) return 0;
        Console.Error.WriteLine($"bench: {fault}");
        return 1;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _loop.Dispose();
        _plane.Dispose();
        _sockets.Dispose();
        _tun.Dispose();
        _waiter.Dispose();
    }

    private void Tell(in RingMessage message)
    {
        if (!_toData.TryWrite(message)) throw new InvalidOperationException("The ring is full.");
    }

    // Called by the data thread. What it tells is for a control half, which is not there.
    private void Discard()
    {
        while (_toControl.TryRead(out _, _message))
        {
            // The next one.
        }
    }

    /// <summary>What one end is called, and where.</summary>
    private sealed record End(uint Index, NodeId Id, IpAddress Underlay, IpAddress Overlay)
    {
        internal static End Alpha { get; } = new(1, NewId(), Parse(Testbed.AlphaUnderlay), Parse(Testbed.AlphaOverlay));

        internal static End Beta { get; } = new(2, NewId(), Parse(Testbed.BetaUnderlay), Parse(Testbed.BetaOverlay));

        // Each process has others: without a handshake nobody asks.
        private static NodeId NewId()
        {
            using Identity identity = Identity.Generate(SystemRandom.Instance);
            return identity.NodeId;
        }

        private static IpAddress Parse(string text) =>
            IpAddress.TryParse(text, out IpAddress address) ? address : throw new FormatException(text);
    }
}
