using Whalescale.Crypto;
using Whalescale.Crypto.Noise;
using Whalescale.Types;

namespace Whalescale.Sessions;

/// <summary>mac1, mac2 and cookie replies: what a handshake message carries beside the Noise message.</summary>
public static class HandshakeMacs
{
    private const int NonceSize = 12;

    /// <summary>Writes mac1: MAC over all before it, with the key of the receiver.</summary>
    public static void WriteMac1(Span<byte> message, NetworkKeys network, NodeId receiver)
    {
        int offset = message.Length - (2 * Protocol.MacSize);
        using Blake2sMac mac = network.Mac1To(receiver);
        mac.Compute(message[..offset], message.Slice(offset, Protocol.MacSize));
    }

    /// <summary>Writes mac2: MAC over all before it, with a cookie as the key.</summary>
    public static void WriteMac2(Span<byte> message, ReadOnlySpan<byte> cookie)
    {
        int offset = message.Length - Protocol.MacSize;
        using var mac = new Blake2sMac(cookie);
        mac.Compute(message[..offset], message[offset..]);
    }

    /// <summary>Whether mac1 was made for the node whose key <paramref name="own"/> is.</summary>
    public static bool VerifyMac1(ReadOnlySpan<byte> message, Blake2sMac own)
    {
        int offset = message.Length - (2 * Protocol.MacSize);
        return own.Verify(message[..offset], message.Slice(offset, Protocol.MacSize));
    }

    /// <summary>Writes a cookie reply.</summary>
    /// <param name="reply">64 bytes.</param>
    /// <param name="initiation">What it answers.</param>
    /// <param name="cookie">16 bytes.</param>
    /// <param name="self">Us.</param>
    /// <param name="random">For the nonce.</param>
    public static void WriteCookieReply(
        Span<byte> reply, ReadOnlySpan<byte> initiation, ReadOnlySpan<byte> cookie, HandshakeSelf self,
        RandomSource random)
    {
        DatagramHeader.Write(reply, MessageType.CookieReply, suite: 0);
        initiation.Slice(InitiationLayout.SenderIndexOffset, 4).CopyTo(reply[CookieReplyLayout.ReceiverIndexOffset..]);
        Span<byte> nonce = reply.Slice(CookieReplyLayout.NonceOffset, CookieReplyLayout.NonceSize);
        random.Fill(nonce);
        Span<byte> key = stackalloc byte[Blake2s.HashSize];
        self.Network.CookieKey(self.Identity.NodeId, nonce, key);
        // The 24 random bytes are in the key, so every key seals once and its nonce may be zero.
        ReadOnlySpan<byte> zero = stackalloc byte[NonceSize];
        ChaChaPoly.Seal(key, zero, Mac1Of(initiation), cookie, reply[CookieReplyLayout.CookieOffset..]);
        key.Clear();
    }

    /// <summary>Opens a cookie reply to an initiation of ours.</summary>
    internal static bool TryOpenCookie(
        ReadOnlySpan<byte> reply, ReadOnlySpan<byte> initiation, NetworkKeys network, NodeId responder,
        Span<byte> cookie)
    {
        Span<byte> key = stackalloc byte[Blake2s.HashSize];
        network.CookieKey(responder, reply.Slice(CookieReplyLayout.NonceOffset, CookieReplyLayout.NonceSize), key);
        ReadOnlySpan<byte> zero = stackalloc byte[NonceSize];
        bool isGenuine = ChaChaPoly.TryOpen(
            key, zero, Mac1Of(initiation), reply[CookieReplyLayout.CookieOffset..], cookie);
        key.Clear();
        return isGenuine;
    }

    /// <summary>Split(), ordered by direction.</summary>
    internal static SessionKeys Keys(HandshakeState noise, in SessionKeysInfo info)
    {
        Span<byte> fromInitiator = stackalloc byte[32], fromResponder = stackalloc byte[32];
        noise.Split(fromInitiator, fromResponder);
        var keys = info.IsInitiator
            ? new SessionKeys(info, fromInitiator, fromResponder)
            : new SessionKeys(info, fromResponder, fromInitiator);
        fromInitiator.Clear();
        fromResponder.Clear();
        return keys;
    }

    private static ReadOnlySpan<byte> Mac1Of(ReadOnlySpan<byte> initiation) =>
        initiation.Slice(InitiationLayout.Mac1Offset, Protocol.MacSize);
}
