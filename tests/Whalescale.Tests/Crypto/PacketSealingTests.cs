using System.Buffers.Binary;
using System.Security.Cryptography;
using Whalescale.Crypto;
using Whalescale.Crypto.Interop;

namespace Whalescale.Tests.Crypto;

public sealed class PacketSealingTests
{
    private const byte MessageType = 4;
    private const byte Version = 1;

    public static TheoryData<CipherSuite, bool> SuitesAndWays => new()
    {
        { CipherSuite.ChaChaPolyBlake2s, true },
        { CipherSuite.ChaChaPolyBlake2s, false },
        { CipherSuite.ChaChaPolyBlake2sPsk, true },
        { CipherSuite.AesGcmSha256, true },
        { CipherSuite.AesGcmSha256, false },
        { CipherSuite.AesGcmSha256Psk, true },
    };

    private static byte[] Text { get; } = new SeededRandom("text").Bytes(100);

    private static byte[] Key { get; } = new SeededRandom("packet key").Bytes(32);

    [Theory]
    [MemberData(nameof(SuitesAndWays))]
    public void Every_length_gives_what_the_framework_classes_give(CipherSuite suite, bool mayUseRecords)
    {
        using var sealer = new PacketSealer(suite, Key, MessageType, Version, mayUseRecords);
        using var opener = new PacketOpener(suite, Key, MessageType, Version, mayUseRecords);
        using var framework = new Framework(suite);
        var random = new SeededRandom("lengths");
        byte[] plaintext = random.Bytes(9400);
        var buffer = new byte[plaintext.Length + PacketSealer.Overhead];
        ulong nonce = 0;
        foreach (int length in Enumerable.Range(0, 2101).Append(plaintext.Length))
        {
            // Runs of three, then a leap, often into another path.
            nonce = length % 3 == 0 ? random.NextUInt64() >> 1 : nonce + 1;
            ReadOnlySpan<byte> text = plaintext.AsSpan(0, length);
            Span<byte> message = buffer.AsSpan(0, length + PacketSealer.Overhead);
            byte[] expected = framework.Seal(nonce, text);

            sealer.Seal(nonce, text, message);
            Assert.True(message.SequenceEqual(expected));
            Assert.True(opener.TryOpen(message));
            Assert.True(TextOf(message).SequenceEqual(text));
            Assert.True(message[..PacketSealer.NonceSize].SequenceEqual(expected.AsSpan(0, PacketSealer.NonceSize)));
        }
    }

    [Theory]
    [MemberData(nameof(SuitesAndWays))]
    public void Paths_that_take_turns_and_numbers_that_leap_get_the_nonces_they_were_given(
        CipherSuite suite, bool mayUseRecords)
    {
        using var sealer = new PacketSealer(suite, Key, MessageType, Version, mayUseRecords);
        using var framework = new Framework(suite);
        var message = new byte[Text.Length + PacketSealer.Overhead];
        ulong[] turns = [.. Enumerable.Range(0, 600).Select(i => ((ulong)(uint)(i % 3) << 56) | (uint)(i / 3))];
        ulong[] leaps = [255, 256, 257, 1UL << 32, 65535, 65536, (1UL << 56) - 1, 1UL << 56, 12, 13, 11, 14];
        ulong[] ends = [ulong.MaxValue - 2, ulong.MaxValue - 1, 1UL << 63, 0xFFUL << 56];
        foreach (ulong nonce in (ulong[])[.. turns, .. leaps, .. ends])
        {
            sealer.Seal(nonce, Text, message);
            Assert.Equal(framework.Seal(nonce, Text), message);
        }
    }

