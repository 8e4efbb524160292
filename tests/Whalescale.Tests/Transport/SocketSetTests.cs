using Whalescale.Transport;

namespace Whalescale.Tests.Transport;

public sealed class SocketSetTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void The_first_socket_picks_the_port_and_what_arrives_bears_its_number(bool portable)
    {
        using IWaiter waiter = Waiters.Create();
        using var set = new SocketSet(0, portable, waiter);
        using IDatagramSocket sender = UdpSockets.Open(null, 0, 0, portable: false);

        ushort number = set.Add("lo", 1);

        Assert.NotEqual(0, set.Port);
        Assert.True(set.TryGet(number, out IDatagramSocket socket));
        Assert.Equal(set.Port, socket.LocalEndpoint.Port);
        using DatagramBatch batch = Loopback.Batch([[9]], new Endpoint(Loopback.IPv4, set.Port), default);
        using var received = new DatagramBatch(4, 2048);
        sender.Send(batch, 0, 1);
        Assert.Equal(WaitResult.Ready, waiter.Wait(TimeSpan.FromSeconds(10)));
        Assert.Equal(1, set.Receive(received));
        Assert.Equal(number, received.Info(0).Socket);
    }

    [Fact]
    public void A_removed_socket_frees_its_port_and_its_number_is_not_given_again()
    {
        using IWaiter waiter = Waiters.Create();
        using var set = new SocketSet(0, portable: false, waiter);
        ushort first = set.Add(null, 0);

        Assert.True(set.Remove(null));
        Assert.False(set.Remove(null));
        ushort second = set.Add(null, 0);

        Assert.NotEqual(first, second);
        Assert.False(set.TryGet(first, out _));
        Assert.Equal(1, set.Count);
        Assert.Equal(WaitResult.None, waiter.Wait(TimeSpan.Zero));
    }

    [Fact]
    public void An_interface_has_one_socket()
    {
        using var set = new SocketSet(0, portable: false, null);
        ushort number = set.Add("lo", 1);

        Assert.Throws<ArgumentException>(() => set.Add("lo", 1));
        Assert.True(set.TryGetNumber("lo", out ushort found));
        Assert.Equal(number, found);
    }

    [Fact]
    public void Each_run_goes_to_its_socket_and_what_has_none_is_unreachable()
    {
        using var set = new SocketSet(51900, portable: false, null);
        using NarrowSocket one = new(room: 100), two = new(room: 100);
        ushort first = set.Join("a", one), second = set.Join("b", two);
        using DatagramBatch batch = Batch(first, first, second, 999, first, second);

        DatagramSendResult result = set.Send(batch);

        Assert.Equal(new DatagramSendResult(5, 1, 0, DatagramError.Unreachable), result);
        Assert.Equal([0, 1, 4], one.Taken);
        Assert.Equal([2, 5], two.Taken);
    }

    [Fact]
    public void What_one_full_socket_does_not_take_is_left_out_and_the_other_goes_on()
    {
        using var set = new SocketSet(51900, portable: false, null);
        using NarrowSocket one = new(room: 1), two = new(room: 100);
        ushort first = set.Join("a", one), second = set.Join("b", two);
        using DatagramBatch batch = Batch(first, first, second, first, second);

        DatagramSendResult result = set.Send(batch);

        Assert.Equal(new DatagramSendResult(3, 0, 2, DatagramError.None), result);
        Assert.Equal([0], one.Taken);
        Assert.Equal([2, 4], two.Taken);
    }

    [Fact]
    public void A_stopped_send_goes_on_where_it_stopped()
    {
        using var set = new SocketSet(51900, portable: false, null);
        using NarrowSocket one = new(room: 1), two = new(room: 100);
        ushort first = set.Join("a", one), second = set.Join("b", two);
        using DatagramBatch batch = Batch(second, first, first, second);
        int next = 0;

        Assert.Equal(new DatagramSendResult(2, 0, 2, DatagramError.None), set.Send(batch, ref next));
        Assert.Equal(2, next);
        one.Room = 5;
        Assert.Equal(new DatagramSendResult(2, 0, 0, DatagramError.None), set.Send(batch, ref next));
        Assert.Equal(4, next);
        Assert.Equal([1, 2], one.Taken);
        Assert.Equal([0, 3], two.Taken);
    }

    private static DatagramBatch Batch(params int[] sockets)
    {
        var batch = new DatagramBatch(sockets.Length, 64);
        foreach (int socket in sockets)
            Loopback.Add(batch, [1], new Endpoint(Loopback.IPv4, 9), default, (ushort)socket);
        return batch;
    }

    /// <summary>A socket whose buffer takes so many datagrams and then no more.</summary>
    private sealed class NarrowSocket(int room) : IDatagramSocket
    {
        public int Room { get; set; } = room;

        public List<int> Taken { get; } = [];

        public Endpoint LocalEndpoint => new(default, 51900);

        public nint ReadyHandle => -1;

        public DatagramSocketDrops Drops => default;

        public int Receive(DatagramBatch batch, ushort number) => 0;

        public DatagramSendResult Send(DatagramBatch batch, int first, int count)
        {
            int sent = Math.Min(count, Room);
            Room -= sent;
            Taken.AddRange(Enumerable.Range(first, sent));
            return new DatagramSendResult(sent, 0, count - sent, DatagramError.None);
        }

        public void Dispose() => Room = 0;
    }
}
