using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;

namespace Whalescale.Integration.Lab;

/// <summary>UDP datagrams with known content, sent a few at a time so that no buffer on the way overflows.</summary>
/// <param name="Sent">Datagrams sent, after the kernel has split trains.</param>
/// <param name="Received">Datagrams that arrived as they were sent.</param>
/// <param name="Damaged">Datagrams that arrived otherwise.</param>
internal readonly record struct DatagramExchange(int Sent, int Received, int Damaged)
{
    private const int Rounds = 20, UdpLevel = 17, UdpSegment = 103, NumberBytes = 2;
    private static readonly int[] Sizes = [3, 17, 64, 511, 511, 511, 1199, 1200, 1200, 1351, 2, 1352, 2500];

    /// <summary>Datagrams of odd sizes, equal neighbours among them.</summary>
    public static DatagramExchange OfSizes(NetworkNamespace from, NetworkNamespace to, IPAddress address) =>
        Run(from, to, address, (socket, number) =>
        {
            foreach (int size in Sizes) socket.Send(Datagram(number++, size));
            return number;
        });

    /// <summary>Trains of datagrams that the sending application leaves to the kernel (UDP_SEGMENT); the last is
    /// shorter.</summary>
    public static DatagramExchange OfTrains(NetworkNamespace from, NetworkNamespace to, IPAddress address) =>
        Run(from, to, address, (socket, number) =>
        {
            const int Size = 1111, Full = 25, Rest = 77;
            socket.SetRawSocketOption(UdpLevel, UdpSegment, BitConverter.GetBytes(Size));
            byte[] train = [.. Enumerable.Range(0, Full).SelectMany(i => Datagram((ushort)(number + i), Size)),
                .. Datagram((ushort)(number + Full), Rest)];
            socket.Send(train);
            return (ushort)(number + Full + 1);
        });

    private static DatagramExchange Run(
        NetworkNamespace from, NetworkNamespace to, IPAddress address, Func<Socket, ushort, ushort> send)
    {
        using Socket receiver = to.Inside(() => new Socket(address.AddressFamily, SocketType.Dgram, ProtocolType.Udp));
        receiver.ReceiveTimeout = 300;
        receiver.ReceiveBufferSize = 4 << 20;
        receiver.Bind(new IPEndPoint(address, 0));
        using Socket sender = from.Inside(() => new Socket(address.AddressFamily, SocketType.Dgram, ProtocolType.Udp));
        sender.Connect(receiver.LocalEndPoint!);

        (ushort next, int received, int damaged) = (0, 0, 0);
        var buffer = new byte[4096];
        for (int round = 0; round < Rounds; round++)
        {
            int expected = next;
            next = send(sender, next);
            for (; expected < next; expected++)
            {
                int length = ReceiveOrNothing(receiver, buffer);
                if (length < 0) break;
                ReadOnlySpan<byte> datagram = buffer.AsSpan(0, length);
                ushort number = length < NumberBytes ? ushort.MaxValue : BinaryPrimitives.ReadUInt16LittleEndian(datagram);
                if (number < next && RawPacket.IsIntact(datagram[NumberBytes..], number)) received++;
                else damaged++;
            }
        }

        return new DatagramExchange(next, received, damaged);
    }

    private static int ReceiveOrNothing(Socket socket, byte[] buffer)
    {
        try
        {
            return socket.Receive(buffer);
        }
        catch (SocketException exception) when (exception.SocketErrorCode == SocketError.TimedOut)
        {
            return -1;
        }
    }

    private static byte[] Datagram(ushort number, int size)
    {
        var datagram = new byte[size];
        BinaryPrimitives.WriteUInt16LittleEndian(datagram, number);
        RawPacket.Fill(datagram.AsSpan(NumberBytes), number);
        return datagram;
    }
}
