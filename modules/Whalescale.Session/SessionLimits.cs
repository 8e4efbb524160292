using Whalescale.Crypto;

namespace Whalescale.Sessions;

/// <summary>How long and how far a set of keys may be used. Times as WireGuard has them; docs/protocol.md says
/// why.</summary>
public static class SessionLimits
{
    /// <summary>The initiator makes new keys when it sends with keys of this age.</summary>
    public static readonly TimeSpan RekeyAfter = TimeSpan.FromSeconds(120);

    /// <summary>The responder does, this much later.</summary>
    public static readonly TimeSpan ResponderPatience = TimeSpan.FromSeconds(30);

    /// <summary>The initiator also does when it receives with keys that have less than this left before they are
    /// refused.</summary>
    public static readonly TimeSpan RekeyBeforeReject = TimeSpan.FromSeconds(15);

    /// <summary>Keys of this age neither seal nor open.</summary>
    public static readonly TimeSpan RejectAfter = TimeSpan.FromSeconds(180);

    /// <summary>Keys of this age are erased, with or without successors.</summary>
    public static readonly TimeSpan EraseAfter = TimeSpan.FromSeconds(540);

    /// <summary>Packets under the keys before the current ones are taken this long.</summary>
    public static readonly TimeSpan PreviousKeysGrace = TimeSpan.FromSeconds(10);

    /// <summary>An initiation without answer is followed by a new one.</summary>
    public static readonly TimeSpan HandshakeRetry = TimeSpan.FromSeconds(5);

    /// <summary>Random addition to <see cref="HandshakeRetry"/>, so that two nodes fall out of step.</summary>
    public static readonly TimeSpan HandshakeJitter = TimeSpan.FromMilliseconds(333);

    /// <summary>A response to an initiation of this age is not taken any more: its keys may be gone at the other
    /// end.</summary>
    public static readonly TimeSpan ResponseWait = TimeSpan.FromSeconds(15);

    /// <summary>After this long without an answer only traffic starts another handshake.</summary>
    public static readonly TimeSpan HandshakeGiveUp = TimeSpan.FromSeconds(90);

    /// <summary>The same initiation goes out again, to every known address, this long after the first time.</summary>
    public static readonly TimeSpan HandshakeRepeat = TimeSpan.FromSeconds(1);

    /// <summary>Having received and not sent for this long, a node sends a keepalive.</summary>
    public static readonly TimeSpan Keepalive = TimeSpan.FromSeconds(10);

    /// <summary>Having sent and not received for this long, a node makes a new handshake.</summary>
    public static readonly TimeSpan NoAnswer = Keepalive + HandshakeRetry;

    /// <summary>An idle path is challenged at this interval: it keeps NAT mappings and notices a dead peer.</summary>
    public static readonly TimeSpan IdleChallenge = TimeSpan.FromSeconds(25);

    /// <summary>A cookie is honoured this long, and its secret is replaced at this interval.</summary>
    public static readonly TimeSpan CookieLifetime = TimeSpan.FromSeconds(120);

    /// <summary>A response is repeated to the same initiation for this long.</summary>
    public static readonly TimeSpan ResponseCache = TimeSpan.FromSeconds(5);

    /// <summary>A timestamp further ahead than this is not believed, and not remembered.</summary>
    public static readonly TimeSpan TimestampTolerance = TimeSpan.FromHours(24);

    /// <summary>Packets after which new keys are made: 2^48, or 2^27 where AES-GCM's bound is nearer (RFC 9001,
    /// B.1).</summary>
    public static ulong RekeyAfterPackets(CipherSuite suite) => IsAesGcm(suite) ? 1UL << 27 : 1UL << 48;

    /// <summary>Packets after which nothing more is sealed: twice as many.</summary>
    public static ulong RejectAfterPackets(CipherSuite suite) => 2 * RekeyAfterPackets(suite);

    /// <summary>Forged packets after which the keys are dropped (RFC 9001, section 6.6).</summary>
    public static ulong ForgeryLimit(CipherSuite suite) => IsAesGcm(suite) ? 1UL << 52 : 1UL << 36;

    private static bool IsAesGcm(CipherSuite suite) =>
        suite is CipherSuite.AesGcmSha256 or CipherSuite.AesGcmSha256Psk;
}
