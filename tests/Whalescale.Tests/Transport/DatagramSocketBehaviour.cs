namespace Whalescale.Tests.Transport;

/// <summary>What every UDP socket of ours does; each implementation runs all of it.</summary>
public abstract class DatagramSocketBehaviour
{
    public static TheoryData<string> Families => ["127.0.0.1", "::1"];

    [Theory]
    [MemberData(nameof(Families))]
    public void A_datagram_arrives_whole_with_its_sender_and_the_answer_goes_back(string address)
    {
        using IDatagramSocket client = Open(null, 0), server = Open(null, 0);
        using DatagramBatch question = Loopback.Batch([Loopback.Datagram(1, 1280)], To(server, address), default);
        using var received = new DatagramBatch(8, 2048);

        Assert.Equal(new DatagramSendResult(1, 0, 0, DatagramError.None), client.Send(question, 0, 1));
        Loopback.ReceiveUntil(server, received, 1, number: 7);

        Assert.Equal(Loopback.Datagram(1, 1280), received[0].ToArray());
        Assert.Equal(To(client, address), received.Info(0).Remote);
        Assert.Equal((ushort)7, received.Info(0).Socket);
        Assert.Equal(0, received.Info(0).SegmentSize);

        using DatagramBatch answer =
            Loopback.Batch([[1, 2, 3]], received.Info(0).Remote, received.Info(0).Local);
        received.Clear();
        Assert.Equal(1, server.Send(answer, 0, 1).Sent);
        Loopback.ReceiveUntil(client, received, 1);

        Assert.Equal([1, 2, 3], received[0].ToArray());
        Assert.Equal(To(server, address), received.Info(0).Remote);
    }

    [Fact]
    public void An_empty_queue_receives_nothing_at_once()
    {
        using IDatagramSocket socket = Open(null, 0);
        using var batch = new DatagramBatch(4, 2048);

        Assert.Equal(0, socket.Receive(batch, 0));
    }

    [Fact]
    public void An_empty_datagram_is_a_datagram()
    {
        using IDatagramSocket client = Open(null, 0), server = Open(null, 0);
        using DatagramBatch batch = Loopback.Batch([[], [5]], To(server, "127.0.0.1"), default);
        using var received = new DatagramBatch(4, 2048);

        Assert.Equal(2, client.Send(batch, 0, 2).Sent);
        Loopback.ReceiveUntil(server, received, 2);

        Assert.Equal(0, received[0].Length);
        Assert.Equal([5], received[1].ToArray());
    }

    [Theory]
    [MemberData(nameof(Families))]
    public void Runs_with_unequal_tails_arrive_one_by_one_and_in_order(string address)
    {
        int[] lengths =
        [
            .. Enumerable.Repeat(1200, 10), 700, 500, 500, 500, 9, .. Enumerable.Repeat(100, 130), 1400, 1, 1, 2, 1400,
        ];
        using IDatagramSocket client = Open(null, 0), server = Open(null, 0);
        using DatagramBatch batch = Loopback.Batch(Loopback.Datagrams(lengths), To(server, address), default);
        using var received = new DatagramBatch(lengths.Length, 2048);

        DatagramSendResult result = client.Send(batch, 0, batch.Count);
        Assert.Equal(new DatagramSendResult(lengths.Length, 0, 0, DatagramError.None), result);
        Loopback.ReceiveUntil(server, received, lengths.Length);

        for (int i = 0; i < lengths.Length; i++)
            Assert.Equal(Loopback.Datagram(i, lengths[i]), received[i].ToArray());
    }

    [Fact]
    public void Datagrams_to_two_destinations_in_one_batch_find_their_ways()
    {
        using IDatagramSocket client = Open(null, 0), one = Open(null, 0), two = Open(null, 0);
        using var batch = new DatagramBatch(40, 2048);
        for (int i = 0; i < 40; i++)
            Loopback.Add(batch, Loopback.Datagram(i, 600), To(i % 3 == 0 ? one : two, "127.0.0.1"), default);
        using DatagramBatch atOne = new(40, 2048), atTwo = new(40, 2048);

        Assert.Equal(38, client.Send(batch, 1, 38).Sent);
        Loopback.ReceiveUntil(one, atOne, 12);
        Loopback.ReceiveUntil(two, atTwo, 26);

        Assert.Equal(Loopback.Datagram(3, 600), atOne[0].ToArray());
        Assert.Equal(Loopback.Datagram(1, 600), atTwo[0].ToArray());
        Assert.Equal(Loopback.Datagram(38, 600), atTwo[25].ToArray());
    }

