using Whalescale.Transport;
using Whalescale.Transport.Interop;

namespace Whalescale.Tests.Transport;

public sealed class LinuxUdpSocketTests : DatagramSocketBehaviour
{
    [Fact]
    public void An_answer_leaves_from_the_address_the_question_was_sent_to()
    {
        using IDatagramSocket client = Open(null, 0), server = Open(null, 0);
        var from = new Endpoint(Loopback.Parse("127.0.0.2"), client.LocalEndpoint.Port);
        Endpoint to = To(server, "127.0.0.3");
        using var received = new DatagramBatch(4, 2048);

        using DatagramBatch question = Loopback.Batch([[1]], to, from);
        client.Send(question, 0, 1);
        Loopback.ReceiveUntil(server, received, 1);

        Assert.Equal((from, to), (received.Info(0).Remote, received.Info(0).Local));

        using DatagramBatch answer = Loopback.Batch([[2]], received.Info(0).Remote, received.Info(0).Local);
        received.Clear();
        server.Send(answer, 0, 1);
        Loopback.ReceiveUntil(client, received, 1);

        Assert.Equal((to, from), (received.Info(0).Remote, received.Info(0).Local));
    }

    [Fact]
    public void Where_IPv6_is_switched_off_an_IPv4_socket_does_the_same()
    {
        using LinuxUdpSocket client = OpenIPv4(), server = OpenIPv4();
        var from = new Endpoint(Loopback.Parse("127.0.0.2"), client.LocalEndpoint.Port);
        Endpoint to = To(server, "127.0.0.3");
        using var received = new DatagramBatch(40, 2048);
        int[] lengths = [.. Enumerable.Repeat(900, 20), 5];

        using DatagramBatch batch = Loopback.Batch(Loopback.Datagrams(lengths), to, from);
        Assert.Equal(new DatagramSendResult(21, 0, 0, DatagramError.None), client.Send(batch, 0, 21));
        Loopback.ReceiveUntil(server, received, 21);

        Assert.Equal((from, to), (received.Info(20).Remote, received.Info(20).Local));
        Assert.Equal(Loopback.Datagram(20, 5), received[20].ToArray());

        using DatagramBatch six = Loopback.Batch([[1]], To(server, "::1"), default);
        Assert.Equal(new DatagramSendResult(0, 1, 0, DatagramError.Unreachable), client.Send(six, 0, 1));
    }

    [Fact]
    public void The_own_IPv6_address_is_known_too()
    {
        using IDatagramSocket client = Open(null, 0), server = Open(null, 0);
        using DatagramBatch batch = Loopback.Batch([[1]], To(server, "::1"), To(client, "::1"));
        using var received = new DatagramBatch(4, 2048);

        client.Send(batch, 0, 1);
        Loopback.ReceiveUntil(server, received, 1);

        Assert.Equal(To(server, "::1"), received.Info(0).Local);
    }

    [Theory]
    [InlineData("203.0.113.77", "127.0.0.1")]
    [InlineData("2001:db8::77", "::1")]
    public void An_own_address_that_is_not_there_is_told_and_does_not_end_segmentation(string own, string remote)
    {
        using LinuxUdpSocket client = LinuxUdpSocket.Open(null, 0);
        using IDatagramSocket server = Open(null, 0);
        var local = new Endpoint(Loopback.Parse(own), client.LocalEndpoint.Port);
        using DatagramBatch batch = Loopback.Batch(Loopback.Datagrams(99, 99, 99), To(server, remote), local);
        bool segmented = client.UsesSegmentation;

        DatagramSendResult result = client.Send(batch, 0, 3);

        Assert.Equal(new DatagramSendResult(0, 3, 0, DatagramError.NoSuchLocalAddress), result);
        Assert.Equal(segmented, client.UsesSegmentation);
    }

    [Fact]
    public void A_run_too_big_for_the_device_is_refused_without_ending_segmentation()
    {
        using LinuxUdpSocket client = LinuxUdpSocket.Open(null, 0);
        using IDatagramSocket server = Open(null, 0);
        byte[][] datagrams = Loopback.Datagrams(65_515, 65_515, 3);
        using DatagramBatch batch = Loopback.Batch(datagrams, To(server, "127.0.0.1"), default);
        bool segmented = client.UsesSegmentation;

        Assert.Equal(new DatagramSendResult(1, 2, 0, DatagramError.TooBig), client.Send(batch, 0, 3));
        Assert.Equal(segmented, client.UsesSegmentation);
    }

    [Fact]
    public void A_run_ends_with_a_shorter_datagram_another_end_or_64_segments()
    {
        Endpoint one = new(Loopback.IPv4, 1), two = new(Loopback.IPv4, 2);
        using var batch = new DatagramBatch(300, 2048);
        void Add(int count, int length, Endpoint remote, Endpoint local = default)
        {
            for (int i = 0; i < count; i++) Loopback.Add(batch, new byte[length], remote, local);
        }

        Add(3, 100, one);
        Add(1, 50, one);
        Add(2, 50, one);
        Add(2, 50, two);
        Add(1, 50, two, one);
        Add(1, 60, two, one);
        Add(1, 0, two, one);
        Add(80, 10, two, one);
        Add(60, 1500, one);

        int[] expected = [4, 2, 2, 1, 1, 1, 64, 16, 43, 17];
        List<int> runs = [];
        for (int next = 0; next < batch.Count; next += runs[^1])
            runs.Add(batch.RunLength(next, batch.Count));
        Assert.Equal(expected, runs);
    }

