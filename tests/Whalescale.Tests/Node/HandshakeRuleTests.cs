using Whalescale.Crypto;
using Whalescale.Crypto.Noise;
using Whalescale.Node;
using Whalescale.Sessions;
using Whalescale.Tests.Support;
using Whalescale.Types;

namespace Whalescale.Tests.Nodes;

/// <summary>What a node answers, to whom, and what it leaves alone.</summary>
public sealed class HandshakeRuleTests : IDisposable
{
    private static readonly Endpoint Attacker = TestNet.AddressOf(66);

    private static readonly Endpoint Stranger = TestNet.AddressOf(99);
    private readonly TestNet _net = new();

    [Fact]
    public void Two_nodes_make_a_session_in_one_round_trip()
    {
        (TestNode alpha, TestNode beta) = _net.AddPair();
        _net.RunFor(TimeSpan.FromMilliseconds(20));

        Assert.Equal(1, alpha.SessionCount);
        Assert.True(_net.Crosses(alpha, beta));
        Assert.True(_net.Crosses(beta, alpha));
        Assert.Equal(1, _net.Count(MessageType.Initiation));
    }

    [Fact]
    public void An_initiation_with_a_wrong_mac1_gets_no_answer()
    {
        Flight initiation = CaptureInitiation(out _, out TestNode beta);
        initiation.Bytes[InitiationLayout.Mac1Offset] ^= 1;

        Assert.Empty(AnswersTo(beta, initiation.Bytes));
        Assert.Equal(1, beta[Counter.DropHandshakeMac1]);
    }

    [Fact]
    public void A_node_of_an_unknown_key_gets_no_answer()
    {
        TestNode beta = _net.Add("beta"), gamma = _net.Add("gamma");
        gamma.Know(beta, beta.Address);
        _net.RunFor(TimeSpan.FromSeconds(1));

        Assert.Equal(0, _net.Count(MessageType.Response));
        Assert.NotEqual(0, beta[Counter.DropHandshakeUnknownPeer]);
        Assert.Equal(0, gamma.SessionCount);
    }

    [Fact]
    public void A_node_of_another_network_gets_no_answer()
    {
        (TestNode alpha, TestNode beta) = _net.AddPair(new(), new() { Network = "other" });
        _net.RunFor(TimeSpan.FromSeconds(2));

        Assert.NotEqual(0, beta[Counter.DropHandshakeInvalid]);
        Assert.Equal(0, _net.Count(MessageType.Response));
        Assert.Equal(0, alpha.SessionCount);
    }

    [Fact]
    public void A_node_with_another_secret_does_not_even_pass_mac1()
    {
        (TestNode alpha, TestNode beta) = _net.AddPair(
            new() { Secret = Secret(1) }, new() { Secret = Secret(2) });
        _net.RunFor(TimeSpan.FromSeconds(2));

        Assert.NotEqual(0, beta[Counter.DropHandshakeMac1]);
        Assert.Equal(0, beta[Counter.InitiationsReceived]);
        Assert.Equal(0, alpha.SessionCount);
        Assert.DoesNotContain(_net.Log, flight => flight.Sender == beta);
    }

    [Fact]
    public void The_sign_bit_twin_of_an_id_is_no_peer()
    {
        TestNode alpha = _net.Add("alpha"), beta = _net.Add("beta");
        byte[] twin = beta.Id.ToArray();
        twin[^1] ^= 0x80;
        PeerSettings settings = beta.AsPeer() with { Id = new NodeId(twin) };

        Assert.Equal(AddPeerVerdict.UnusableId, alpha.Node.AddPeer(settings, _net.Now));
    }

    [Fact]
    public void An_initiation_under_the_sign_bit_twin_of_the_senders_id_is_refused()
    {
        TestNode beta = _net.Add("beta"), alpha = _net.Add("alpha");
        beta.Know(alpha, null);
        byte[] twin = alpha.Id.ToArray();
        twin[^1] ^= 0x80;

        byte[] honest = Craft(alpha, beta, alpha.Id, 1), lie = Craft(alpha, beta, new NodeId(twin), 2);

        Assert.Empty(AnswersTo(beta, lie));
        Assert.Equal(1, beta[Counter.DropHandshakeInvalid]);
        Assert.Equal(MessageType.Response, Assert.Single(AnswersTo(beta, honest)).Type);
    }

