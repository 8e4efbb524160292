using System.Buffers.Binary;

namespace Whalescale.Types;

/// <summary>Low nibble of a frame's first byte. The high nibble holds <see cref="PacketMarks"/>, for packets
/// only.</summary>
public enum FrameType : byte
{
    /// <summary>Zeroes to the end.</summary>
    Padding = 0,

    /// <summary>flags | sequence 4 | send time 4 | IP packet.</summary>
    OrderedPacket = 1,

    /// <summary>flags | send time 4 | IP packet.</summary>
    UnorderedPacket = 2,

    /// <summary>data 8.</summary>
    PathChallenge = 3,

    /// <summary>data 8 | observed address 19.</summary>
    PathResponse = 4,

    /// <summary>reason 1.</summary>
    Close = 11,

    /// <summary>length 2 | <see cref="FragmentFrame"/>.</summary>
    PacketFragment = 12,
}

/// <summary>High nibble of the first byte of a packet frame.</summary>
[Flags]
public enum PacketMarks : byte
{
    None = 0,

    /// <summary>The TCP or UDP checksum field holds the pseudo-header sum only; the receiver's kernel finishes
    /// it.</summary>
    ChecksumPending = 0x10,

    /// <summary>A copy sent on purpose over another path.</summary>
    Duplicate = 0x20,

    /// <summary>Sent again over another path.</summary>
    Rescue = 0x40,

    /// <summary>The packet met congestion in the underlay.</summary>
    CongestionExperienced = 0x80,
}

/// <summary>Why a session was closed by the far side.</summary>
public enum CloseReason : byte
{
    /// <summary>The node stops.</summary>
    Shutdown = 0,

    /// <summary>The peer was taken out of the configuration.</summary>
    Removed = 1,
}

/// <summary>One frame of a plaintext.</summary>
/// <param name="Type">Type of the frame.</param>
/// <param name="Marks">Marks, of packets only.</param>
/// <param name="BodyOffset">Where the body starts in the plaintext: the IP packet, the challenge data, …</param>
/// <param name="BodyLength">Bytes of the body.</param>
/// <param name="Sequence">Multipath sequence of an ordered packet.</param>
/// <param name="SendTimeMicroseconds">Sender's clock of a packet, modulo 2^32.</param>
public readonly record struct Frame(
    FrameType Type, PacketMarks Marks, int BodyOffset, int BodyLength, uint Sequence, uint SendTimeMicroseconds);

/// <summary>Walks the frames of an opened plaintext. Never throws; what does not parse ends the walk.</summary>
public ref struct FrameReader(ReadOnlySpan<byte> plaintext)
{
    private readonly ReadOnlySpan<byte> _plaintext = plaintext;
    private int _offset;

    /// <summary>Whether the walk ended at bytes that are no frame.</summary>
    public bool IsMalformed { get; private set; }

    /// <summary>The next frame.</summary>
    /// <returns>False at the end, at padding, or at the first byte that does not parse.</returns>
    public bool TryRead(out Frame frame)
    {
        while (_offset < _plaintext.Length)
        {
            byte first = _plaintext[_offset];
            ReadOnlySpan<byte> rest = _plaintext[(_offset + 1)..];
            switch (first & 0x0F)
            {
                case (int)FrameType.Padding when first == 0:
                    frame = default;
                    IsMalformed = rest.ContainsAnyExcept((byte)0);
                    _offset = _plaintext.Length;
                    return false;

                case (int)FrameType.OrderedPacket when rest.Length > 8:
                    return Packet(FrameType.OrderedPacket, first, 9, BinaryPrimitives.ReadUInt32LittleEndian(rest),
                        BinaryPrimitives.ReadUInt32LittleEndian(rest[4..]), out frame);

                case (int)FrameType.UnorderedPacket when rest.Length > 4:
                    return Packet(FrameType.UnorderedPacket, first, 5, 0,
                        BinaryPrimitives.ReadUInt32LittleEndian(rest), out frame);

                case (int)FrameType.PathChallenge when first == (byte)FrameType.PathChallenge:
                    return Fixed(FrameType.PathChallenge, PathFrames.ChallengeData, out frame);

                case (int)FrameType.PathResponse when first == (byte)FrameType.PathResponse:
                    return Fixed(FrameType.PathResponse, PathFrames.ChallengeData + ObservedAddress.Size, out frame);

                case (int)FrameType.Close when first == (byte)FrameType.Close:
                    return Fixed(FrameType.Close, 1, out frame);

                case (int)FrameType.PacketFragment when first == FragmentFrame.FirstByte && rest.Length >= 2:
                    return Fragment(BinaryPrimitives.ReadUInt16LittleEndian(rest), out frame);

                // Unknown, but made to be skipped: first byte with bit 7, length 2, body.
                case > (int)FrameType.Close when (first & 0x80) != 0 && rest.Length >= 2:
                    int length = BinaryPrimitives.ReadUInt16LittleEndian(rest);
                    if (rest.Length < 2 + length) return Malformed(out frame);
                    _offset += 3 + length;
                    continue;

                default:
                    return Malformed(out frame);
            }
        }

        frame = default;
        return false;
    }

    private bool Packet(FrameType type, byte first, int header, uint sequence, uint time, out Frame frame)
    {
        ReadOnlySpan<byte> packet = _plaintext[(_offset + header)..];
        int length = PacketLength(packet);
        if (length == 0 || length > packet.Length) return Malformed(out frame);
        frame = new Frame(type, (PacketMarks)(first & 0xF0), _offset + header, length, sequence, time);
        _offset += header + length;
        return true;
    }

    private bool Fixed(FrameType type, int length, out Frame frame)
    {
        if (_plaintext.Length - _offset - 1 < length) return Malformed(out frame);
        frame = new Frame(type, PacketMarks.None, _offset + 1, length, 0, 0);
        _offset += 1 + length;
        return true;
    }

    private bool Fragment(int length, out Frame frame)
    {
        const int Header = FragmentFrame.Header - FragmentFrame.BodyHeader;
        if (length <= FragmentFrame.BodyHeader || _plaintext.Length - _offset - Header < length)
            return Malformed(out frame);
        frame = new Frame(FrameType.PacketFragment, PacketMarks.None, _offset + Header, length, 0, 0);
        _offset += Header + length;
        return true;
    }

    private bool Malformed(out Frame frame)
    {
        frame = default;
        IsMalformed = true;
        _offset = _plaintext.Length;
        return false;
    }

    // The length an IP header claims; the header itself is judged where the packet is delivered.
    private static int PacketLength(ReadOnlySpan<byte> packet) => packet.Length < 20 ? 0 : (packet[0] >> 4) switch
    {
        4 => BinaryPrimitives.ReadUInt16BigEndian(packet[2..]),
        6 => 40 + BinaryPrimitives.ReadUInt16BigEndian(packet[4..]),
        _ => 0,
    };
}

