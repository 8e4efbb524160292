using System.Buffers.Binary;

namespace Whalescale.Types;

/// <summary>
/// Clear header of a transport message, 16 bytes; a ciphertext and its 16-byte tag follow:
/// <code>
///   0 type 4, version, suite, 0 │ 4 receiver index 4 │ 8 nonce 8 = path id &lt;&lt; 56 | packet number
/// </code>
/// </summary>
public readonly record struct TransportHeader(byte Suite, uint ReceiverIndex, ulong Nonce)
{
    public const int Size = 16;

    /// <summary>Bytes of a transport message beyond its plaintext.</summary>
    public const int Overhead = Size + Protocol.TagSize;

    /// <summary>An empty plaintext: a keepalive.</summary>
    public const int MinimumDatagramSize = Overhead;

    /// <summary>Reads a datagram that <see cref="DatagramHeader.Classify"/> named transport.</summary>
    public static TransportHeader Read(ReadOnlySpan<byte> datagram) => new(
        datagram[2],
        BinaryPrimitives.ReadUInt32LittleEndian(datagram[4..]),
        BinaryPrimitives.ReadUInt64LittleEndian(datagram[8..]));

    public void Write(Span<byte> datagram)
    {
        DatagramHeader.Write(datagram, MessageType.Transport, Suite);
        BinaryPrimitives.WriteUInt32LittleEndian(datagram[4..], ReceiverIndex);
        BinaryPrimitives.WriteUInt64LittleEndian(datagram[8..], Nonce);
    }
}

/// <summary>The nonce of a transport message: a path's number above that path's own packet number.</summary>
public static class PacketNonce
{
    /// <summary>Bits of the packet number.</summary>
    public const int NumberBits = 56;

    /// <summary>Largest packet number.</summary>
    public const ulong LargestNumber = (1UL << NumberBits) - 1;

    public static ulong Of(PathId path, ulong number) => ((ulong)path.Value << NumberBits) | number;

    public static PathId Path(ulong nonce) => new((byte)(nonce >> NumberBits));

    public static ulong Number(ulong nonce) => nonce & LargestNumber;
}
