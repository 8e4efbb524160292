using System.Security.Cryptography;
using Whalescale.Benchmarks.Harness;
using Whalescale.Crypto;

namespace Whalescale.Benchmarks.Contests;

/// <summary>Operations on the curve, against one Diffie-Hellman agreement.</summary>
internal static class PublicKeyContests
{
    private const string Label = "whalescale benchmark";
    private const int MessageBytes = 128;

    internal static IEnumerable<Contest> All()
    {
        using Identity identity = Identity.Generate(SystemRandom.Instance);
        NodeId id = identity.NodeId;
        byte[] message = RandomNumberGenerator.GetBytes(MessageBytes), signature = new byte[Identity.SignatureSize];
        identity.Sign(Label, message, signature);
        var exchange = new KeyExchange();

        yield return new Contest(
            "Public keys", "one operation", 0,
            new("X25519 agreement", exchange.Agree),
            new("X25519 public key", exchange.MakePublicKey),
            new($"Ed25519 sign, {MessageBytes} B", () => identity.Sign(Label, message, signature)),
            new($"Ed25519 verify, {MessageBytes} B", () =>
            {
                if (!Identity.Verify(id, Label, message, signature)) throw new CryptographicException("Not verified.");
            }),
            new("NodeKeys.Check", () =>
            {
                if (NodeKeys.Check(id, out _) != NodeIdVerdict.Usable) throw new CryptographicException("Not usable.");
            }));
    }
}
