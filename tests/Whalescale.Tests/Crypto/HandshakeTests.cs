using System.Runtime.CompilerServices;
using Whalescale.Crypto;
using Whalescale.Crypto.Noise;

namespace Whalescale.Tests.Crypto;

/// <summary>What the vectors cannot show: refusals, and that they leave no trace.</summary>
public sealed class HandshakeTests : IDisposable
{
    private const int PayloadSize1 = 48;
    private const int MessageSize1 = 144;
    private const int PayloadSize2 = 32;
    private const int MessageSize2 = 80;

    private readonly Identity _alice = Identity.Generate(new SeededRandom("alice"));
    private readonly Identity _bob = Identity.Generate(new SeededRandom("bob"));
    private readonly SecretBytes _psk = new(new SeededRandom("psk").Bytes(32));

    public static TheoryData<CipherSuite> Suites => new(Enum.GetValues<CipherSuite>().Where(CipherSuites.IsKnown));

    public void Dispose()
    {
        _alice.Dispose();
        _bob.Dispose();
        _psk.Dispose();
    }

    [Theory]
    [MemberData(nameof(Suites))]
    public void Both_sides_get_the_same_keys_and_fresh_ones_each_time(CipherSuite suite)
    {
        byte[][] first = KeysOf(suite, "one"), second = KeysOf(suite, "two");
        Assert.Equal(first[0], first[2]);
        Assert.Equal(first[1], first[3]);
        Assert.NotEqual(first[0], first[1]);
        Assert.NotEqual(first[0], second[0]);
        Assert.NotEqual(first[1], second[1]);
    }

    [Theory]
    [MemberData(nameof(Suites))]
    public void Whatever_is_wrong_with_message_1_it_is_refused_and_the_good_one_still_taken(CipherSuite suite)
    {
        using HandshakeState initiator = Initiator(suite), responder = Responder(suite);
        byte[] good = Write(initiator, PayloadSize1);
        Assert.Equal(MessageSize1, good.Length);
        RefuseAllChanges(responder, good, PayloadSize1);
        Assert.Throws<InvalidOperationException>(() => responder.RemoteStaticKey);

        // A copy that never saw garbage must now write the same answer.
        using HandshakeState undisturbed = Responder(suite);
        Assert.Equal(Read(undisturbed, good, PayloadSize1), Read(responder, good, PayloadSize1));
        Assert.Equal(_alice.StaticKey, responder.RemoteStaticKey);
        Assert.Equal(Write(undisturbed, PayloadSize2), Write(responder, PayloadSize2));
    }

    [Theory]
    [MemberData(nameof(Suites))]
    public void Whatever_is_wrong_with_message_2_it_is_refused_and_the_good_one_still_taken(CipherSuite suite)
    {
        using HandshakeState initiator = Initiator(suite), responder = Responder(suite);
        Read(responder, Write(initiator, PayloadSize1), PayloadSize1);
        byte[] good = Write(responder, PayloadSize2);
        Assert.Equal(MessageSize2, good.Length);
        RefuseAllChanges(initiator, good, PayloadSize2);
        Assert.False(initiator.IsComplete);
        Assert.Equal(Payload(PayloadSize2), Read(initiator, good, PayloadSize2));
        Assert.True(initiator.IsComplete);
        Assert.True(initiator.HandshakeHash.SequenceEqual(responder.HandshakeHash));
    }

    [Theory]
    [MemberData(nameof(Suites))]
    public void Another_prologue_responder_or_key_is_refused(CipherSuite suite)
    {
        using HandshakeState initiator = Initiator(suite);
        byte[] message = Write(initiator, PayloadSize1);
        using HandshakeState otherPrologue = Responder(suite, "other"u8);
        using HandshakeState otherResponder = new(
            NoiseProtocol.For(suite), false, "prologue"u8, _alice, null, new SeededRandom("r"), PskOf(suite));
        Assert.False(otherPrologue.TryReadMessage(message, new byte[PayloadSize1], out _));
        Assert.False(otherResponder.TryReadMessage(message, new byte[PayloadSize1], out _));

        CipherSuite otherSuite = CipherSuites.WithPsk(suite, !CipherSuites.UsesPsk(suite));
        using HandshakeState otherPsk = Responder(otherSuite);
        Assert.False(otherPsk.TryReadMessage(message, new byte[PayloadSize1], out _));
    }

