using Whalescale.Crypto.Noise;

namespace Whalescale.Tests.Conformance;

/// <summary>HMAC and HKDF as the handshake computes them, and SipHash for the library that would give it.</summary>
public sealed class WycheproofHashTests
{
    [Fact]
    public void Hmac_Sha256() => VectorFile.CheckAll(174, WycheproofCase.All("hmac_sha256_test.json"), test =>
    {
        using var hash = new NoiseHash(NoiseHashAlgorithm.Sha256);
        byte[] message = test.Hex("msg");
        var whole = new byte[32];
        hash.Hmac(test.Hex("key"), message, default, default, whole);
        var inThree = new byte[32];
        int cut = message.Length / 3;
        hash.Hmac(test.Hex("key"), message.AsSpan(0, cut), message.AsSpan(cut, cut), message.AsSpan(2 * cut), inThree);
        if (!whole.AsSpan().SequenceEqual(inThree)) return "the pieces matter";
        bool isEqual = whole.AsSpan(0, test.GroupNumber("tagSize") / 8).SequenceEqual(test.Hex("tag"));
        return isEqual == test.IsValid ? null : $"{test.Result}, but equal is {isEqual}";
    });

    [Fact]
    public void Hkdf_Sha256() => VectorFile.CheckAll(86, WycheproofCase.All("hkdf_sha256_test.json"), test =>
    {
        using var hash = new NoiseHash(NoiseHashAlgorithm.Sha256);
        var output = new byte[test.Test.GetProperty("size").GetInt32()];
        if (!test.IsValid)
        {
            Assert.Throws<ArgumentException>(
                () => hash.Hkdf(test.Hex("salt"), test.Hex("ikm"), test.Hex("info"), output));
            return null;
        }

        hash.Hkdf(test.Hex("salt"), test.Hex("ikm"), test.Hex("info"), output);
        return output.AsSpan().SequenceEqual(test.Hex("okm")) ? null : "other key material";
    });

    [Fact]
    public void SipHash_2_4_of_libsodium() =>
        VectorFile.CheckAll(40, WycheproofCase.All("siphash_2_4_test.json"), test =>
        {
            byte[] tag = SodiumExtras.SipHash(test.Hex("key"), test.Hex("msg"));
            bool isEqual = tag.AsSpan().SequenceEqual(test.Hex("tag"));
            return isEqual == test.IsValid ? null : $"{test.Result}, but equal is {isEqual}";
        });
}
