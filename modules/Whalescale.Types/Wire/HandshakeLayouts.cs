using System.Buffers.Binary;

namespace Whalescale.Types;

/// <summary>
/// Handshake initiation, 184 bytes:
/// <code>
///   0 header 4 │ 4 sender index 4 │ 8 ephemeral 32 │ 40 static 32 + tag 16 │ 88 payload 48 + tag 16 │ 152 mac1 16 │ 168 mac2 16
/// </code>
/// Bytes 8 to 151 are message 1 of Noise_IK as the specification writes it.
/// </summary>
public static class InitiationLayout
{
    public const int Size = 184;
    public const int SenderIndexOffset = 4;
    public const int NoiseOffset = 8;
    public const int NoiseSize = 32 + 48 + InitiationPayload.Size + Protocol.TagSize;
    public const int EphemeralSize = 32;
    public const int Mac1Offset = NoiseOffset + NoiseSize;
    public const int Mac2Offset = Mac1Offset + Protocol.MacSize;

    public static uint SenderIndex(ReadOnlySpan<byte> message) =>
        BinaryPrimitives.ReadUInt32LittleEndian(message[SenderIndexOffset..]);

    public static ReadOnlySpan<byte> Ephemeral(ReadOnlySpan<byte> message) =>
        message.Slice(NoiseOffset, EphemeralSize);
}

/// <summary>
/// Handshake response, 124 bytes:
/// <code>
///   0 header 4 │ 4 sender index 4 │ 8 receiver index 4 │ 12 ephemeral 32 │ 44 payload 32 + tag 16 │ 92 mac1 16 │ 108 mac2 16
/// </code>
/// Bytes 12 to 91 are message 2 of Noise_IK as the specification writes it.
/// </summary>
public static class ResponseLayout
{
    public const int Size = 124;
    public const int SenderIndexOffset = 4;
    public const int ReceiverIndexOffset = 8;
    public const int NoiseOffset = 12;
    public const int NoiseSize = 32 + ResponsePayload.Size + Protocol.TagSize;
    public const int Mac1Offset = NoiseOffset + NoiseSize;
    public const int Mac2Offset = Mac1Offset + Protocol.MacSize;

    public static uint SenderIndex(ReadOnlySpan<byte> message) =>
        BinaryPrimitives.ReadUInt32LittleEndian(message[SenderIndexOffset..]);

    public static uint ReceiverIndex(ReadOnlySpan<byte> message) =>
        BinaryPrimitives.ReadUInt32LittleEndian(message[ReceiverIndexOffset..]);
}

/// <summary>
/// Cookie reply, 64 bytes:
/// <code>
///   0 header 4 │ 4 receiver index 4 │ 8 nonce 24 │ 32 cookie 16 + tag 16
/// </code>
/// The cookie is sealed under a key made from the responder's node id, the network secret and the nonce; mac1 of the
/// initiation is the additional data.
/// </summary>
public static class CookieReplyLayout
{
    public const int Size = 64;
    public const int ReceiverIndexOffset = 4;
    public const int NonceOffset = 8;
    public const int NonceSize = 24;
    public const int CookieOffset = NonceOffset + NonceSize;

    public static uint ReceiverIndex(ReadOnlySpan<byte> message) =>
        BinaryPrimitives.ReadUInt32LittleEndian(message[ReceiverIndexOffset..]);
}
