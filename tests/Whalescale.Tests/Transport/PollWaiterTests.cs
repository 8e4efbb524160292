using Whalescale.Transport;

namespace Whalescale.Tests.Transport;

public sealed class PollWaiterTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    [Fact]
    public void With_nothing_to_tell_a_wait_ends_when_time_is_up()
    {
        using IWaiter waiter = Waiters.Create();
        using IDatagramSocket socket = Socket();
        waiter.Watch(socket.ReadyHandle);

        Assert.Equal(WaitResult.None, waiter.Wait(TimeSpan.Zero));
        Assert.Equal(WaitResult.None, waiter.Wait(TimeSpan.FromMicroseconds(50)));
        Assert.False(waiter.IsReady(socket.ReadyHandle));
    }

    [Fact]
    public void The_ready_handle_is_told_from_the_others_until_it_is_read()
    {
        using IWaiter waiter = Waiters.Create();
        using IDatagramSocket quiet = Socket(), busy = Socket();
        using var batch = new DatagramBatch(4, 2048);
        waiter.Watch(quiet.ReadyHandle);
        waiter.Watch(busy.ReadyHandle);
        SendTo(busy);

        Assert.Equal(WaitResult.Ready, waiter.Wait(Patience));
        Assert.Equal((false, true), (waiter.IsReady(quiet.ReadyHandle), waiter.IsReady(busy.ReadyHandle)));
        Assert.Equal(WaitResult.Ready, waiter.Wait(Patience));
        busy.Receive(batch, 0);
        Assert.Equal(WaitResult.None, waiter.Wait(TimeSpan.Zero));
        Assert.False(waiter.IsReady(busy.ReadyHandle));
    }

    [Fact]
    public void A_handle_no_longer_watched_is_not_waited_for()
    {
        using IWaiter waiter = Waiters.Create();
        IDatagramSocket[] sockets = [.. Enumerable.Range(0, 12).Select(_ => Socket())];
        foreach (IDatagramSocket socket in sockets) waiter.Watch(socket.ReadyHandle);
        waiter.Watch(sockets[3].ReadyHandle);
        SendTo(sockets[3]);

        waiter.Unwatch(sockets[3].ReadyHandle);
        waiter.Unwatch(sockets[3].ReadyHandle);

        Assert.Equal(WaitResult.None, waiter.Wait(TimeSpan.Zero));
        SendTo(sockets[11]);
        Assert.Equal(WaitResult.Ready, waiter.Wait(Patience));
        Assert.True(waiter.IsReady(sockets[11].ReadyHandle));
        foreach (IDatagramSocket socket in sockets) socket.Dispose();
    }

    [Fact]
    public void Wake_ups_before_a_wait_count_once()
    {
        using IWaiter waiter = Waiters.Create();

        for (int i = 0; i < 1000; i++) waiter.Wake();

        Assert.Equal(WaitResult.Woken, waiter.Wait(Timeout.InfiniteTimeSpan));
        Assert.Equal(WaitResult.None, waiter.Wait(TimeSpan.Zero));
        waiter.Wake();
        Assert.Equal(WaitResult.Woken, waiter.Wait(TimeSpan.MaxValue));
    }

    [Fact]
    public void Readiness_and_a_wake_up_are_told_together()
    {
        using IWaiter waiter = Waiters.Create();
        using IDatagramSocket socket = Socket();
        waiter.Watch(socket.ReadyHandle);
        SendTo(socket);
        Assert.Equal(WaitResult.Ready, waiter.Wait(Patience));

        waiter.Wake();

        Assert.Equal(WaitResult.Ready | WaitResult.Woken, waiter.Wait(Patience));
    }

    [Fact]
    public void No_wake_up_of_another_thread_is_lost()
    {
        const int Rounds = 10_000;
        using IWaiter waiter = Waiters.Create();
        int published = 0, acknowledged = 0;
        var producer = new Thread(() =>
        {
            var spinner = new SpinWait();
            for (int i = 1; i <= Rounds; i++)
            {
                Volatile.Write(ref published, i);
                waiter.Wake();
                // Now and then let the other side catch up, so that it goes to sleep at every possible place.
                while (i % 3 == 0 && Volatile.Read(ref acknowledged) < i) spinner.SpinOnce();
            }
        });
        producer.Start();

        while (acknowledged < Rounds)
        {
            if (waiter.Wait(Patience) == WaitResult.None) Assert.Fail($"asleep at {acknowledged} of {published}");
            Volatile.Write(ref acknowledged, Volatile.Read(ref published));
        }

        producer.Join();
    }

    [Fact]
    public void A_handle_closed_while_watched_is_a_mistake_and_not_a_busy_loop()
    {
        using IWaiter waiter = Waiters.Create();
        // No process has a descriptor of this number.
        waiter.Watch(int.MaxValue);

        Assert.Throws<InvalidOperationException>(() => waiter.Wait(Patience));
    }

    [Fact]
    public void A_socket_with_room_is_writable()
    {
        using IWaiter waiter = Waiters.Create();
        using IDatagramSocket socket = Socket();

        Assert.True(waiter.WaitWritable(socket.ReadyHandle, Patience));
    }

    [Fact]
    public void Waiting_allocates_nothing()
    {
        using IWaiter waiter = Waiters.Create();
        waiter.Wait(TimeSpan.Zero);
        long before = GC.GetAllocatedBytesForCurrentThread();

        for (int i = 0; i < 100; i++)
        {
            waiter.Wake();
            waiter.Wait(Patience);
            waiter.Wait(TimeSpan.Zero);
        }

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    private static IDatagramSocket Socket() => UdpSockets.Open(null, 0, 0, portable: false);

    private static void SendTo(IDatagramSocket socket)
    {
        using IDatagramSocket sender = Socket();
        using DatagramBatch batch =
            Loopback.Batch([[1]], new Endpoint(Loopback.IPv4, socket.LocalEndpoint.Port), default);
        Assert.Equal(1, sender.Send(batch, 0, 1).Sent);
    }
}