    [Theory]
    [MemberData(nameof(SuitesAndWays))]
    public void The_longest_plaintext_and_the_extreme_nonces_work(CipherSuite suite, bool mayUseRecords)
    {
        using var sealer = new PacketSealer(suite, Key, MessageType, Version, mayUseRecords);
        using var opener = new PacketOpener(suite, Key, MessageType, Version, mayUseRecords);
        using var framework = new Framework(suite);
        byte[] plaintext = new SeededRandom("long").Bytes(PacketSealer.MaxPlaintextSize);
        var message = new byte[plaintext.Length + PacketSealer.Overhead];
        foreach (ulong nonce in new ulong[] { 0, 1, 0xFEUL << 56, ulong.MaxValue - 1 })
        {
            sealer.Seal(nonce, plaintext, message);
            Assert.Equal(framework.Seal(nonce, plaintext), message);
            Assert.True(opener.TryOpen(message));
            Assert.True(TextOf(message).SequenceEqual(plaintext));
        }
    }

    [Theory]
    [MemberData(nameof(SuitesAndWays))]
    public void A_packet_forged_anywhere_is_refused_wiped_and_leaves_the_opener_usable(
        CipherSuite suite, bool mayUseRecords)
    {
        using var opener = new PacketOpener(suite, Key, MessageType, Version, mayUseRecords);
        using var framework = new Framework(suite);
        byte[] good = framework.Seal(7, Text);
        for (int bit = 0; bit < good.Length * 8; bit++)
        {
            byte[] bad = [.. good];
            bad[bit / 8] ^= (byte)(1 << (bit % 8));
            byte[] touched = [.. bad];
            Assert.False(opener.TryOpen(touched));
            Assert.Equal(-1, TextOf(touched).IndexOfAnyExcept((byte)0));
            Assert.Equal(bad[..PacketSealer.NonceSize], touched[..PacketSealer.NonceSize]);
            Assert.Equal(bad[^16..], touched[^16..]);

            byte[] opened = [.. good];
            Assert.True(opener.TryOpen(opened));
            Assert.True(TextOf(opened).SequenceEqual(Text));
        }

        for (int length = 0; length < good.Length; length++) Assert.False(opener.TryOpen([.. good[..length]]));
        Assert.False(opener.TryOpen([.. good, 0]));
        Assert.False(opener.TryOpen([.. Enumerable.Repeat((byte)0xFF, 8), .. good[8..]]));
        Assert.False(opener.TryOpen(new byte[65536]));
        Assert.True(opener.TryOpen([.. good]));
    }

    [Theory]
    [MemberData(nameof(SuitesAndWays))]
    public void A_forged_keepalive_is_refused(CipherSuite suite, bool mayUseRecords)
    {
        using var opener = new PacketOpener(suite, Key, MessageType, Version, mayUseRecords);
        using var framework = new Framework(suite);
        byte[] good = framework.Seal(1UL << 40, []);
        for (int bit = 0; bit < good.Length * 8; bit++)
        {
            byte[] bad = [.. good];
            bad[bit / 8] ^= (byte)(1 << (bit % 8));
            Assert.False(opener.TryOpen(bad));
            Assert.True(opener.TryOpen([.. good]));
        }
    }

    [Theory]
    [MemberData(nameof(SuitesAndWays))]
    public void Forgeries_leave_nothing_on_the_error_queue_of_libcrypto(CipherSuite suite, bool mayUseRecords)
    {
        using var opener = new PacketOpener(suite, Key, MessageType, Version, mayUseRecords);
        LibCrypto.ERR_clear_error();
        foreach (int length in new[] { 0, 1, 16, 1420 })
            Assert.False(opener.TryOpen(new byte[length + PacketSealer.Overhead]));

        Assert.Equal(0ul, (ulong)LibCrypto.ERR_peek_error().Value);
    }

    [Theory]
    [InlineData(CipherSuite.ChaChaPolyBlake2s, CipherSuite.ChaChaPolyBlake2sPsk)]
    [InlineData(CipherSuite.AesGcmSha256, CipherSuite.AesGcmSha256Psk)]
    public void Suite_type_and_version_are_authenticated(CipherSuite suite, CipherSuite other)
    {
        using var framework = new Framework(suite);
        byte[] good = framework.Seal(1, [1, 2, 3]);
        using var sameOpener = new PacketOpener(suite, Key, MessageType, Version);
        using var otherSuite = new PacketOpener(other, Key, MessageType, Version);
        using var otherType = new PacketOpener(suite, Key, MessageType + 1, Version);
        using var otherVersion = new PacketOpener(suite, Key, MessageType, Version + 1);
        Assert.True(sameOpener.TryOpen([.. good]));
        Assert.False(otherSuite.TryOpen([.. good]));
        Assert.False(otherType.TryOpen([.. good]));
        Assert.False(otherVersion.TryOpen([.. good]));
    }