    [Fact]
    public void A_replayed_initiation_gets_the_same_response_for_five_seconds_and_a_cookie_reply_later()
    {
        (TestNode alpha, TestNode beta) = _net.AddConnectedPair();
        byte[] initiation = _net.Last(MessageType.Initiation).Bytes;
        byte[] response = _net.Last(MessageType.Response).Bytes;

        _net.RunFor(TimeSpan.FromSeconds(4));
        Assert.Equal(response, Assert.Single(AnswersTo(beta, initiation)).Bytes);

        _net.RunFor(TimeSpan.FromSeconds(2));
        Assert.Equal(MessageType.CookieReply, Assert.Single(AnswersTo(beta, initiation)).Type);

        _net.AssertConnected(alpha, beta);
        Assert.Equal(1, alpha.SessionCount);
    }

    [Fact]
    public void An_old_timestamp_is_accepted_from_whoever_answers_with_the_cookie()
    {
        (TestNode alpha, TestNode beta) = _net.AddConnectedPair();
        byte[] old = Craft(alpha, beta, alpha.Id, unixSeconds: 5);
        _net.RunFor(TimeSpan.FromSeconds(5));

        byte[] reply = Assert.Single(AnswersTo(beta, old)).Bytes;
        Assert.Equal(MessageType.CookieReply, DatagramHeader.Classify(reply));
        HandshakeMacs.WriteMac2(old, OpenCookie(alpha, beta, reply, old));

        Assert.Equal(MessageType.Response, Assert.Single(AnswersTo(beta, old)).Type);
    }

    [Fact]
    public void An_old_initiation_with_a_cookie_does_not_displace_a_handshake_that_has_just_begun()
    {
        (TestNode alpha, TestNode beta) = _net.AddConnectedPair();
        _net.RunFor(TimeSpan.FromSeconds(10));
        byte[] old = Craft(alpha, beta, alpha.Id, unixSeconds: 5);
        HandshakeMacs.WriteMac2(old, OpenCookie(alpha, beta, Assert.Single(AnswersTo(beta, old)).Bytes, old));
        byte[] present = Craft(alpha, beta, alpha.Id, unixSeconds: 1_790_000_100);
        Assert.Equal(MessageType.Response, Assert.Single(AnswersTo(beta, present)).Type);
        uint next = beta.Channel().Keys.Next!.Info.LocalIndex;

        _net.RunFor(TimeSpan.FromSeconds(1));
        Assert.DoesNotContain(AnswersTo(beta, old), answer => answer.Type == MessageType.Response);
        Assert.Equal(next, beta.Channel().Keys.Next!.Info.LocalIndex);

        _net.RunFor(TimeSpan.FromSeconds(5));
        Assert.Equal(MessageType.Response, Assert.Single(AnswersTo(beta, old)).Type);
    }

    [Fact]
    public void A_captured_initiation_replayed_at_the_right_moment_keeps_nobody_from_rekeying()
    {
        (TestNode alpha, TestNode beta) = _net.AddConnectedPair();
        byte[] old = _net.Last(MessageType.Initiation).Bytes;
        _net.RunFor(TimeSpan.FromSeconds(6));
        int before = _net.Log.Count;
        beta.Receive(old, Attacker);
        HandshakeMacs.WriteMac2(old, OpenCookie(alpha, beta, _net.Log[before].Bytes, old));
        alpha.Channel().Keys.Current!.SkipTo(PathId.First, 100, 1UL << 48);
        _net.Tap = flight =>
        {
            if (flight.Type == MessageType.Response && flight.Destination == alpha.Address)
                _net.Inject(Attacker, beta.Address, old, TimeSpan.FromMilliseconds(21));
        };
        _net.Delay = TimeSpan.FromMilliseconds(40);

        alpha.Send(_net.PacketFrom(alpha, beta));
        _net.RunFor(TimeSpan.FromSeconds(1));

        Assert.Equal(2, beta.SessionCount);
    }

    [Fact]
    public void A_cookie_serves_only_the_address_it_was_sent_to()
    {
        (TestNode alpha, TestNode beta) = _net.AddConnectedPair();
        byte[] old = Craft(alpha, beta, alpha.Id, unixSeconds: 5);
        _net.RunFor(TimeSpan.FromSeconds(5));
        byte[] reply = Assert.Single(AnswersTo(beta, old)).Bytes;
        HandshakeMacs.WriteMac2(old, OpenCookie(alpha, beta, reply, old));

        Flight answer = Assert.Single(AnswersTo(beta, old, TestNet.AddressOf(98)));

        Assert.Equal(MessageType.CookieReply, answer.Type);
    }

