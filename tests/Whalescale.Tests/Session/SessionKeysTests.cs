using Whalescale.Crypto;
using Whalescale.Sessions;
using Whalescale.Tests.Support;
using Whalescale.Types;

namespace Whalescale.Tests.Session;

public sealed class SessionKeysTests : IDisposable
{
    private static readonly Instant Start = new(1_000_000_000);
    private readonly List<SessionKeys> _made = [];

    [Theory]
    [InlineData(CipherSuite.ChaChaPolyBlake2s, 48)]
    [InlineData(CipherSuite.AesGcmSha256, 27)]
    [InlineData(CipherSuite.ChaChaPolyBlake2sPsk, 48)]
    [InlineData(CipherSuite.AesGcmSha256Psk, 27)]
    public void Keys_are_worn_after_their_packets_and_refuse_after_twice_as_many(CipherSuite suite, int bits)
    {
        (SessionKeys keys, _) = Make(suite);
        byte[] datagram = new byte[TransportHeader.Overhead];
        ulong limit = 1UL << bits;

        keys.SkipTo(PathId.First, limit - 1, limit - 1);
        Assert.False(keys.IsWorn);
        Assert.True(keys.TrySeal(PathId.First, [], datagram));
        Assert.True(keys.IsWorn);
        Assert.True(keys.CanSeal(Start));

        keys.SkipTo(PathId.First, (2 * limit) - 10, (2 * limit) - 10);
        int more = 0;
        while (keys.TrySeal(PathId.First, [], datagram)) more++;
        Assert.Equal(10, more);
        Assert.False(keys.CanSeal(Start));
        Assert.Equal(2 * limit, keys.SealedPackets);
    }

    [Fact]
    public void A_packet_number_never_wraps_into_the_path_number()
    {
        (SessionKeys keys, _) = Make();
        byte[] datagram = new byte[TransportHeader.Overhead];

        keys.SkipTo(new PathId(7), PacketNonce.LargestNumber, 0);
        Assert.True(keys.TrySeal(new PathId(7), [], datagram));
        Assert.Equal(((ulong)7 << 56) | PacketNonce.LargestNumber, TransportHeader.Read(datagram).Nonce);

        Assert.False(keys.TrySeal(new PathId(7), [], datagram));
        Assert.True(keys.TrySeal(PathId.First, [], datagram));
    }

    [Fact]
    public void Keys_seal_and_open_until_they_are_180_seconds_old()
    {
        (SessionKeys ours, SessionKeys theirs) = Make();
        byte[] one = Seal(ours), two = Seal(ours);
        Instant end = Start + TimeSpan.FromSeconds(180);

        Assert.True(ours.CanSeal(end - TimeSpan.FromMilliseconds(1)));
        Assert.False(ours.CanSeal(end));
        Assert.Equal(OpenVerdict.Accepted, Open(theirs, one, end - TimeSpan.FromMilliseconds(1)));
        Assert.Equal(OpenVerdict.Expired, Open(theirs, two, end));
    }

    [Fact]
    public void Each_path_has_numbers_and_a_window_of_its_own()
    {
        (SessionKeys ours, SessionKeys theirs) = Make();
        byte[] early = Seal(ours, 3);
        for (int i = 0; i < ReplayWindow.Size; i++) Open(theirs, Seal(ours, 4), Start);

        Assert.Equal(OpenVerdict.Accepted, Open(theirs, early, Start));
        Assert.Equal(OpenVerdict.Replay, Open(theirs, early, Start));
        Assert.Equal(PacketNonce.Of(new PathId(3), 1), TransportHeader.Read(Seal(ours, 3)).Nonce);
    }

    [Fact]
    public void A_forged_path_number_costs_no_window_and_a_ninth_path_is_refused()
    {
        (SessionKeys ours, SessionKeys theirs) = Make();
        for (int path = 0; path < 200; path++)
        {
            byte[] forged = Seal(ours, 0);
            forged[15] = (byte)(path + 1);
            Assert.Equal(OpenVerdict.Forged, Open(theirs, forged, Start));
        }

        for (byte path = 0; path < Limits.PathsPerPeer; path++)
            Assert.Equal(OpenVerdict.Accepted, Open(theirs, Seal(ours, path), Start));
        byte[] datagram = new byte[TransportHeader.Overhead];
        Assert.False(ours.TrySeal(new PathId(100), [], datagram));
        TransportHeader ninth = new((byte)CipherSuite.ChaChaPolyBlake2s, 2, PacketNonce.Of(new PathId(100), 0));
        ninth.Write(datagram);
        Assert.Equal(OpenVerdict.TooManyPaths, Open(theirs, datagram, Start));
    }

    [Fact]
    public void A_long_random_life_uses_no_nonce_twice_and_opens_what_a_set_would_open()
    {
        RandomSource random = TestRandom.Of("session life");
        (SessionKeys ours, SessionKeys theirs) = Make();
        var nonces = new HashSet<ulong>();
        var opened = new HashSet<ulong>();
        var flying = new List<byte[]>();
        for (int i = 0; i < 200_000; i++)
        {
            if (flying.Count == 0 || (flying.Count < 64 && random.NextBelow(2) == 0))
            {
                flying.Add(Seal(ours, (byte)random.NextBelow(Limits.PathsPerPeer)));
                Assert.True(nonces.Add(TransportHeader.Read(flying[^1]).Nonce));
                continue;
            }

            int which = random.NextBelow(flying.Count);
            byte[] datagram = (byte[])flying[which].Clone();
            bool isForged = random.NextBelow(10) == 0;
            if (isForged) datagram[16 + random.NextBelow(16)] ^= 1;
            else if (random.NextBelow(3) > 0) flying.RemoveAt(which); // else it arrives again
            ulong nonce = TransportHeader.Read(datagram).Nonce;
            OpenVerdict expected = opened.Contains(nonce) ? OpenVerdict.Replay
                : isForged ? OpenVerdict.Forged : OpenVerdict.Accepted;

            Assert.Equal(expected, Open(theirs, datagram, Start));
            if (expected == OpenVerdict.Accepted) opened.Add(nonce);
        }
    }

    public void Dispose() => _made.ForEach(keys => keys.Dispose());

    private static byte[] Seal(SessionKeys keys, byte path = 0)
    {
        byte[] datagram = new byte[TransportHeader.Overhead];
        Assert.True(keys.TrySeal(new PathId(path), [], datagram));
        return datagram;
    }

    private static OpenVerdict Open(SessionKeys keys, byte[] datagram, Instant now)
    {
        byte[] copy = (byte[])datagram.Clone();
        return keys.TryOpen(TransportHeader.Read(copy), copy, now);
    }

    private (SessionKeys Ours, SessionKeys Theirs) Make(CipherSuite suite = CipherSuite.ChaChaPolyBlake2s)
    {
        byte[] there = new byte[32], back = new byte[32];
        TestRandom.Of("keys/there").Fill(there);
        TestRandom.Of("keys/back").Fill(back);
        var ours = new SessionKeys(new SessionKeysInfo(suite, true, 1, 2, Start, Start), there, back);
        var theirs = new SessionKeys(new SessionKeysInfo(suite, false, 2, 1, Start, Start), back, there);
        _made.AddRange([ours, theirs]);
        return (ours, theirs);
    }
}
