using Whalescale.Crypto;
using Whalescale.Crypto.Noise;
using Whalescale.Tests.Crypto;

namespace Whalescale.Tests.Conformance;

/// <summary>
/// The reference is checked against the self-test of RFC 7693, and the product's functions against the reference: so
/// the keyed mode with 16-byte results, for which the RFC lists no single value, rests on the RFC as well.
/// </summary>
public sealed class Blake2sTests
{
    [Fact]
    public void The_hash_of_abc_is_that_of_appendix_B()
    {
        var hash = new byte[Blake2s.HashSize];
        Blake2s.Hash("abc"u8, hash);
        Assert.Equal("508C5E8C327C14E2E1A72BA34EEB452F37458B209ED63A294D999B4C86675982", Convert.ToHexString(hash));
        Blake2s.Hash("a"u8, ""u8, "b"u8, "c"u8, hash);
        Assert.Equal("508C5E8C327C14E2E1A72BA34EEB452F37458B209ED63A294D999B4C86675982", Convert.ToHexString(hash));
    }

    [Fact]
    public void The_BLAKE2b_hash_of_abc_is_that_of_appendix_A()
    {
        using var blake2b = new NoiseHash(NoiseHashAlgorithm.Blake2b);
        var hash = new byte[blake2b.HashSize];
        blake2b.Hash("ab"u8, "c"u8, hash);
        Assert.Equal(
            "BA80A53F981C4D0D6A2797B69F12F6E94C212F14685AC4B74B12BB6FDBFFA2D1"
            + "7D87C5392AAB792DC252D5DE4533CC9518D38AA8DBF1925AB92386EDD4009923",
            Convert.ToHexString(hash));
    }

    [Fact]
    public void The_reference_passes_the_self_test_of_appendix_E()
    {
        var digests = new List<byte>();
        foreach (int hashSize in new[] { 16, 20, 28, 32 })
        {
            foreach (int length in new[] { 0, 3, 64, 65, 255, 1024 })
            {
                byte[] data = SelfTestSequence(length);
                digests.AddRange(Blake2sReference.Hash([], data, hashSize));
                digests.AddRange(Blake2sReference.Hash(SelfTestSequence(hashSize), data, hashSize));
            }
        }

        Assert.Equal(
            "6A411F08CE25ADCDFB02ABA641451CEC53C598B24F4FC787FBDC88797F4C1DFE",
            Convert.ToHexString(Blake2sReference.Hash([], [.. digests], 32)));
    }

    [Fact]
    public void Every_length_gives_what_the_reference_gives()
    {
        byte[] data = new SeededRandom("blake2s").Bytes(300);
        var hash = new byte[Blake2s.HashSize];
        var pieces = new byte[Blake2s.HashSize];
        for (int length = 0; length <= data.Length; length++)
        {
            ReadOnlySpan<byte> part = data.AsSpan(0, length);
            byte[] expected = Blake2sReference.Hash([], part, Blake2s.HashSize);
            Blake2s.Hash(part, hash);
            Assert.Equal(expected, hash);
            int cut = length / 4;
            Blake2s.Hash(part[..cut], part[cut..], pieces);
            Assert.Equal(expected, pieces);
            Blake2s.Hash(part[..cut], part[cut..(2 * cut)], part[(2 * cut)..], pieces);
            Assert.Equal(expected, pieces);
            Blake2s.Hash(part[..cut], part[cut..(2 * cut)], part[(2 * cut)..(3 * cut)], part[(3 * cut)..], pieces);
            Assert.Equal(expected, pieces);
        }
    }

    [Fact]
    public void Every_key_size_and_length_gives_what_the_reference_gives()
    {
        byte[] data = new SeededRandom("blake2s mac").Bytes(200);
        var code = new byte[Blake2sMac.MacSize];
        for (int keySize = 1; keySize <= Blake2sMac.MaxKeySize; keySize++)
        {
            byte[] key = new SeededRandom($"key {keySize}").Bytes(keySize);
            using var mac = new Blake2sMac(key);
            for (int length = 0; length <= data.Length; length += 1 + (length / 3))
            {
                ReadOnlySpan<byte> part = data.AsSpan(0, length);
                mac.Compute(part, code);
                Assert.Equal(Blake2sReference.Hash(key, part, Blake2sMac.MacSize), code);
                Assert.True(mac.Verify(part, code));
            }
        }
    }

    /// <summary>The generator of RFC 7693, appendix E; its seed is the length.</summary>
    private static byte[] SelfTestSequence(int length)
    {
        var bytes = new byte[length];
        uint a = unchecked(0xDEAD4BAD * (uint)length), b = 1;
        for (int i = 0; i < length; i++)
        {
            (a, b) = (b, unchecked(a + b));
            bytes[i] = (byte)(b >> 24);
        }

        return bytes;
    }
}
