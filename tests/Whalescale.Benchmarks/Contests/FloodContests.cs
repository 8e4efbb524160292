using System.Security.Cryptography;
using Whalescale.Benchmarks.Harness;
using Whalescale.Crypto;
using Whalescale.Sessions;
using Whalescale.Types;

namespace Whalescale.Benchmarks.Contests;

/// <summary>What a flood of initiations costs at each check, against the handshake it is kept from.</summary>
internal static class FloodContests
{
    private static readonly Endpoint Source = new(IpAddress.FromIPv4(0xC000_0201), 51900);

    internal static IEnumerable<Contest> All()
    {
        using var pair = new HandshakePair(CipherSuite.ChaChaPolyBlake2s);
        using Blake2sMac mac1 = pair.Responder.Network.Mac1To(pair.Responder.Identity.NodeId);
        using var cookies = new CookieJar(SystemRandom.Instance);
        byte[] initiation = pair.Initiation.ToArray();
        byte[] forged = [.. initiation], proved = [.. initiation];
        byte[] cookie = new byte[Protocol.MacSize], reply = new byte[CookieReplyLayout.Size];
        forged[InitiationLayout.Mac1Offset] ^= 1;
        cookies.Bake(Source, Instant.Zero, cookie);
        HandshakeMacs.WriteMac2(proved, cookie);

        yield return new Contest(
            "Handshake floods", "initiation", 0,
            new("responder's handshake", pair.Respond),
            new("stranger refused", pair.RefuseStranger),
            new("mac1, genuine", () => Expect(true, HandshakeMacs.VerifyMac1(initiation, mac1))),
            new("mac1, forged", () => Expect(false, HandshakeMacs.VerifyMac1(forged, mac1))),
            new("mac2, none", () => Expect(false, cookies.VerifyMac2(initiation, Source, Instant.Zero))),
            new("mac2, genuine", () => Expect(true, cookies.VerifyMac2(proved, Source, Instant.Zero))),
            new("cookie reply", () =>
            {
                cookies.Bake(Source, Instant.Zero, cookie);
                HandshakeMacs.WriteCookieReply(reply, initiation, cookie, pair.Responder, SystemRandom.Instance);
            }));
    }

    private static void Expect(bool expected, bool actual)
    {
        if (expected != actual) throw new CryptographicException("A check of an initiation went wrong.");
    }
}
