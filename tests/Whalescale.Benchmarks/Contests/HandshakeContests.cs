using Whalescale.Benchmarks.Harness;
using Whalescale.Crypto;

namespace Whalescale.Benchmarks.Contests;

/// <summary>Whole handshakes, against the X25519 operations in them: what is beyond those is our own.</summary>
internal static class HandshakeContests
{
    private const string Section = "Handshakes (Noise_IK)";

    // Message 1 needs a key pair, es and ss; message 2 a key pair, ee and se. Both sides compute every agreement.
    private const int Agreements = 4, KeyPairs = 1;

    private static readonly CipherSuite[] Suites =
    [
        CipherSuite.ChaChaPolyBlake2s, CipherSuite.AesGcmSha256, CipherSuite.ChaChaPolyBlake2sPsk,
        CipherSuite.AesGcmSha256Psk,
    ];

    internal static IEnumerable<Contest> All()
    {
        foreach (CipherSuite suite in Suites)
        {
            using var pair = new HandshakePair(suite);
            var exchange = new KeyExchange();
            yield return new Contest(
                Section, $"{suite}, both sides", 0,
                new("X25519 alone", () => exchange.Repeat(2 * Agreements, 2 * KeyPairs)),
                new("handshake", pair.Shake));
            yield return new Contest(
                Section, $"{suite}, responder", 0,
                new("X25519 alone", () => exchange.Repeat(Agreements, KeyPairs)),
                new("handshake", pair.Respond));
        }
    }
}