    [Theory]
    [MemberData(nameof(SuitesAndWays))]
    public void In_place_and_out_of_place_agree(CipherSuite suite, bool mayUseRecords)
    {
        using var sealer = new PacketSealer(suite, Key, MessageType, Version, mayUseRecords);
        using var framework = new Framework(suite);
        var random = new SeededRandom("in place");
        foreach (int length in new[] { 0, 1, 15, 16, 17, 63, 64, 65, 191, 192, 193, 1420, 9000 })
        {
            byte[] plaintext = random.Bytes(length);
            byte[] message = [.. new byte[PacketSealer.NonceSize], .. plaintext, .. new byte[16]];
            sealer.Seal(3, message.AsSpan(PacketSealer.NonceSize, length), message);
            Assert.Equal(framework.Seal(3, plaintext), message);
        }
    }

    [Theory]
    [MemberData(nameof(SuitesAndWays))]
    public void Nothing_around_a_message_is_written(CipherSuite suite, bool mayUseRecords)
    {
        using var sealer = new PacketSealer(suite, Key, MessageType, Version, mayUseRecords);
        using var opener = new PacketOpener(suite, Key, MessageType, Version, mayUseRecords);
        foreach (int length in new[] { 0, 1, 17, 1420 })
        {
            byte[] buffer = [.. Enumerable.Repeat((byte)0xEE, 64 + length + PacketSealer.Overhead)];
            Span<byte> message = buffer.AsSpan(32..^32);
            sealer.Seal(9, new byte[length], message);
            Assert.True(opener.TryOpen(message));
            message[^1] ^= 1;
            Assert.False(opener.TryOpen(message));

            Assert.Equal(-1, buffer.AsSpan(..32).IndexOfAnyExcept((byte)0xEE));
            Assert.Equal(-1, buffer.AsSpan(^32..).IndexOfAnyExcept((byte)0xEE));
        }
    }

    [Theory]
    [MemberData(nameof(SuitesAndWays))]
    public void What_the_caller_may_not_do_is_refused_before_anything_is_written(CipherSuite suite, bool mayUseRecords)
    {
        var sealer = new PacketSealer(suite, Key, MessageType, Version, mayUseRecords);
        var opener = new PacketOpener(suite, Key, MessageType, Version, mayUseRecords);
        var buffer = new byte[64];
        Assert.Throws<ArgumentException>(() => sealer.Seal(0, buffer.AsSpan(0, 32), buffer.AsSpan(0, 56)));
        Assert.Throws<ArgumentException>(() => sealer.Seal(0, buffer.AsSpan(9, 32), buffer.AsSpan(0, 56)));
        Assert.Throws<ArgumentException>(() => sealer.Seal(0, buffer.AsSpan(7, 32), buffer.AsSpan(0, 56)));
        Assert.Throws<ArgumentException>(() => sealer.Seal(0, new byte[32], buffer.AsSpan(0, 55)));
        Assert.Throws<ArgumentException>(() => sealer.Seal(0, new byte[32], buffer.AsSpan(0, 57)));
        Assert.Throws<ArgumentException>(() => sealer.Seal(0, new byte[65512], new byte[65536]));
        Assert.Throws<ArgumentOutOfRangeException>(() => sealer.Seal(ulong.MaxValue, new byte[40], buffer));
        Assert.Equal(-1, buffer.AsSpan().IndexOfAnyExcept((byte)0));

        sealer.Dispose();
        opener.Dispose();
        Assert.Throws<ObjectDisposedException>(() => sealer.Seal(0, new byte[40], buffer));
        Assert.Throws<ObjectDisposedException>(() => opener.TryOpen(buffer));
    }