    [Theory]
    [InlineData(CipherSuite.ChaChaPolyBlake2sPsk)]
    [InlineData(CipherSuite.AesGcmSha256Psk)]
    public void Another_pre_shared_key_is_noticed_by_the_initiator(CipherSuite suite)
    {
        using HandshakeState initiator = Initiator(suite);
        using var otherPsk = new SecretBytes(32);
        using var responder = new HandshakeState(
            NoiseProtocol.For(suite), false, "prologue"u8, _bob, null, new SeededRandom("r"), otherPsk);
        Read(responder, Write(initiator, PayloadSize1), PayloadSize1);
        Assert.False(initiator.TryReadMessage(Write(responder, PayloadSize2), new byte[PayloadSize2], out _));
    }

    /// <summary>The u coordinates of the points of order 1, 2, 4 and 8, as far as they fit (Wycheproof's
    /// list).</summary>
    [Theory]
    [InlineData("0000000000000000000000000000000000000000000000000000000000000000")]
    [InlineData("0100000000000000000000000000000000000000000000000000000000000000")]
    [InlineData("ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f")]
    [InlineData("edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f")]
    [InlineData("eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f")]
    [InlineData("e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800")]
    [InlineData("5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157")]
    public void An_ephemeral_key_that_makes_the_agreement_zero_is_refused(string ephemeralHex)
    {
        // The agreement being known to be zero, anybody can compute such a message to the end without a secret of the
        // ephemeral key. It would be accepted if zero were.
        NoiseProtocol protocol = NoiseProtocol.For(CipherSuite.ChaChaPolyBlake2s);
        byte[] zeroSecret = Forge(protocol, Convert.FromHexString(ephemeralHex), new byte[32]);
        using HandshakeState responder = Responder(CipherSuite.ChaChaPolyBlake2s);
        int asked = 0;
        Assert.False(responder.TryReadMessage(zeroSecret, new byte[PayloadSize1], out _, _ => ++asked > 0));
        Assert.Equal(0, asked);

        // The forger is right in everything else: with an honest ephemeral key the same steps are accepted.
        byte[] secret = new SeededRandom("honest").Bytes(32), ephemeral = new byte[32], shared = new byte[32];
        X25519.PublicKeyOf(secret).WriteTo(ephemeral);
        Assert.True(X25519.TryAgree(secret, _bob.StaticKey, shared));
        Assert.True(responder.TryReadMessage(Forge(protocol, ephemeral, shared), new byte[PayloadSize1], out _));
    }

    [Theory]
    [MemberData(nameof(Suites))]
    public void The_caller_may_refuse_the_static_key_before_the_work_with_it_is_done(CipherSuite suite)
    {
        using HandshakeState initiator = Initiator(suite), responder = Responder(suite);
        byte[] good = Write(initiator, PayloadSize1);
        var payload = new byte[PayloadSize1];
        var asked = new List<X25519PublicKey>();
        bool Refuse(X25519PublicKey key)
        {
            asked.Add(key);
            return false;
        }

        Assert.False(responder.TryReadMessage(good, payload, out int length, Refuse));
        Assert.Equal(0, length);
        Assert.Equal([_alice.StaticKey], asked);
        Assert.Throws<InvalidOperationException>(() => responder.RemoteStaticKey);

        // Asked before the payload is looked at, not asked when the static key is no good.
        byte[] badPayload = [.. good], badStatic = [.. good];
        badPayload[^1] ^= 1;
        badStatic[40] ^= 1;
        Assert.False(responder.TryReadMessage(badPayload, payload, out _, Refuse));
        Assert.False(responder.TryReadMessage(badStatic, payload, out _, Refuse));
        Assert.Equal(2, asked.Count);
        Assert.Throws<NotSupportedException>(
            () => responder.TryReadMessage(good, payload, out _, _ => throw new NotSupportedException()));
        Assert.True(responder.TryReadMessage(good, payload, out _, key => key == _alice.StaticKey));
    }

