namespace Whalescale.Types;

/// <summary>First byte of a datagram.</summary>
public enum MessageType : byte
{
    /// <summary>Not one of ours.</summary>
    None = 0,

    /// <summary>First message of Noise_IK, <see cref="InitiationLayout.Size"/> bytes.</summary>
    Initiation = 1,

    /// <summary>Second message of Noise_IK, <see cref="ResponseLayout.Size"/> bytes.</summary>
    Response = 2,

    /// <summary>Proof of address asked for under load, <see cref="CookieReplyLayout.Size"/> bytes.</summary>
    CookieReply = 3,

    /// <summary>Sealed frames, at least <see cref="TransportHeader.MinimumDatagramSize"/> bytes.</summary>
    Transport = 4,
}

/// <summary>The four bytes every datagram begins with: type, version, suite (0 where none applies), zero.</summary>
public static class DatagramHeader
{
    /// <summary>Bytes of the header.</summary>
    public const int Size = 4;

    /// <summary>Names the datagram if its four bytes and its length fit each other, which is the first check of
    /// all.</summary>
    public static MessageType Classify(ReadOnlySpan<byte> datagram)
    {
        if (datagram.Length < Size || datagram[1] != Protocol.Version || datagram[3] != 0) return MessageType.None;
        bool hasSuite = datagram[2] is >= Protocol.FirstSuite and <= Protocol.LastSuite;
        return (MessageType)datagram[0] switch
        {
            MessageType.Transport when hasSuite && datagram.Length >= TransportHeader.MinimumDatagramSize =>
                MessageType.Transport,
            MessageType.Initiation when hasSuite && datagram.Length == InitiationLayout.Size => MessageType.Initiation,
            MessageType.Response when hasSuite && datagram.Length == ResponseLayout.Size => MessageType.Response,
            MessageType.CookieReply when datagram[2] == 0 && datagram.Length == CookieReplyLayout.Size =>
                MessageType.CookieReply,
            _ => MessageType.None,
        };
    }

    /// <summary>Writes the four bytes.</summary>
    public static void Write(Span<byte> datagram, MessageType type, byte suite)
    {
        datagram[0] = (byte)type;
        datagram[1] = Protocol.Version;
        datagram[2] = suite;
        datagram[3] = 0;
    }
}
