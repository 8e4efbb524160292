using System.Buffers.Binary;

namespace Whalescale.Types;

/// <summary>
/// A part of a packet frame that is larger than its path carries:
/// <code>
///   0 0x8C │ 1 length 2 │ 3 fragment id 4 │ 7 offset 2 │ 9 total 2 │ 11 part
/// </code>
/// The parts of one id, put together, are one whole packet frame. Length counts what follows it.
/// </summary>
/// <param name="Id">The same for all parts of a frame; the sender's choice.</param>
/// <param name="Offset">Where the part lies in the frame, in bytes.</param>
/// <param name="Total">Bytes of the frame.</param>
public readonly record struct FragmentFrame(uint Id, int Offset, int Total)
{
    /// <summary>First byte: the type, and the bit that lets nodes skip it which do not know it.</summary>
    public const byte FirstByte = (byte)FrameType.PacketFragment | 0x80;

    /// <summary>Bytes before the part.</summary>
    public const int Header = 3 + BodyHeader;

    /// <summary>Bytes of the body before the part.</summary>
    public const int BodyHeader = 8;

    /// <summary>Bytes of the largest frame that travels in parts.</summary>
    public const int LargestTotal = Limits.OverlayPacketBytes + PacketFrames.OrderedHeader;

    /// <summary>Bytes of each part but the last, if a frame is to be split into as few as possible, and these as equal
    /// as possible.</summary>
    /// <param name="total">Bytes of the frame, at least 1.</param>
    /// <param name="room">Bytes of plaintext that one datagram carries; more than <see cref="Header"/>.</param>
    public static int PartSize(int total, int room)
    {
        int largest = room - Header;
        int parts = (total + largest - 1) / largest;
        return (total + parts - 1) / parts;
    }

    /// <summary>Writes the header of a frame whose part is <paramref name="partLength"/> bytes.</summary>
    public void Write(Span<byte> frame, int partLength)
    {
        frame[0] = FirstByte;
        BinaryPrimitives.WriteUInt16LittleEndian(frame[1..], (ushort)(BodyHeader + partLength));
        BinaryPrimitives.WriteUInt32LittleEndian(frame[3..], Id);
        BinaryPrimitives.WriteUInt16LittleEndian(frame[7..], (ushort)Offset);
        BinaryPrimitives.WriteUInt16LittleEndian(frame[9..], (ushort)Total);
    }

    /// <summary>Reads the body of a frame: what follows its length.</summary>
    /// <returns>False if there is no part, or it does not lie within a frame of a size that is allowed.</returns>
    public static bool TryRead(ReadOnlySpan<byte> body, out FragmentFrame fragment, out ReadOnlySpan<byte> part)
    {
        fragment = default;
        part = default;
        if (body.Length <= BodyHeader) return false;
        fragment = new FragmentFrame(
            BinaryPrimitives.ReadUInt32LittleEndian(body), BinaryPrimitives.ReadUInt16LittleEndian(body[4..]),
            BinaryPrimitives.ReadUInt16LittleEndian(body[6..]));
        part = body[BodyHeader..];
        return fragment.Total <= LargestTotal && fragment.Offset + part.Length <= fragment.Total;
    }
}