    [Fact]
    public void A_timestamp_more_than_a_day_ahead_is_believed_with_a_cookie_and_not_remembered()
    {
        TestNode beta = _net.Add("beta"), alpha = _net.Add("alpha");
        beta.Know(alpha, null);
        byte[] future = Craft(alpha, beta, alpha.Id, unixSeconds: 1_790_000_001 + (25 * 3600));

        byte[] reply = Assert.Single(AnswersTo(beta, future)).Bytes;
        HandshakeMacs.WriteMac2(future, OpenCookie(alpha, beta, reply, future));
        Assert.Equal(MessageType.Response, Assert.Single(AnswersTo(beta, future)).Type);

        _net.RunFor(TimeSpan.FromSeconds(1));
        byte[] present = Craft(alpha, beta, alpha.Id, unixSeconds: 1_790_000_000);
        Assert.Equal(MessageType.Response, Assert.Single(AnswersTo(beta, present)).Type);
        Assert.Contains(beta.Events, happened => happened is NodeEvent.PeerClockImplausible);
    }

    [Fact]
    public void At_most_two_handshakes_with_one_peer_are_pending()
    {
        (TestNode alpha, _) = _net.AddPair();
        _net.Passes = _ => false;
        int most = 0;
        for (int i = 0; i < 60; i++)
        {
            _net.RunFor(TimeSpan.FromSeconds(1));
            most = Math.Max(most, PendingCount(alpha));
        }

        Assert.Equal(2, most);
        Assert.True(_net.Log.Select(flight => Convert.ToHexString(flight.Bytes)).Distinct().Count() > 8);
    }

    [Fact]
    public void A_garbage_response_does_not_disturb_the_pending_handshake()
    {
        (TestNode alpha, TestNode beta) = _net.AddPair();
        var genuine = new List<Flight>();
        _net.Passes = flight => flight.Type != MessageType.Response || Keep(genuine, flight);
        _net.RunFor(TimeSpan.FromMilliseconds(50));
        byte[] response = Assert.Single(genuine).Bytes;
        RandomSource random = TestRandom.Of("garbage response");
        Action assertUnchanged = StateDigest.Watch(alpha);

        for (int i = 0; i < 500; i++)
        {
            byte[] garbage = (byte[])response.Clone();
            int noise = ResponseLayout.NoiseOffset + random.NextBelow(ResponseLayout.NoiseSize);
            garbage[noise] ^= (byte)(1 + random.NextBelow(255));
            HandshakeMacs.WriteMac1(garbage, alpha.Keys, alpha.Id);
            alpha.Receive(garbage, beta.Address);
        }

        Assert.Equal(500, alpha[Counter.DropHandshakeInvalid]);
        assertUnchanged();
        alpha.Receive(response, beta.Address);
        Assert.Equal(1, alpha.SessionCount);
    }

    [Fact]
    public void A_forged_cookie_reply_does_not_disturb_the_pending_handshake()
    {
        (TestNode alpha, TestNode beta) = _net.AddPair();
        _net.Passes = flight => flight.Sender == alpha;
        _net.RunFor(TimeSpan.FromMilliseconds(50));
        byte[] initiation = _net.Last(MessageType.Initiation).Bytes, response = _net.Last(MessageType.Response).Bytes;
        byte[] cookie = new byte[CookieReplyLayout.Size];
        RandomSource random = TestRandom.Of("forged cookie");
        Action assertUnchanged = StateDigest.Watch(alpha);

        for (int i = 0; i < 500; i++)
        {
            random.Fill(cookie);
            DatagramHeader.Write(cookie, MessageType.CookieReply, 0);
            initiation.AsSpan(4, 4).CopyTo(cookie.AsSpan(4));
            alpha.Receive(cookie, beta.Address);
        }

        Assert.Equal(500, alpha[Counter.DropCookieInvalid]);
        assertUnchanged();
        alpha.Receive(response, beta.Address);
        Assert.Equal(1, alpha.SessionCount);
    }

    [Fact]
    public void A_responder_sends_nothing_under_keys_that_are_not_confirmed()
    {
        (TestNode alpha, TestNode beta) = _net.AddPair();
        _net.Passes = flight => flight.Type != MessageType.Transport;
        for (int i = 0; i < 20; i++) beta.Send(_net.PacketFrom(beta, alpha));
        _net.RunFor(TimeSpan.FromSeconds(3));

        Assert.NotEqual(0, beta[Counter.ResponsesSent]);
        Assert.Equal(0, _net.Count(MessageType.Transport, beta));

        _net.Passes = _ => true;
        Assert.True(_net.Crosses(alpha, beta));
        Assert.NotEqual(0, _net.Count(MessageType.Transport, beta));
    }

