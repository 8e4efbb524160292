using Whalescale.Node;
using Whalescale.Sessions;
using Whalescale.Tests.Support;
using Whalescale.Types;

namespace Whalescale.Tests.Nodes;

/// <summary>Handshakes by the ten thousand, from sources that do not exist.</summary>
public sealed class FloodTests : IDisposable
{
    private readonly TestNet _net = new();
    private readonly RandomSource _random = TestRandom.Of("flood");

    [Fact]
    public void Under_load_strangers_get_cookie_replies_alone_and_those_are_rationed()
    {
        (_, TestNode beta) = _net.AddConnectedPair();
        byte[] initiation = _net.Last(MessageType.Initiation).Bytes;
        Flood(beta, initiation, TimeSpan.FromMilliseconds(100)); // makes it loaded
        _net.Log.Clear();

        Flood(beta, initiation, TimeSpan.FromSeconds(1));

        Assert.All(_net.Log.Where(flight => flight.Sender == beta), answer => Assert.Equal(MessageType.CookieReply, answer.Type));
        Assert.InRange(_net.Count(MessageType.CookieReply, beta), 1_000, 2_300);
    }

    [Fact]
    public void A_new_peer_connects_within_five_seconds_during_a_flood_of_20_000_good_mac1_a_second()
    {
        TestNode alpha = _net.Add("alpha"), beta = _net.Add("beta"), gamma = _net.Add("gamma");
        beta.Know(gamma, null);
        gamma.Know(beta, beta.Address);
        _net.RunFor(TimeSpan.FromMilliseconds(100));
        byte[] initiation = _net.Last(MessageType.Initiation).Bytes;
        beta.Know(alpha, null);
        Flood(beta, initiation, TimeSpan.FromSeconds(1));

        Instant begun = _net.Now;
        alpha.Know(beta, beta.Address);
        while (alpha.SessionCount == 0 && _net.Now - begun < TimeSpan.FromSeconds(5))
            Flood(beta, initiation, TimeSpan.FromMilliseconds(50));

        Assert.Equal(1, alpha.SessionCount);
        Assert.NotEqual(0, beta[Counter.CookieRepliesSent]);
        Assert.True(_net.Crosses(gamma, beta), "the session that stood before the flood is gone");
    }

    public void Dispose() => _net.Dispose();

    // 20 000 a second in portions of 20 each millisecond; mac1 is right, the rest is noise, so is the source.
    private void Flood(TestNode target, byte[] initiation, TimeSpan duration)
    {
        byte[] bytes = (byte[])initiation.Clone();
        for (int millisecond = 0; millisecond < duration.TotalMilliseconds; millisecond++)
        {
            for (int i = 0; i < 20; i++)
            {
                _random.Fill(bytes.AsSpan(InitiationLayout.SenderIndexOffset, 40));
                HandshakeMacs.WriteMac1(bytes, target.Keys, target.Id);
                var source = new Endpoint(IpAddress.FromIPv4(0x0B000000 | (_random.NextUInt32() >> 8)), 7);
                target.Receive(bytes, source);
            }

            _net.RunFor(TimeSpan.FromMilliseconds(1));
        }
    }
}
