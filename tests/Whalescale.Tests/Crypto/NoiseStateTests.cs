using Whalescale.Crypto;
using Whalescale.Crypto.Noise;

namespace Whalescale.Tests.Crypto;

public sealed class NoiseStateTests
{
    public static TheoryData<bool> Ciphers => [true, false];

    [Theory]
    [MemberData(nameof(Ciphers))]
    public void The_last_nonce_is_never_used(bool isAes)
    {
        AeadCipher cipher = isAes ? AeadCipher.AesGcm : AeadCipher.ChaChaPoly;
        var sealing = new CipherState(cipher, new byte[32]);
        var opening = new CipherState(cipher, new byte[32]);
        sealing.SetNonce(ulong.MaxValue - 1);
        opening.SetNonce(ulong.MaxValue - 1);
        var message = new byte[20];
        sealing.EncryptWithAd(default, [1, 2, 3, 4], message);
        Assert.Equal(ulong.MaxValue, sealing.Nonce);
        Assert.Throws<InvalidOperationException>(() => sealing.EncryptWithAd(default, [1, 2, 3, 4], new byte[20]));
        Assert.Equal(ulong.MaxValue, sealing.Nonce);

        Assert.True(opening.DecryptWithAd(default, message, new byte[4]));
        Assert.False(opening.DecryptWithAd(default, message, new byte[4]));
        Assert.Equal(ulong.MaxValue, opening.Nonce);
    }

    [Theory]
    [MemberData(nameof(Ciphers))]
    public void Garbage_does_not_move_the_nonce(bool isAes)
    {
        AeadCipher cipher = isAes ? AeadCipher.AesGcm : AeadCipher.ChaChaPoly;
        var sealing = new CipherState(cipher, new byte[32]);
        var opening = new CipherState(cipher, new byte[32]);
        var message = new byte[20];
        sealing.EncryptWithAd([9], [1, 2, 3, 4], message);
        for (int length = 0; length < message.Length; length++)
            Assert.False(opening.DecryptWithAd([9], message.AsSpan(0, length), new byte[4]));
        Assert.False(opening.DecryptWithAd([8], message, new byte[4]));
        Assert.Equal(0UL, opening.Nonce);
        Assert.True(opening.DecryptWithAd([9], message, new byte[4]));
        Assert.Equal(1UL, opening.Nonce);
        Assert.False(opening.DecryptWithAd([9], message, new byte[4]));
    }

    [Theory]
    [InlineData("")]
    [InlineData("Noise_IK_25519_ChaChaPoly")]
    [InlineData("noise_IK_25519_ChaChaPoly_BLAKE2s")]
    [InlineData("Noise_IK_448_ChaChaPoly_BLAKE2s")]
    [InlineData("Noise_IK_25519_ChaChaPoly_BLAKE2s_")]
    [InlineData("Noise_IK_25519_ChaCha_BLAKE2s")]
    [InlineData("Noise_IK_25519_AESGCM_BLAKE3")]
    [InlineData("Noise_KK_25519_AESGCM_SHA256")]
    [InlineData("Noise_IKpsk_25519_AESGCM_SHA256")]
    [InlineData("Noise_IKpsk3_25519_AESGCM_SHA256")]
    [InlineData("Noise_IKpsk-1_25519_AESGCM_SHA256")]
    [InlineData("Noise_IKfallback_25519_AESGCM_SHA256")]
    [InlineData("Noise_IKpsk2+_25519_AESGCM_SHA256")]
    [InlineData("Noise_XXfallback+fallback_25519_AESGCM_SHA256")]
    public void Names_that_mean_nothing_here_are_refused(string name) =>
        Assert.Throws<ArgumentException>(() => NoiseProtocol.Parse(name));

    [Fact]
    public void The_protocols_of_the_suites_are_shared_objects()
    {
        foreach (CipherSuite suite in Enum.GetValues<CipherSuite>().Where(CipherSuites.IsKnown))
        {
            NoiseProtocol protocol = NoiseProtocol.For(suite);
            Assert.Equal(CipherSuites.ProtocolName(suite), protocol.Name);
            Assert.Equal(CipherSuites.CipherOf(suite), protocol.Cipher);
            Assert.Same(protocol, NoiseProtocol.Parse(new string(protocol.Name.AsSpan())));
        }
    }

    [Fact]
    public void Several_pre_shared_keys_are_taken_in_their_order()
    {
        Assert.True(IsAgreed(["a", "b", "c"], ["a", "b", "c"]));
        Assert.False(IsAgreed(["a", "b", "c"], ["b", "a", "c"]));
        Assert.False(IsAgreed(["a", "b", "c"], ["a", "a", "c"]));
        Assert.False(IsAgreed(["a", "b", "c"], ["a", "b", "b"]));
    }

    private static bool IsAgreed(string[] initiatorPsks, string[] responderPsks)
    {
        NoiseProtocol protocol = NoiseProtocol.Parse("Noise_IKpsk0+psk1+psk2_25519_ChaChaPoly_BLAKE2s");
        using Identity alice = Identity.Generate(new SeededRandom("alice"));
        using Identity bob = Identity.Generate(new SeededRandom("bob"));
        using var initiator = new HandshakeState(
            protocol, true, default, new KeyMaterial(alice.StaticSecret, null, bob.StaticKey), new SeededRandom("i"),
            Psks(initiatorPsks));
        using var responder = new HandshakeState(
            protocol, false, default, new KeyMaterial(bob.StaticSecret, null, null), new SeededRandom("r"),
            Psks(responderPsks));
        var message = new byte[200];
        int length = initiator.WriteMessage(default, message);
        if (!responder.TryReadMessage(message.AsSpan(0, length), default, out _)) return false;
        length = responder.WriteMessage(default, message);
        return initiator.TryReadMessage(message.AsSpan(0, length), default, out _);
    }

    private static SecretBytes[] Psks(string[] names) =>
        [.. names.Select(name => new SecretBytes(new SeededRandom(name).Bytes(32)))];
}
