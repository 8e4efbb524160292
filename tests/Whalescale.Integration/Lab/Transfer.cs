using System.Buffers.Binary;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Runtime.ExceptionServices;
using System.Security.Cryptography;

namespace Whalescale.Integration.Lab;

/// <summary>A file's worth of bytes over one TCP connection, hashed where it leaves and where it arrives.</summary>
/// <param name="SentHash">SHA-256 of what was sent.</param>
/// <param name="ReceivedHash">SHA-256 of what arrived.</param>
/// <param name="ReceivedBytes">How much arrived.</param>
/// <param name="Duration">From connecting to the last byte.</param>
internal sealed record Transfer(string SentHash, string ReceivedHash, long ReceivedBytes, TimeSpan Duration)
{
    private const int BlockBytes = 1 << 20;
    private const int StampSpacingBytes = 512;
    private static readonly TimeSpan SocketTimeout = TimeSpan.FromSeconds(20);

    public double MegabitsPerSecond => ReceivedBytes * 8 / Duration.TotalSeconds / 1e6;

    /// <summary>Sends <paramref name="mebibytes"/> MiB to an address of the receiver.</summary>
    public static Transfer Run(NetworkNamespace from, NetworkNamespace to, IPAddress address, int mebibytes)
    {
        using Socket listener = to.Inside(() => Stream(address));
        listener.Bind(new IPEndPoint(address, 0));
        listener.Listen();
        using Socket sender = from.Inside(() => Stream(address));

        string receivedHash = "";
        long receivedBytes = 0;
        ExceptionDispatchInfo? failure = null;
        var receiving = new Thread(() =>
        {
            try
            {
                (receivedHash, receivedBytes) = Receive(listener);
            }
            catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
            {
                failure = ExceptionDispatchInfo.Capture(exception);
            }
        });

        long start = Stopwatch.GetTimestamp();
        sender.Connect(listener.LocalEndPoint!);
        receiving.Start();
        string sentHash = Send(sender, mebibytes);
        receiving.Join();
        failure?.Throw();
        return new Transfer(sentHash, receivedHash, receivedBytes, Stopwatch.GetElapsedTime(start));
    }

    private static Socket Stream(IPAddress address) =>
        new(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp)
        {
            SendTimeout = (int)SocketTimeout.TotalMilliseconds,
            ReceiveTimeout = (int)SocketTimeout.TotalMilliseconds,
        };

    private static string Send(Socket socket, int mebibytes)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        byte[] block = RandomNumberGenerator.GetBytes(BlockBytes);
        for (int number = 0; number < mebibytes; number++)
        {
            // Making every byte anew would measure the generator; a stamp makes every packet's content its own.
            for (int offset = 0; offset < BlockBytes; offset += StampSpacingBytes)
            {
                BinaryPrimitives.WriteInt64LittleEndian(block.AsSpan(offset), ((long)number * BlockBytes) + offset);
            }

            hash.AppendData(block);
            for (int sent = 0; sent < block.Length;) sent += socket.Send(block.AsSpan(sent));
        }

        socket.Shutdown(SocketShutdown.Send);
        return Convert.ToHexString(hash.GetHashAndReset());
    }

    private static (string Hash, long Bytes) Receive(Socket listener)
    {
        using Socket socket = listener.Accept();
        socket.ReceiveTimeout = (int)SocketTimeout.TotalMilliseconds;
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var buffer = new byte[BlockBytes];
        long bytes = 0;
        for (int length; (length = socket.Receive(buffer)) > 0; bytes += length)
        {
            hash.AppendData(buffer.AsSpan(0, length));
        }

        return (Convert.ToHexString(hash.GetHashAndReset()), bytes);
    }
}
