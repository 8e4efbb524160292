using System.Buffers.Binary;
using System.Security.Cryptography;
using Whalescale.Crypto;

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
        { CipherSuite.AesGcmSha256Psk, true },
    };

    private static byte[] Key { get; } = new SeededRandom("packet key").Bytes(32);

    [Theory]
    [MemberData(nameof(SuitesAndWays))]
    public void Every_length_gives_what_the_framework_classes_give(CipherSuite suite, bool mayUseRecords)
    {
        using var sealer = new PacketSealer(suite, Key, MessageType, Version, mayUseRecords);
        using var opener = new PacketOpener(suite, Key, MessageType, Version, mayUseRecords);
        var random = new SeededRandom("lengths");
        byte[] plaintext = random.Bytes(2100);
        var sealedBytes = new byte[plaintext.Length + PacketSealer.TagSize];
        var opened = new byte[plaintext.Length];
        for (int length = 0; length <= plaintext.Length; length++)
        {
            ulong nonce = random.NextUInt64() >> 1;
            ReadOnlySpan<byte> text = plaintext.AsSpan(0, length);
            Span<byte> output = sealedBytes.AsSpan(0, length + PacketSealer.TagSize);
            sealer.Seal(nonce, text, output);
            Assert.Equal(SealWithFramework(suite, nonce, text), output.ToArray());
            Assert.True(opener.TryOpen(nonce, output, opened));
            Assert.True(text.SequenceEqual(opened.AsSpan(0, length)));
        }
    }

    [Theory]
    [InlineData(CipherSuite.ChaChaPolyBlake2s)]
    [InlineData(CipherSuite.AesGcmSha256)]
    public void The_longest_plaintext_and_the_extreme_nonces_work(CipherSuite suite)
    {
        using var sealer = new PacketSealer(suite, Key, MessageType, Version);
        using var opener = new PacketOpener(suite, Key, MessageType, Version);
        byte[] plaintext = new SeededRandom("long").Bytes(PacketSealer.MaxPlaintextSize);
        var sealedBytes = new byte[plaintext.Length + PacketSealer.TagSize];
        var opened = new byte[plaintext.Length];
        foreach (ulong nonce in new ulong[] { 0, 1, 0xFEUL << 56, ulong.MaxValue - 1 })
        {
            sealer.Seal(nonce, plaintext, sealedBytes);
            Assert.Equal(SealWithFramework(suite, nonce, plaintext), sealedBytes);
            Assert.True(opener.TryOpen(nonce, sealedBytes, opened));
            Assert.Equal(plaintext, opened);
        }
    }

    [Theory]
    [MemberData(nameof(SuitesAndWays))]
    public void A_forged_packet_is_refused_wiped_and_leaves_the_opener_usable(CipherSuite suite, bool mayUseRecords)
    {
        using var opener = new PacketOpener(suite, Key, MessageType, Version, mayUseRecords);
        byte[] plaintext = new SeededRandom("tamper").Bytes(100);
        byte[] good = SealWithFramework(suite, 7, plaintext);
        var opened = new byte[plaintext.Length];
        for (int bit = 0; bit < good.Length * 8; bit++)
        {
            byte[] bad = [.. good];
            bad[bit / 8] ^= (byte)(1 << (bit % 8));
            opened.AsSpan().Fill(0xEE);
            Assert.False(opener.TryOpen(7, bad, opened));
            Assert.Equal(-1, opened.AsSpan().IndexOfAnyExcept((byte)0));
            Assert.False(opener.TryOpen(7, bad, bad));
            Assert.True(opener.TryOpen(7, good, opened));
            Assert.Equal(plaintext, opened);
        }

        for (int length = 0; length < good.Length; length++)
            Assert.False(opener.TryOpen(7, good.AsSpan(0, length), opened));
        Assert.False(opener.TryOpen(8, good, opened));
        Assert.False(opener.TryOpen(ulong.MaxValue, good, opened));
        Assert.False(opener.TryOpen(7, new byte[65536], new byte[65536]));
        Assert.True(opener.TryOpen(7, good, opened));
    }

    [Theory]
    [InlineData(CipherSuite.ChaChaPolyBlake2s, CipherSuite.ChaChaPolyBlake2sPsk)]
    [InlineData(CipherSuite.AesGcmSha256, CipherSuite.AesGcmSha256Psk)]
    public void Suite_type_and_version_are_authenticated(CipherSuite suite, CipherSuite other)
    {
        byte[] good = SealWithFramework(suite, 1, [1, 2, 3]);
        var opened = new byte[3];
        using var sameOpener = new PacketOpener(suite, Key, MessageType, Version);
        using var otherSuite = new PacketOpener(other, Key, MessageType, Version);
        using var otherType = new PacketOpener(suite, Key, MessageType + 1, Version);
        using var otherVersion = new PacketOpener(suite, Key, MessageType, Version + 1);
        Assert.True(sameOpener.TryOpen(1, good, opened));
        Assert.False(otherSuite.TryOpen(1, good, opened));
        Assert.False(otherType.TryOpen(1, good, opened));
        Assert.False(otherVersion.TryOpen(1, good, opened));
    }

    [Theory]
    [MemberData(nameof(SuitesAndWays))]
    public void In_place_and_out_of_place_agree(CipherSuite suite, bool mayUseRecords)
    {
        using var sealer = new PacketSealer(suite, Key, MessageType, Version, mayUseRecords);
        using var opener = new PacketOpener(suite, Key, MessageType, Version, mayUseRecords);
        var random = new SeededRandom("in place");
        foreach (int length in new[] { 0, 1, 15, 16, 17, 63, 64, 65, 191, 192, 193, 1420, 9000 })
        {
            byte[] plaintext = random.Bytes(length);
            byte[] buffer = [.. plaintext, .. new byte[PacketSealer.TagSize]];
            sealer.Seal(3, buffer.AsSpan(0, length), buffer);
            Assert.Equal(SealWithFramework(suite, 3, plaintext), buffer);
            Assert.True(opener.TryOpen(3, buffer, buffer));
            Assert.Equal(plaintext, buffer[..length]);
        }
    }

    [Fact]
    public void What_the_caller_may_not_do_is_refused_before_anything_is_written()
    {
        using var sealer = new PacketSealer(CipherSuite.ChaChaPolyBlake2s, Key, MessageType, Version);
        using var opener = new PacketOpener(CipherSuite.ChaChaPolyBlake2s, Key, MessageType, Version);
        var buffer = new byte[64];
        Assert.Throws<ArgumentException>(() => sealer.Seal(0, buffer.AsSpan(0, 32), buffer.AsSpan(1)));
        Assert.Throws<ArgumentException>(() => sealer.Seal(0, new byte[32], buffer.AsSpan(0, 47)));
        Assert.Throws<ArgumentException>(() => sealer.Seal(0, new byte[65520], new byte[65536]));
        Assert.Throws<ArgumentOutOfRangeException>(() => sealer.Seal(ulong.MaxValue, new byte[1], buffer));
        Assert.Throws<ArgumentException>(() => opener.TryOpen(0, buffer, buffer.AsSpan(1)));
        Assert.Throws<ArgumentException>(() => opener.TryOpen(0, new byte[32], buffer.AsSpan(0, 15)));
        Assert.Equal(-1, buffer.AsSpan().IndexOfAnyExcept((byte)0));
        Assert.Throws<ArgumentException>(() => new PacketSealer(CipherSuite.AesGcmSha256, new byte[31], 4, 1));
        Assert.Throws<ArgumentOutOfRangeException>(() => new PacketSealer(CipherSuite.None, Key, 4, 1));
        Assert.Throws<ArgumentOutOfRangeException>(() => new PacketOpener((CipherSuite)5, Key, 4, 1));

        sealer.Dispose();
        opener.Dispose();
        Assert.Throws<ObjectDisposedException>(() => sealer.Seal(0, new byte[1], buffer));
        Assert.Throws<ObjectDisposedException>(() => opener.TryOpen(0, new byte[32], buffer));
    }

    [Theory]
    [MemberData(nameof(SuitesAndWays))]
    public void Sealing_opening_and_refusing_allocate_nothing(CipherSuite suite, bool mayUseRecords)
    {
        using var sealer = new PacketSealer(suite, Key, MessageType, Version, mayUseRecords);
        using var opener = new PacketOpener(suite, Key, MessageType, Version, mayUseRecords);
        var plaintext = new byte[1400];
        var sealedBytes = new byte[plaintext.Length + PacketSealer.TagSize];
        long before = 0;
        int opened = 0;
        for (ulong nonce = 0; nonce < 200; nonce++)
        {
            if (nonce == 100) before = GC.GetAllocatedBytesForCurrentThread();
            sealer.Seal(nonce, plaintext, sealedBytes);
            if (opener.TryOpen(nonce + 1, sealedBytes, plaintext)) opened++;
            if (opener.TryOpen(nonce, sealedBytes, plaintext)) opened++;
        }

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
        Assert.Equal(200, opened);
    }

    [Fact]
    public void The_record_way_is_taken_for_chacha_only()
    {
        using var chacha = new PacketSealer(CipherSuite.ChaChaPolyBlake2s, Key, MessageType, Version);
        using var ordinary = new PacketSealer(CipherSuite.ChaChaPolyBlake2s, Key, MessageType, Version, false);
        using var aes = new PacketOpener(CipherSuite.AesGcmSha256, Key, MessageType, Version);
        Assert.True(chacha.UsesRecords);
        Assert.False(ordinary.UsesRecords);
        Assert.False(aes.UsesRecords);
    }

    /// <summary>The wire format's definition, written out a second time with the framework's classes.</summary>
    private static byte[] SealWithFramework(CipherSuite suite, ulong nonce, ReadOnlySpan<byte> plaintext)
    {
        bool isAes = suite is CipherSuite.AesGcmSha256 or CipherSuite.AesGcmSha256Psk;
        Span<byte> fullNonce = stackalloc byte[12];
        if (isAes) BinaryPrimitives.WriteUInt64BigEndian(fullNonce[4..], nonce);
        else BinaryPrimitives.WriteUInt64LittleEndian(fullNonce[4..], nonce);
        byte[] aad =
        [
            .. fullNonce[4..], MessageType, Version, (byte)suite, (byte)(plaintext.Length >> 8), (byte)plaintext.Length,
        ];
        var result = new byte[plaintext.Length + 16];
        Span<byte> ciphertext = result.AsSpan(0, plaintext.Length);
        Span<byte> tag = result.AsSpan(plaintext.Length);
        if (isAes)
        {
            using var aes = new AesGcm(Key, 16);
            aes.Encrypt(fullNonce, plaintext, ciphertext, tag, aad);
        }
        else
        {
            using var chacha = new ChaCha20Poly1305(Key);
            chacha.Encrypt(fullNonce, plaintext, ciphertext, tag, aad);
        }

        return result;
    }
}