    [Fact]
    public void Keys_of_another_length_and_unknown_suites_are_refused()
    {
        foreach (CipherSuite suite in new[] { CipherSuite.ChaChaPolyBlake2s, CipherSuite.AesGcmSha256 })
        {
            Assert.Throws<ArgumentException>(() => new PacketSealer(suite, new byte[31], 4, 1));
            Assert.Throws<ArgumentException>(() => new PacketOpener(suite, new byte[33], 4, 1));
        }

        Assert.Throws<ArgumentOutOfRangeException>(() => new PacketSealer(CipherSuite.None, Key, 4, 1));
        Assert.Throws<ArgumentOutOfRangeException>(() => new PacketOpener((CipherSuite)5, Key, 4, 1));
    }

    [Theory]
    [MemberData(nameof(SuitesAndWays))]
    public void Sealing_opening_and_refusing_allocate_nothing(CipherSuite suite, bool mayUseRecords)
    {
        using var sealer = new PacketSealer(suite, Key, MessageType, Version, mayUseRecords);
        using var opener = new PacketOpener(suite, Key, MessageType, Version, mayUseRecords);
        var plaintext = new byte[1400];
        var message = new byte[plaintext.Length + PacketSealer.Overhead];
        long before = 0;
        int opened = 0;
        for (ulong nonce = 0; nonce < 200; nonce++)
        {
            if (nonce == 100) before = GC.GetAllocatedBytesForCurrentThread();
            sealer.Seal(nonce, plaintext, message);
            if (opener.TryOpen(message)) opened++;
            if (opener.TryOpen(message)) opened++; // a plaintext is no ciphertext
        }

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
        Assert.Equal(200, opened);
    }

    [Theory]
    [InlineData(CipherSuite.ChaChaPolyBlake2s)]
    [InlineData(CipherSuite.AesGcmSha256)]
    public void The_record_way_is_taken_for_both_ciphers_unless_it_is_forbidden(CipherSuite suite)
    {
        using var sealer = new PacketSealer(suite, Key, MessageType, Version);
        using var opener = new PacketOpener(suite, Key, MessageType, Version);
        using var ordinary = new PacketSealer(suite, Key, MessageType, Version, mayUseRecords: false);
        Assert.True(sealer.UsesRecords);
        Assert.True(opener.UsesRecords);
        Assert.False(ordinary.UsesRecords);
    }

    private static Span<byte> TextOf(Span<byte> message) => message[PacketSealer.NonceSize..^16];

    /// <summary>The wire format's definition, written out a second time with the framework's classes.</summary>
    private sealed class Framework(CipherSuite suite) : IDisposable
    {
        private readonly AesGcm? _aes =
            suite is CipherSuite.AesGcmSha256 or CipherSuite.AesGcmSha256Psk ? new AesGcm(Key, 16) : null;

        private readonly ChaCha20Poly1305 _chacha = new(Key);

        public byte[] Seal(ulong nonce, ReadOnlySpan<byte> plaintext)
        {
            Span<byte> fullNonce = stackalloc byte[12];
            if (_aes is not null) BinaryPrimitives.WriteUInt64BigEndian(fullNonce[4..], nonce);
            else BinaryPrimitives.WriteUInt64LittleEndian(fullNonce[4..], nonce);
            byte[] aad =
            [
                .. fullNonce[4..], MessageType, Version, (byte)suite, (byte)(plaintext.Length >> 8),
                (byte)plaintext.Length,
            ];
            var message = new byte[8 + plaintext.Length + 16];
            BinaryPrimitives.WriteUInt64LittleEndian(message, nonce);
            Span<byte> ciphertext = message.AsSpan(8..^16), tag = message.AsSpan(^16);
            if (_aes is not null) _aes.Encrypt(fullNonce, plaintext, ciphertext, tag, aad);
            else _chacha.Encrypt(fullNonce, plaintext, ciphertext, tag, aad);
            return message;
        }

        public void Dispose()
        {
            _aes?.Dispose();
            _chacha.Dispose();
        }
    }
}
