using Whalescale.Crypto;
using Whalescale.Sessions;
using Whalescale.Types;

namespace Whalescale.Tests.Session;

public sealed class UnsealedTransportTests
{
    [Fact]
    public void Keys_without_sealing_carry_the_plaintext_as_it_is_and_still_count_and_refuse_repetition()
    {
        Instant now = new(1_000_000_000);
        var info = new SessionKeysInfo(CipherSuite.ChaChaPolyBlake2s, true, 1, 2, now, now);
        using SessionKeys keys = SessionKeys.WithoutSealing(info);
        byte[] plaintext = [1, 2, 3, 4, 5];
        byte[] datagram = new byte[plaintext.Length + TransportHeader.Overhead];
        Array.Fill(datagram, (byte)0xFF);

        Assert.True(keys.TrySeal(PathId.First, plaintext, datagram));

        Assert.Equal(1UL, keys.SealedPackets);
        Span<byte> sealedBytes = datagram.AsSpan(TransportHeader.Size);
        Assert.Equal([.. plaintext, .. new byte[Protocol.TagSize]], sealedBytes.ToArray());
        TransportHeader header = TransportHeader.Read(datagram);
        Assert.Equal(OpenVerdict.Accepted, keys.TryOpen(header, datagram, now));
        Assert.Equal(plaintext, sealedBytes[..plaintext.Length].ToArray());
        Assert.Equal(OpenVerdict.Replay, keys.TryOpen(header, datagram, now));
    }
}
