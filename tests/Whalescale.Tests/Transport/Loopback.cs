using Whalescale.Transport;

namespace Whalescale.Tests.Transport;

/// <summary>Batches to send and waiting for what was sent over the loopback interface.</summary>
internal static class Loopback
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    internal static readonly IpAddress IPv4 = Parse("127.0.0.1"), IPv6 = Parse("::1");

    internal static IpAddress Parse(string text) =>
        IpAddress.TryParse(text, out IpAddress address) ? address : throw new ArgumentException(text);

    internal static DatagramBatch Batch(params byte[][] datagrams) => Batch(datagrams, default, default);

    internal static DatagramBatch Batch(byte[][] datagrams, Endpoint remote, Endpoint local)
    {
        var batch = new DatagramBatch(datagrams.Length, Math.Max(64, datagrams.Max(bytes => bytes.Length)));
        foreach (byte[] datagram in datagrams) Add(batch, datagram, remote, local);
        return batch;
    }

    internal static void Add(DatagramBatch batch, byte[] datagram, Endpoint remote, Endpoint local, ushort socket = 0)
    {
        datagram.CopyTo(batch.Reserve(datagram.Length));
        batch.Add(datagram.Length, remote, local, socket);
    }

    /// <summary>Bytes that tell which datagram they belong to.</summary>
    internal static byte[][] Datagrams(params int[] lengths) =>
        [.. lengths.Select((length, index) => Datagram(index, length))];

    internal static byte[] Datagram(int index, int length) =>
        [.. Enumerable.Range(0, length).Select(position => (byte)((index * 7) + position))];

    /// <summary>Receives until the batch holds <paramref name="count"/>; fails the test if they do not come.</summary>
    internal static void ReceiveUntil(IDatagramSocket socket, DatagramBatch batch, int count, ushort number = 0)
    {
        using var waiter = new PollWaiter();
        waiter.Watch(socket.ReadyHandle);
        int received = socket.Receive(batch, number);
        while (batch.Count < count)
        {
            if (waiter.Wait(Patience) == WaitResult.None && batch.Count == 0 && received == 0)
                Assert.Fail($"{batch.Count} of {count} datagrams came.");
            received = socket.Receive(batch, number);
            if (received == 0) Assert.Fail($"{batch.Count} of {count} datagrams came.");
        }
    }
}