    [Fact]
    public void When_both_initiate_at_once_both_end_on_the_handshake_of_the_smaller_id()
    {
        foreach (bool isAlphaFirst in new[] { true, false })
        {
            using var net = new TestNet();
            TestNode one = net.Add("alpha"), other = net.Add("beta");
            Assert.Equal(AddPeerVerdict.Added, one.Node.AddPeer(other.AsPeer(), net.Now));
            Assert.Equal(AddPeerVerdict.Added, other.Node.AddPeer(one.AsPeer(), net.Now));
            one.Pump();
            other.Pump();
            TestNode[] order = isAlphaFirst ? [one, other] : [other, one];
            foreach (TestNode node in order)
            {
                TestNode peer = node == one ? other : one;
                node.Command((mesh, now) =>
                    mesh.OfferCandidate(peer.Id, new Candidate(CandidateKind.Host, peer.Address), now));
            }

            net.RunFor(TimeSpan.FromSeconds(1));
            net.AssertConnected(one, other);
            Assert.Equal(2, net.Count(MessageType.Initiation));
            TestNode smaller = one.Id < other.Id ? one : other, larger = smaller == one ? other : one;

            Assert.True(smaller.Channel().Keys.Current!.Info.IsInitiator);
            Assert.False(larger.Channel().Keys.Current!.Info.IsInitiator);
            Assert.Equal(
                smaller.Channel().Keys.Current!.Info.LocalIndex, larger.Channel().Keys.Current!.Info.RemoteIndex);
        }
    }

    [Theory]
    [InlineData(true, true, CipherSuite.AesGcmSha256)]
    [InlineData(true, false, CipherSuite.ChaChaPolyBlake2s)]
    [InlineData(false, true, CipherSuite.ChaChaPolyBlake2s)]
    [InlineData(false, false, CipherSuite.ChaChaPolyBlake2s)]
    public void First_contact_ends_on_AES_GCM_exactly_if_both_prefer_it(bool alpha, bool beta, CipherSuite expected)
    {
        (TestNode one, TestNode other) = _net.AddConnectedPair(new() { PrefersAes = alpha }, new() { PrefersAes = beta });

        Assert.Equal(expected, one.Channel().Keys.Current!.Info.Suite);
        Assert.Equal(expected, other.Channel().Keys.Current!.Info.Suite);
        Assert.Equal(expected == CipherSuite.AesGcmSha256 ? 2 : 1, _net.Count(MessageType.Initiation));
    }

    [Theory]
    [InlineData(true, CipherSuite.AesGcmSha256Psk)]
    [InlineData(false, CipherSuite.ChaChaPolyBlake2sPsk)]
    public void A_network_with_a_secret_uses_the_suites_with_a_pre_shared_key_from_the_first_byte(
        bool prefersAes, CipherSuite expected)
    {
        (TestNode alpha, _) = _net.AddConnectedPair(new() { Secret = Secret(1), PrefersAes = prefersAes });

        Assert.Equal(expected, alpha.Channel().Keys.Current!.Info.Suite);
        Assert.All(_net.Log, flight => Assert.Contains(flight.Bytes[2], new byte[] { 3, 4 }));
    }

    [Theory]
    [InlineData(MessageType.Initiation)]
    [InlineData(MessageType.Response)]
    public void Rewriting_any_header_byte_makes_the_handshake_fail_and_never_weaker(MessageType type)
    {
        for (int offset = 0; offset < DatagramHeader.Size; offset++)
        {
            for (int value = 1; value < 256; value++)
            {
                using var net = new TestNet();
                (TestNode alpha, TestNode beta) = (net.Add("alpha"), net.Add("beta"));
                beta.Know(alpha, null);
                net.Passes = flight =>
                {
                    if (flight.Type == type) flight.Bytes[offset] ^= (byte)value;
                    return true;
                };
                alpha.Know(beta, beta.Address);
                net.RunFor(TimeSpan.FromMilliseconds(100));

                Assert.Equal(0, alpha.SessionCount + beta.SessionCount);
                if (offset != 2 && value > 8) break; // the suite byte in full, the others by a few bits
            }
        }
    }

    [Fact]
    public void A_header_rewritten_to_another_suite_with_a_fitting_mac1_is_refused_too()
    {
        for (byte suite = 1; suite <= 4; suite++)
        {
            using var net = new TestNet();
            (TestNode alpha, TestNode beta) = (net.Add("alpha"), net.Add("beta"));
            beta.Know(alpha, null);
            byte[] initiation = Craft(alpha, beta, alpha.Id, 1_790_000_000);
            initiation[2] = suite;
            HandshakeMacs.WriteMac1(initiation, beta.Keys, beta.Id);
            initiation.AsSpan(InitiationLayout.Mac2Offset).Clear();
            beta.Receive(initiation, Stranger);

            Assert.Equal(suite == 1 ? 1 : 0, net.Count(MessageType.Response));
        }
    }

