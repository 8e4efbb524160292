using Whalescale.Integration.Lab;
using Whalescale.Transport;

namespace Whalescale.Integration.Devices;

/// <summary>What a loopback interface cannot show of the sockets: no route, an interface that is slow, one that is
/// gone.
/// </summary>
public sealed class UdpSocketTests
{
    [RootFact]
    public void Without_a_route_a_datagram_is_unreachable()
    {
        using var network = new NetworkNamespace("host");
        foreach (bool portable in new[] { false, true })
        {
            using IDatagramSocket socket = network.Inside(() => UdpSockets.Open(null, 0, 0, portable));
            foreach (string address in new[] { "203.0.113.7", "2001:db8::7" })
            {
                using DatagramBatch batch = Batch(3, 100, address);

                DatagramSendResult result = socket.Send(batch, 0, 3);

                Assert.Equal(new DatagramSendResult(0, 3, 0, DatagramError.Unreachable), result);
            }
        }
    }

    [RootFact]
    public void A_full_socket_buffer_postpones_the_rest_until_the_socket_is_writable()
    {
        using var network = new NetworkNamespace("host");
        Connect(network);
        network.Run(
            "tc", "qdisc", "add", "dev", "a0", "root", "tbf", "rate", "200mbit", "burst", "70k", "limit", "100m");
        using IWaiter waiter = Waiters.Create();
        foreach (bool portable in new[] { false, true })
        {
            using IDatagramSocket socket = network.Inside(() => UdpSockets.Open("a0", 0, 0, portable));
            using DatagramBatch batch = Batch(200, 1200, "192.0.2.2");
            DatagramSendResult result = default;

            for (int i = 0; i < 1000 && result.Postponed == 0; i++) result = socket.Send(batch, 0, 200);

            Assert.True(result.Postponed > 0, result.ToString());
            Assert.Equal(200, result.Sent + result.Postponed);
            Assert.True(waiter.WaitWritable(socket.ReadyHandle, TimeSpan.FromSeconds(10)));
            Assert.True(socket.Send(batch, 200 - result.Postponed, result.Postponed).Sent > 0);
        }
    }

    [RootFact]
    public void Segmented_runs_cross_a_device_and_arrive_one_by_one()
    {
        using NetworkNamespace here = new("here"), there = new("there");
        here.Configure($"link add a0 type veth peer name b0 netns {there.Name}");
        Address(here, "a0", "192.0.2.1/24");
        Address(there, "b0", "192.0.2.2/24");
        using IDatagramSocket sender = here.Inside(() => UdpSockets.Open("a0", 0, 0, portable: false));
        using IDatagramSocket receiver = there.Inside(() => UdpSockets.Open("b0", 0, 51900, portable: false));
        using DatagramBatch batch = Batch(150, 1200, "192.0.2.2", port: 51900);
        using var received = new DatagramBatch(200, 2048);
        using IWaiter waiter = Waiters.Create();
        waiter.Watch(receiver.ReadyHandle);

        Assert.Equal(150, sender.Send(batch, 0, 150).Sent);
        while (received.Count < 150)
        {
            Assert.Equal(WaitResult.Ready, waiter.Wait(TimeSpan.FromSeconds(10)));
            receiver.Receive(received, 0);
        }

        for (int i = 0; i < 150; i++) Assert.Equal((1200, (byte)i), (received.Info(i).Length, received[i][0]));
    }

    [RootFact]
    public void A_datagram_longer_than_the_device_allows_is_too_big_and_shorter_ones_are_not()
    {
        using var network = new NetworkNamespace("host");
        Connect(network);
        foreach (bool portable in new[] { false, true })
        {
            using IDatagramSocket socket = network.Inside(() => UdpSockets.Open(null, 0, 0, portable));
            using DatagramBatch tooLong = Batch(5, 1473, "192.0.2.2"), longest = Batch(5, 1472, "192.0.2.2");

            Assert.Equal(new DatagramSendResult(0, 5, 0, DatagramError.TooBig), socket.Send(tooLong, 0, 5));
            Assert.Equal(new DatagramSendResult(5, 0, 0, DatagramError.None), socket.Send(longest, 0, 5));
        }
    }

    [RootFact]
    public void When_its_interface_goes_a_socket_tells_and_does_not_break()
    {
        using var network = new NetworkNamespace("host");
        Connect(network);
        using IDatagramSocket socket = network.Inside(() => UdpSockets.Open("a0", 0, 0, portable: false));
        using DatagramBatch batch = Batch(4, 100, "192.0.2.2");
        using var received = new DatagramBatch(4, 2048);
        Assert.Equal(4, socket.Send(batch, 0, 4).Sent);

        network.Configure("link del a0");

        Assert.Equal(new DatagramSendResult(0, 4, 0, DatagramError.Unreachable), socket.Send(batch, 0, 4));
        Assert.Equal(0, socket.Receive(received, 0));
    }

    /// <summary>A device with a neighbour that takes everything and answers nothing.</summary>
    private static void Connect(NetworkNamespace network)
    {
        network.Configure("link add a0 type veth peer name b0");
        network.Configure("link set b0 up");
        Address(network, "a0", "192.0.2.1/24");
        network.Configure("neighbour add 192.0.2.2 lladdr 02:00:00:00:00:02 dev a0");
    }

    private static void Address(NetworkNamespace network, string device, string address)
    {
        network.Configure($"address add {address} dev {device}");
        network.Configure($"link set {device} up");
    }

    private static DatagramBatch Batch(int count, int length, string address, ushort port = 9)
    {
        Assert.True(IpAddress.TryParse(address, out IpAddress remote));
        var batch = new DatagramBatch(count, length);
        for (int i = 0; i < count; i++)
        {
            batch.Reserve(length).Fill((byte)i);
            batch.Add(length, new Endpoint(remote, port), default, 0);
        }

        return batch;
    }
}