/// <summary>Header of a packet frame.</summary>
public static class PacketFrames
{
    /// <summary>Bytes before the IP packet in <see cref="FrameType.UnorderedPacket"/>.</summary>
    public const int UnorderedHeader = 5;

    /// <summary>Bytes before the IP packet in <see cref="FrameType.OrderedPacket"/>.</summary>
    public const int OrderedHeader = 9;

    public static void WriteUnordered(Span<byte> frame, PacketMarks flags, uint sendTimeMicroseconds)
    {
        frame[0] = (byte)((byte)FrameType.UnorderedPacket | (byte)flags);
        BinaryPrimitives.WriteUInt32LittleEndian(frame[1..], sendTimeMicroseconds);
    }

    public static void WriteOrdered(Span<byte> frame, PacketMarks flags, uint sequence, uint sendTimeMicroseconds)
    {
        frame[0] = (byte)((byte)FrameType.OrderedPacket | (byte)flags);
        BinaryPrimitives.WriteUInt32LittleEndian(frame[1..], sequence);
        BinaryPrimitives.WriteUInt32LittleEndian(frame[5..], sendTimeMicroseconds);
    }
}

/// <summary>Frames of path validation and the end of a session.</summary>
public static class PathFrames
{
    /// <summary>Bytes of a challenge's data.</summary>
    public const int ChallengeData = 8;

    /// <summary>Bytes of a path challenge frame.</summary>
    public const int ChallengeSize = 1 + ChallengeData;

    /// <summary>Bytes of a path response frame.</summary>
    public const int ResponseSize = 1 + ChallengeData + ObservedAddress.Size;

    /// <summary>Bytes of a close frame.</summary>
    public const int CloseSize = 2;

    public static void WriteChallenge(Span<byte> frame, ulong data)
    {
        frame[0] = (byte)FrameType.PathChallenge;
        BinaryPrimitives.WriteUInt64LittleEndian(frame[1..], data);
    }

    public static void WriteResponse(Span<byte> frame, ulong data, Endpoint observed)
    {
        frame[0] = (byte)FrameType.PathResponse;
        BinaryPrimitives.WriteUInt64LittleEndian(frame[1..], data);
        ObservedAddress.Write(frame[(1 + ChallengeData)..], observed);
    }

    public static void WriteClose(Span<byte> frame, CloseReason reason)
    {
        frame[0] = (byte)FrameType.Close;
        frame[1] = (byte)reason;
    }

    public static ulong ReadData(ReadOnlySpan<byte> body) => BinaryPrimitives.ReadUInt64LittleEndian(body);

    public static bool TryReadObserved(ReadOnlySpan<byte> responseBody, out Endpoint observed) =>
        ObservedAddress.TryRead(responseBody[ChallengeData..], out observed);
}