    [Fact]
    public void Slots_of_64_kilobytes_receive_runs_joined_and_small_ones_receive_them_apart()
    {
        using IDatagramSocket client = Open(null, 0), server = Open(null, 0);
        int[] lengths = [.. Enumerable.Repeat(1200, 30), 77];
        using DatagramBatch batch = Loopback.Batch(Loopback.Datagrams(lengths), To(server, "127.0.0.1"), default);
        using DatagramBatch large = new(40, 65_536), small = new(40, 2048);
        server.Receive(large, 0);

        client.Send(batch, 0, batch.Count);
        int bytes = 0;
        while (bytes < lengths.Sum())
        {
            int before = large.Count;
            Loopback.ReceiveUntil(server, large, before + 1);
            for (int i = before; i < large.Count; i++) bytes += large[i].Length;
        }

        Assert.Contains(Enumerable.Range(0, large.Count), i => large.Info(i).SegmentSize == 1200);
        byte[] joined = [.. Enumerable.Range(0, large.Count).SelectMany(i => large[i].ToArray())];
        Assert.Equal([.. Loopback.Datagrams(lengths).SelectMany(datagram => datagram)], joined);

        Assert.Equal(0, server.Receive(small, 0));
        client.Send(batch, 0, batch.Count);
        Loopback.ReceiveUntil(server, small, lengths.Length);
        for (int i = 0; i < lengths.Length; i++) Assert.Equal(Loopback.Datagram(i, lengths[i]), small[i].ToArray());
    }

    [Fact]
    public void A_datagram_longer_than_its_slot_is_dropped_and_its_neighbours_stay_whole()
    {
        using IDatagramSocket client = Open(null, 0);
        using LinuxUdpSocket server = LinuxUdpSocket.Open(null, 0);
        byte[][] datagrams = Loopback.Datagrams(200, 400, 350, 256);
        using DatagramBatch batch = Loopback.Batch(datagrams, To(server, "127.0.0.1"), default);
        using var received = new DatagramBatch(8, 256);

        client.Send(batch, 0, 4);
        Loopback.ReceiveUntil(server, received, 2);

        Assert.Equal(Loopback.Datagram(0, 200), received[0].ToArray());
        Assert.Equal(Loopback.Datagram(3, 256), received[1].ToArray());
        Assert.Equal(2, server.Drops.Truncated);
    }

    [Fact]
    public void Sending_and_receiving_allocate_nothing()
    {
        using IDatagramSocket client = Open(null, 0), server = Open(null, 0);
        byte[][] datagrams = Loopback.Datagrams(1200, 1200, 700, 700, 700, 3);
        using DatagramBatch batch = Loopback.Batch(datagrams, To(server, "127.0.0.1"), To(client, "127.0.0.1"));
        using var received = new DatagramBatch(64, 2048);
        client.Send(batch, 0, 6);
        server.Receive(received, 0);
        long before = GC.GetAllocatedBytesForCurrentThread();

        for (int i = 0; i < 100; i++)
        {
            received.Clear();
            client.Send(batch, 0, 6);
            server.Receive(received, 0);
        }

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    [Theory]
    [InlineData(101, "none", DatagramError.Unreachable)]
    [InlineData(101, "127.0.0.1", DatagramError.Unreachable)]
    [InlineData(101, "203.0.113.77", DatagramError.NoSuchLocalAddress)]
    [InlineData(113, "203.0.113.77", DatagramError.Unreachable)]
    [InlineData(100, "none", DatagramError.Unreachable)]
    [InlineData(97, "none", DatagramError.Unreachable)]
    [InlineData(90, "none", DatagramError.TooBig)]
    [InlineData(22, "2001:db8::77", DatagramError.NoSuchLocalAddress)]
    [InlineData(22, "::1", DatagramError.Other)]
    [InlineData(22, "none", DatagramError.Other)]
    [InlineData(99, "none", DatagramError.NoSuchLocalAddress)]
    [InlineData(1, "none", DatagramError.Refused)]
    [InlineData(111, "none", DatagramError.Refused)]
    [InlineData(105, "none", DatagramError.Other)]
    public void Errors_have_a_meaning_for_the_path(int error, string own, DatagramError expected)
    {
        Endpoint local = own == "none" ? default : new Endpoint(Loopback.Parse(own), 9);

        Assert.Equal(expected, LinuxUdpSocket.Classify(error, local));
    }

    private static LinuxUdpSocket OpenIPv4() =>
        LinuxUdpSocket.TryOpen(LibC.FamilyIPv4, null, 0, offload: true, out int error) ?? throw new IOException($"errno {error}");

    protected override IDatagramSocket Open(string? interfaceName, ushort port) =>
        UdpSockets.Open(interfaceName, 0, port, portable: false);
}
