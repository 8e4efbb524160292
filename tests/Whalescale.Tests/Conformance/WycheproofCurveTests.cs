using Whalescale.Crypto;

namespace Whalescale.Tests.Conformance;

/// <summary>X25519, Ed25519 and the conversion between them; the policies stand in vectors/README.md.</summary>
public sealed class WycheproofCurveTests
{
    [Fact]
    public void X25519() => VectorFile.CheckAll(518, WycheproofCase.All("x25519_test.json"), test =>
    {
        var shared = new byte[32];
        bool isAgreed = Whalescale.Crypto.X25519.TryAgree(
            test.Hex("private"), new X25519PublicKey(test.Hex("public")), shared);
        if (test.HasFlag("ZeroSharedSecret") || test.HasFlag("LowOrderPublic"))
            return isAgreed || shared.AsSpan().ContainsAnyExcept((byte)0) ? "a zero secret is not refused" : null;
        if (!isAgreed) return "is refused";
        return shared.AsSpan().SequenceEqual(test.Hex("shared")) ? null : "another secret";
    });

    [Fact]
    public void Ed25519_signatures() => VectorFile.CheckAll(151, WycheproofCase.All("ed25519_test.json"), test =>
    {
        byte[] publicKey = test.Group.GetProperty("publicKey").Hex("pk");
        bool isGood = Ed25519.Verify(publicKey, test.Hex("msg"), test.Hex("sig"));
        return isGood == test.IsValid ? null : $"{test.Result}, but verification says {isGood}";
    });

    [Fact]
    public void Ed25519_keys_to_X25519() =>
        VectorFile.CheckAll(34, WycheproofCase.All("ed25519_to_x25519_test.json"), test =>
        {
            byte[] publicKey = test.Hex("publicKey");
            NodeIdVerdict verdict = NodeKeys.Check(new NodeId(publicKey), out X25519PublicKey converted);
            bool hasSignBit = (publicKey[31] & 0x80) != 0;
            NodeIdVerdict expected =
                test.HasFlag("SmallOrderPublicKey") ? NodeIdVerdict.SmallOrder
                : test.HasFlag("MixedOrderPublicKey") ? NodeIdVerdict.MixedOrder
                : hasSignBit ? NodeIdVerdict.SignBitSet
                : NodeIdVerdict.Usable;
            if (verdict != expected) return $"the verdict is {verdict}, not {expected}";
            if (verdict != NodeIdVerdict.Usable && converted != default) return "a refused id is converted";
            if (!test.IsValid) return null;

            // Half of the good keys have the sign that is not ours; their twins convert to the same key.
            publicKey[31] &= 0x7F;
            if (NodeKeys.Check(new NodeId(publicKey), out converted) != NodeIdVerdict.Usable) return "is refused";
            return converted == new X25519PublicKey(test.Hex("convertedPublicKey")) ? null : "another key";
        });

    [Fact]
    public void Key_pairs_from_seeds() => VectorFile.CheckAll(6, KeyPairs(), test =>
    {
        byte[] publicKey = new byte[32], secretKey = new byte[64], x25519Secret = new byte[32];
        Ed25519.DeriveKeys(test.Hex("seed"), publicKey, secretKey);
        Ed25519.ToX25519Secret(secretKey, x25519Secret);
        if (!publicKey.AsSpan().SequenceEqual(test.Hex("ed25519_public"))) return "another Ed25519 key";
        if (!x25519Secret.AsSpan().SequenceEqual(test.Hex("x25519_private"))) return "another X25519 secret";
        var x25519Public = new X25519PublicKey(test.Hex("x25519_public"));
        if (Whalescale.Crypto.X25519.PublicKeyOf(x25519Secret) != x25519Public) return "another X25519 key";

        bool hasSignBit = (publicKey[31] & 0x80) != 0;
        byte[] negated = test.Hex("negated_ed25519_public");
        (byte[] good, byte[] twin) = hasSignBit ? (negated, publicKey) : (publicKey, negated);
        NodeIdVerdict verdict = NodeKeys.Check(new NodeId(good), out X25519PublicKey converted);
        if (verdict != NodeIdVerdict.Usable || converted != x25519Public) return $"the verdict is {verdict}";
        verdict = NodeKeys.Check(new NodeId(twin), out _);
        return verdict == NodeIdVerdict.SignBitSet ? null : $"the twin's verdict is {verdict}";
    });

    private static IEnumerable<(string Name, System.Text.Json.JsonElement Value)> KeyPairs() =>
        VectorFile.Read("ed25519-to-x25519-keypairs.json").GetProperty("tests").EnumerateArray()
            .Select(test => (test.Text("seed"), test));
}