    [Fact]
    public void A_full_batch_leaves_the_rest_in_the_queue()
    {
        using IDatagramSocket client = Open(null, 0), server = Open(null, 0);
        using DatagramBatch batch =
            Loopback.Batch(Loopback.Datagrams(10, 11, 12, 13, 14), To(server, "127.0.0.1"), default);
        using var received = new DatagramBatch(2, 2048);

        client.Send(batch, 0, 5);
        foreach (int[] expected in new int[][] { [10, 11], [12, 13] })
        {
            Loopback.ReceiveUntil(server, received, 2);
            Assert.Equal((expected[0], expected[1]), (received[0].Length, received[1].Length));
            received.Clear();
        }

        Loopback.ReceiveUntil(server, received, 1);
        Assert.Equal(14, received[0].Length);
    }

    [Fact]
    public void A_datagram_the_kernel_refuses_is_skipped_and_the_rest_is_sent()
    {
        using IDatagramSocket client = Open(null, 0), server = Open(null, 0);
        Endpoint there = To(server, "127.0.0.1");
        using DatagramBatch batch =
            Loopback.Batch([[1], Loopback.Datagram(0, 65_520), [3]], there, default);
        using var received = new DatagramBatch(4, 2048);

        Assert.Equal(new DatagramSendResult(2, 1, 0, DatagramError.TooBig), client.Send(batch, 0, 3));
        Loopback.ReceiveUntil(server, received, 2);

        Assert.Equal([1], received[0].ToArray());
        Assert.Equal([3], received[1].ToArray());
    }

    [Fact]
    public void A_broadcast_is_refused()
    {
        using IDatagramSocket client = Open("lo", 0);
        using DatagramBatch batch =
            Loopback.Batch([[1]], new Endpoint(Loopback.Parse("255.255.255.255"), 9), default);

        Assert.Equal(new DatagramSendResult(0, 1, 0, DatagramError.Refused), client.Send(batch, 0, 1));
    }

    [Theory]
    [MemberData(nameof(Families))]
    public void Port_unreachable_answers_stop_neither_sending_nor_receiving(string address)
    {
        using IDatagramSocket client = Open(null, 0), server = Open(null, 0);
        Endpoint closed;
        using (IDatagramSocket gone = Open(null, 0)) closed = To(gone, address);
        using var received = new DatagramBatch(64, 2048);

        for (int i = 0; i < 20; i++)
        {
            using var batch = new DatagramBatch(2, 2048);
            Loopback.Add(batch, [1], closed, default);
            Loopback.Add(batch, [(byte)i], To(server, address), default);
            Assert.Equal(new DatagramSendResult(2, 0, 0, DatagramError.None), client.Send(batch, 0, 2));
            Assert.Equal(0, client.Receive(received, 0));
        }

        Loopback.ReceiveUntil(server, received, 20);
    }

    [Fact]
    public void A_taken_port_is_named()
    {
        using IDatagramSocket first = Open(null, 0);
        ushort port = first.LocalEndpoint.Port;

        IOException failure = Assert.Throws<IOException>(() => Open(null, port));

        Assert.Equal($"UDP port {port} is in use.", failure.Message);
    }

    [Fact]
    public void An_interface_that_does_not_exist_is_named()
    {
        IOException failure = Assert.Throws<IOException>(() => Open("no-such-if0", 0));

        Assert.Equal("There is no network interface named no-such-if0.", failure.Message);
    }

    [Fact]
    public void A_socket_bound_to_an_interface_hears_it()
    {
        using IDatagramSocket client = Open(null, 0), server = Open("lo", 0);
        using DatagramBatch batch = Loopback.Batch([[1]], To(server, "127.0.0.1"), default);
        using var received = new DatagramBatch(4, 2048);

        client.Send(batch, 0, 1);

        Loopback.ReceiveUntil(server, received, 1);
    }

    protected abstract IDatagramSocket Open(string? interfaceName, ushort port);

    protected static Endpoint To(IDatagramSocket socket, string address) =>
        new(Loopback.Parse(address), socket.LocalEndpoint.Port);
}