    /// <summary>Both names: it must not depend on whose id is smaller.</summary>
    [Theory]
    [InlineData("alpha", "beta")]
    [InlineData("beta", "alpha")]
    public void A_response_held_back_for_minutes_does_not_replace_working_keys(string first, string second)
    {
        TestNode one = _net.Add(first), other = _net.Add(second);
        other.Know(one, null);
        one.Know(other, other.Address);
        var held = new List<Flight>();
        _net.Passes = flight => flight.Type != MessageType.Response || flight.Sender != other || Keep(held, flight);
        _net.RunFor(TimeSpan.FromMilliseconds(50));
        other.Command((node, now) =>
            node.OfferCandidate(one.Id, new Candidate(CandidateKind.Host, one.Address), now));
        _net.RunFor(TimeSpan.FromMilliseconds(200));
        for (int i = 0; i < 60; i++) Assert.True(_net.Crosses(other, one, TimeSpan.FromSeconds(5)));

        one.Receive(held[0].Bytes, other.Address);

        _net.AssertConnected(one, other);
    }

    [Fact]
    public void A_stopped_nodes_peer_knows_at_once_and_comes_back_by_itself()
    {
        (TestNode alpha, TestNode beta) = _net.AddConnectedPair();

        beta.Command(static (node, now) => node.Close(now));
        _net.RunFor(TimeSpan.FromMilliseconds(20));

        Assert.Contains(alpha.Events, happened => happened is NodeEvent.SessionClosed);
        Assert.Null(alpha.Channel().Keys.Current);
        _net.RunFor(TimeSpan.FromSeconds(6));
        _net.AssertConnected(alpha, beta);
    }

    public void Dispose() => _net.Dispose();

    internal static byte[] Secret(byte fill) => [.. Enumerable.Repeat(fill, NetworkKeys.SecretSize)];

    /// <summary>An initiation as the sender would write it, with an id and a time of the test's choice.</summary>
    internal static byte[] Craft(TestNode from, TestNode to, NodeId claimedId, ulong unixSeconds)
    {
        RandomSource random = TestRandom.Of($"craft/{unixSeconds}/{claimedId}");
        byte[] message = new byte[InitiationLayout.Size];
        DatagramHeader.Write(message, MessageType.Initiation, (byte)CipherSuite.ChaChaPolyBlake2s);
        random.Fill(message.AsSpan(InitiationLayout.SenderIndexOffset, 4));
        using var noise = new HandshakeState(
            NoiseProtocol.For(CipherSuite.ChaChaPolyBlake2s), initiator: true,
            from.Keys.Prologue(CipherSuite.ChaChaPolyBlake2s, to.Id), from.Identity, to.Identity.StaticKey, random);
        byte[] payload = new byte[InitiationPayload.Size];
        new InitiationPayload(new HandshakeTimestamp(unixSeconds, 0), claimedId, from.Self.Capabilities).Write(payload);
        noise.WriteMessage(payload, message.AsSpan(InitiationLayout.NoiseOffset, InitiationLayout.NoiseSize));
        HandshakeMacs.WriteMac1(message, from.Keys, to.Id);
        return message;
    }

    internal static byte[] OpenCookie(TestNode initiator, TestNode responder, byte[] reply, byte[] initiation)
    {
        byte[] cookie = new byte[Protocol.MacSize];
        Assert.True(HandshakeMacs.TryOpenCookie(reply, initiation, initiator.Keys, responder.Id, cookie));
        return cookie;
    }

    private static bool Keep(List<Flight> kept, Flight flight)
    {
        kept.Add(flight);
        return false;
    }

    private static int PendingCount(TestNode node)
    {
        object desk = StateDigest.Field(node.Node, "_desk");
        return ((System.Collections.ICollection)StateDigest.Field(desk, "_pending")).Count;
    }

    private Flight CaptureInitiation(out TestNode alpha, out TestNode beta)
    {
        _net.Passes = _ => false;
        (alpha, beta) = _net.AddPair();
        return _net.Last(MessageType.Initiation);
    }

    private List<Flight> AnswersTo(TestNode node, byte[] message, Endpoint? from = null)
    {
        int before = _net.Log.Count;
        node.Receive(message, from ?? Stranger);
        return _net.Log.GetRange(before, _net.Log.Count - before);
    }
}
