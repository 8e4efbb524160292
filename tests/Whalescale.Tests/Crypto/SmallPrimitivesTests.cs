using Whalescale.Crypto;

namespace Whalescale.Tests.Crypto;

public sealed class SmallPrimitivesTests
{
    [Fact]
    public void A_code_is_verified_only_as_it_is()
    {
        using var mac = new Blake2sMac(new SeededRandom("mac").Bytes(32));
        byte[] message = [1, 2, 3];
        var code = new byte[Blake2sMac.MacSize];
        mac.Compute(message, code);
        Assert.True(mac.Verify(message, code));
        Assert.False(mac.Verify([1, 2], code));
        Assert.False(mac.Verify(message, code.AsSpan(0, 15)));
        Assert.False(mac.Verify(message, [.. code, 0]));
        for (int bit = 0; bit < code.Length * 8; bit++)
        {
            code[bit / 8] ^= (byte)(1 << (bit % 8));
            Assert.False(mac.Verify(message, code));
            code[bit / 8] ^= (byte)(1 << (bit % 8));
        }
    }

    [Fact]
    public void A_code_costs_no_allocation()
    {
        using var mac = new Blake2sMac(new byte[32]);
        var message = new byte[148];
        var code = new byte[Blake2sMac.MacSize];
        long before = 0;
        int good = 0;
        for (int i = 0; i < 100; i++)
        {
            if (i == 50) before = GC.GetAllocatedBytesForCurrentThread();
            mac.Compute(message, code);
            if (mac.Verify(message, code)) good++;
        }

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
        Assert.Equal(100, good);
    }

    [Fact]
    public void Keys_and_destinations_of_wrong_sizes_are_refused()
    {
        Assert.Throws<ArgumentException>(() => new Blake2sMac(default));
        Assert.Throws<ArgumentException>(() => new Blake2sMac(new byte[33]));
        Assert.Throws<ArgumentException>(() => Blake2s.Hash("a"u8, new byte[31]));
        Assert.Throws<ArgumentException>(() => ChaChaPoly.Seal(new byte[32], new byte[12], [], [], new byte[15]));
        Assert.Throws<ArgumentException>(() => ChaChaPoly.TryOpen(new byte[31], new byte[12], [], new byte[16], []));
        var mac = new Blake2sMac(new byte[1]);
        Assert.Throws<ArgumentException>(() => mac.Compute([], new byte[15]));
        mac.Dispose();
        Assert.Throws<ObjectDisposedException>(() => mac.Compute([], new byte[16]));
        Assert.False(ChaChaPoly.TryOpen(new byte[32], new byte[12], [], new byte[15], []));
    }

    [Fact]
    public void Public_keys_are_equal_by_content_and_survive_the_round_trip()
    {
        byte[] bytes = new SeededRandom("public key").Bytes(32);
        var key = new X25519PublicKey(bytes);
        var written = new byte[32];
        key.WriteTo(written);
        Assert.Equal(bytes, written);
        Assert.Equal(key, new X25519PublicKey(written));
        Assert.Equal(key.GetHashCode(), new X25519PublicKey(written).GetHashCode());
        Assert.Equal(Convert.ToHexStringLower(bytes), key.ToString());
        for (int i = 0; i < 32; i++)
        {
            written[i] ^= 1;
            Assert.NotEqual(key, new X25519PublicKey(written));
            written[i] ^= 1;
        }

        Assert.Throws<ArgumentException>(() => new X25519PublicKey(new byte[33]));
    }

    [Fact]
    public void The_suites_have_their_names_and_counterparts()
    {
        Assert.Equal("Noise_IK_25519_ChaChaPoly_BLAKE2s", CipherSuites.ProtocolName(CipherSuite.ChaChaPolyBlake2s));
        Assert.Equal("Noise_IK_25519_AESGCM_SHA256", CipherSuites.ProtocolName(CipherSuite.AesGcmSha256));
        Assert.Equal(
            "Noise_IKpsk2_25519_ChaChaPoly_BLAKE2s", CipherSuites.ProtocolName(CipherSuite.ChaChaPolyBlake2sPsk));
        Assert.Equal("Noise_IKpsk2_25519_AESGCM_SHA256", CipherSuites.ProtocolName(CipherSuite.AesGcmSha256Psk));
        for (int value = 0; value <= byte.MaxValue; value++)
        {
            var suite = (CipherSuite)value;
            Assert.Equal(value is >= 1 and <= 4, CipherSuites.IsKnown(suite));
            if (!CipherSuites.IsKnown(suite))
            {
                Assert.False(CipherSuites.UsesPsk(suite));
                Assert.Throws<ArgumentOutOfRangeException>(() => CipherSuites.ProtocolName(suite));
                Assert.Throws<ArgumentOutOfRangeException>(() => CipherSuites.WithPsk(suite, true));
                continue;
            }

            Assert.Equal(value > 2, CipherSuites.UsesPsk(suite));
            Assert.Equal(suite, CipherSuites.WithPsk(CipherSuites.WithPsk(suite, value <= 2), value > 2));
            Assert.NotEqual(suite, CipherSuites.WithPsk(suite, value <= 2));
        }
    }
}