    [Theory]
    [InlineData(CipherSuite.ChaChaPolyBlake2s, 0)]
    [InlineData(CipherSuite.AesGcmSha256, 512)]
    public void A_refused_message_costs_hardly_any_allocation(CipherSuite suite, int limitBytes)
    {
        using HandshakeState initiator = Initiator(suite), responder = Responder(suite);
        byte[] bad = Write(initiator, PayloadSize1);
        bad[^1] ^= 1;
        var payload = new byte[PayloadSize1];
        long before = 0;
        int accepted = 0;
        for (int i = 0; i < 40; i++)
        {
            if (i == 20) before = GC.GetAllocatedBytesForCurrentThread();
            if (responder.TryReadMessage(bad, payload, out _)) accepted++;
        }

        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 20 * limitBytes);
        Assert.Equal(0, accepted);
    }

    [Fact]
    public void What_the_caller_may_not_do_changes_nothing()
    {
        const CipherSuite Suite = CipherSuite.ChaChaPolyBlake2s;
        using HandshakeState initiator = Initiator(Suite), responder = Responder(Suite);
        var buffer = new byte[70_000];
        Assert.Throws<InvalidOperationException>(() => initiator.TryReadMessage(buffer, buffer, out _));
        Assert.Throws<InvalidOperationException>(() => responder.WriteMessage(default, buffer));
        Assert.Throws<InvalidOperationException>(() => initiator.Split(buffer, buffer));
        Assert.Throws<InvalidOperationException>(() => initiator.HandshakeHash.Length);
        Assert.Throws<ArgumentException>(() => initiator.WriteMessage(buffer.AsSpan(0, 10), buffer));
        Assert.Throws<ArgumentException>(() => responder.TryReadMessage(buffer.AsSpan(0, 200), buffer, out _));
        Assert.Throws<ArgumentException>(() => initiator.WriteMessage(new byte[65440], buffer));
        Assert.False(responder.TryReadMessage(buffer.AsSpan(0, 65536), new byte[65536], out _));

        for (int room = 0; room < MessageSize1; room++)
            Assert.Throws<ArgumentException>(() => initiator.WriteMessage(Payload(PayloadSize1), new byte[room]));
        Assert.Equal(Payload(PayloadSize1), Read(responder, Write(initiator, PayloadSize1), PayloadSize1));
        Assert.Equal(Payload(PayloadSize2), Read(initiator, Write(responder, PayloadSize2), PayloadSize2));
        Assert.Throws<InvalidOperationException>(() => initiator.WriteMessage(default, buffer));
    }

    [Fact]
    public void The_longest_message_goes_through()
    {
        using HandshakeState initiator = Initiator(CipherSuite.AesGcmSha256);
        using HandshakeState responder = Responder(CipherSuite.AesGcmSha256);
        int size = HandshakeState.MaxMessageSize - (MessageSize1 - PayloadSize1);
        byte[] message = Write(initiator, size);
        Assert.Equal(HandshakeState.MaxMessageSize, message.Length);
        Assert.Equal(Payload(size), Read(responder, message, size));
    }

    [Fact]
    public void Keys_that_do_not_fit_the_pattern_are_refused()
    {
        NoiseProtocol plain = NoiseProtocol.For(CipherSuite.ChaChaPolyBlake2s);
        NoiseProtocol withPsk = NoiseProtocol.For(CipherSuite.ChaChaPolyBlake2sPsk);
        SecretBytes secret = _alice.StaticSecret;
        X25519PublicKey remote = _bob.StaticKey;
        var random = new SeededRandom("r");
        Assert.Throws<ArgumentException>(
            () => new HandshakeState(plain, true, default, (SecretBytes?)null, remote, random));
        Assert.Throws<ArgumentException>(() => new HandshakeState(plain, true, default, secret, null, random));
        Assert.Throws<ArgumentException>(() => new HandshakeState(plain, false, default, secret, remote, random));
        Assert.Throws<ArgumentException>(() => new HandshakeState(plain, true, default, secret, remote, random, _psk));
        Assert.Throws<ArgumentException>(() => new HandshakeState(withPsk, true, default, secret, remote, random));
        using var longKey = new SecretBytes(33);
        Assert.Throws<ArgumentException>(
            () => new HandshakeState(withPsk, true, default, secret, remote, random, longKey));
        Assert.Throws<ArgumentException>(() => new HandshakeState(plain, true, default, longKey, remote, random));
    }

    [Fact]
    public void An_identity_and_its_bare_secret_give_the_same_handshake()
    {
        NoiseProtocol protocol = NoiseProtocol.For(CipherSuite.ChaChaPolyBlake2s);
        using HandshakeState first = Initiator(CipherSuite.ChaChaPolyBlake2s);
        using var second = new HandshakeState(
            protocol, true, "prologue"u8, _alice.StaticSecret, _bob.StaticKey, new SeededRandom("initiator"));
        Assert.Equal(Write(first, PayloadSize1), Write(second, PayloadSize1));
    }

    [Fact]
    public void Disposing_wipes_every_secret()
    {
        HandshakeState initiator = Initiator(CipherSuite.ChaChaPolyBlake2sPsk);
        Write(initiator, PayloadSize1);
        Span<byte> memory = MemoryOf(initiator).Span;
        Assert.True(memory.IndexOf(_alice.StaticSecret.Span) >= 0);
        Assert.True(memory.IndexOf(_psk.Span) >= 0);

        // What is needed no longer is gone already: the last agreement, and the state before the message.
        var agreement = new byte[32];
        Assert.True(X25519.TryAgree(_alice.StaticSecret.Span, _bob.StaticKey, agreement));
        Assert.True(memory.IndexOf(agreement) < 0);
        Assert.False(memory[..SymmetricState.MemorySize].ContainsAnyExcept((byte)0));
        Assert.True(memory.Slice(SymmetricState.MemorySize, SymmetricState.MemorySize).ContainsAnyExcept((byte)0));
        initiator.Dispose();
        Assert.False(memory.ContainsAnyExcept((byte)0));
        Assert.Throws<ObjectDisposedException>(() => initiator.TryReadMessage(new byte[80], new byte[32], out _));
    }

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "_memory")]
    private static extern ref SecretBytes MemoryOf(HandshakeState state);

    private static byte[] Payload(int size) => new SeededRandom("payload").Bytes(size);

    private static byte[] Write(HandshakeState writer, int payloadSize)
    {
        var message = new byte[HandshakeState.MaxMessageSize + 100];
        return message[..writer.WriteMessage(Payload(payloadSize), message)];
    }

    private static byte[] Read(HandshakeState reader, byte[] message, int payloadSize)
    {
        var payload = new byte[payloadSize];
        Assert.True(reader.TryReadMessage(message, payload, out int length));
        Assert.Equal(payloadSize, length);
        return payload;
    }

    private static void RefuseAllChanges(HandshakeState reader, byte[] good, int payloadSize)
    {
        var payload = new byte[payloadSize + 100];
        byte[] plaintext = Payload(payloadSize);
        for (int bit = 0; bit < good.Length * 8; bit++)
        {
            byte[] bad = [.. good];
            bad[bit / 8] ^= (byte)(1 << (bit % 8));
            Assert.False(reader.TryReadMessage(bad, payload, out int length));
            Assert.Equal(0, length);
            Assert.False(payload.AsSpan(0, payloadSize).SequenceEqual(plaintext));
        }

        for (int size = 0; size < good.Length; size++)
            Assert.False(reader.TryReadMessage(good.AsSpan(0, size), payload, out _));
        Assert.False(reader.TryReadMessage([.. good, 0], payload, out _));
        Assert.False(reader.TryReadMessage(good, payload.AsSpan(0, payloadSize - 1), out _));
    }

    /// <summary>Message 1 of IK from alice to bob, with an ephemeral key and a first agreement that are
    /// given.</summary>
    private byte[] Forge(NoiseProtocol protocol, byte[] ephemeral, byte[] agreement)
    {
        using var hash = new NoiseHash(protocol.Hash);
        using var memory = new SecretBytes(SymmetricState.MemorySize);
        var state = new SymmetricState(hash, protocol.Cipher, memory, 0);
        byte[] aliceKey = new byte[32], bobKey = new byte[32], staticAgreement = new byte[32];
        _alice.StaticKey.WriteTo(aliceKey);
        _bob.StaticKey.WriteTo(bobKey);
        Assert.True(X25519.TryAgree(_alice.StaticSecret.Span, _bob.StaticKey, staticAgreement));
        state.InitializeSymmetric(protocol.NameBytes.AsSpan());
        state.MixHash("prologue"u8);
        state.MixHash(bobKey);
        state.MixHash(ephemeral);
        state.MixKey(agreement);
        byte[] encryptedStatic = new byte[48], encryptedPayload = new byte[PayloadSize1 + 16];
        state.EncryptAndHash(aliceKey, encryptedStatic);
        state.MixKey(staticAgreement);
        state.EncryptAndHash(Payload(PayloadSize1), encryptedPayload);
        return [.. ephemeral, .. encryptedStatic, .. encryptedPayload];
    }

    private byte[][] KeysOf(CipherSuite suite, string seed)
    {
        using HandshakeState initiator = Initiator(suite, seed), responder = Responder(suite);
        Read(responder, Write(initiator, PayloadSize1), PayloadSize1);
        Read(initiator, Write(responder, PayloadSize2), PayloadSize2);
        byte[][] keys = [new byte[32], new byte[32], new byte[32], new byte[32]];
        initiator.Split(keys[0], keys[1]);
        responder.Split(keys[2], keys[3]);
        return keys;
    }

    private SecretBytes? PskOf(CipherSuite suite) => CipherSuites.UsesPsk(suite) ? _psk : null;

    private HandshakeState Initiator(CipherSuite suite, string seed = "initiator") => new(
        NoiseProtocol.For(suite), true, "prologue"u8, _alice, _bob.StaticKey, new SeededRandom(seed), PskOf(suite));

    private HandshakeState Responder(CipherSuite suite) => Responder(suite, "prologue"u8);

    private HandshakeState Responder(CipherSuite suite, ReadOnlySpan<byte> prologue) => new(
        NoiseProtocol.For(suite), false, prologue, _bob, null, new SeededRandom("responder"), PskOf(suite));
}
