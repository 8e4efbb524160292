using Whalescale.Node;
using Whalescale.Sessions;
using Whalescale.Tests.Support;
using Whalescale.Types;

namespace Whalescale.Tests.Nodes;

/// <summary>Packets of death: one bit, one byte too few or too many, any length of any type. Nothing of it moves a
/// node.</summary>
public sealed class BitFlipTests : IDisposable
{
    private readonly TestNet _net = new();

    [Fact]
    public void No_flipped_bit_of_an_initiation_changes_the_responder()
    {
        _net.Passes = static _ => false;
        (TestNode alpha, TestNode beta) = _net.AddPair();
        byte[] initiation = _net.Last(MessageType.Initiation).Bytes;

        // mac2 is read under load only; the rest of its bits is the next test.
        AssertEveryFlipIsIgnored(beta, initiation, alpha.Address, bits: InitiationLayout.Mac2Offset * 8);

        beta.Receive(initiation, alpha.Address);
        Assert.Equal(1, beta[Counter.ResponsesSent]);
    }

    [Fact]
    public void No_flipped_bit_of_mac2_gets_a_response_under_load()
    {
        _net.Passes = static _ => false;
        (TestNode alpha, TestNode beta) = _net.AddPair();
        byte[] initiation = _net.Last(MessageType.Initiation).Bytes;
        LoadWithInitiations(beta, initiation);
        beta.Receive(initiation, alpha.Address);
        byte[] reply = _net.Last(MessageType.CookieReply, beta).Bytes;
        HandshakeMacs.WriteMac2(initiation, HandshakeRuleTests.OpenCookie(alpha, beta, reply, initiation));

        for (int bit = InitiationLayout.Mac2Offset * 8; bit < initiation.Length * 8; bit++)
            beta.Receive(Flipped(initiation, bit), alpha.Address);
        Assert.Equal(0, beta[Counter.ResponsesSent]);

        beta.Receive(initiation, alpha.Address);
        Assert.Equal(1, beta[Counter.ResponsesSent]);
    }

    [Fact]
    public void No_flipped_bit_of_a_response_changes_the_initiator()
    {
        _net.Passes = static flight => flight.Type != MessageType.Response;
        (TestNode alpha, TestNode beta) = _net.AddPair();
        _net.RunFor(TimeSpan.FromMilliseconds(50));
        byte[] response = _net.Last(MessageType.Response).Bytes;

        // Version 1 has no load on initiators, so nobody reads mac2 of a response.
        AssertEveryFlipIsIgnored(alpha, response, beta.Address, bits: ResponseLayout.Mac2Offset * 8);

        alpha.Receive(response, beta.Address);
        Assert.Equal(1, alpha.SessionCount);
    }

    [Fact]
    public void No_flipped_bit_of_a_cookie_reply_changes_the_initiator()
    {
        _net.Passes = static _ => false;
        (TestNode alpha, TestNode beta) = _net.AddPair();
        byte[] initiation = _net.Last(MessageType.Initiation).Bytes;
        LoadWithInitiations(beta, initiation);
        beta.Receive(initiation, alpha.Address);
        byte[] reply = _net.Last(MessageType.CookieReply, beta).Bytes;

        AssertEveryFlipIsIgnored(alpha, reply, beta.Address);

        alpha.Receive(reply, beta.Address);
        Assert.Equal(1, alpha[Counter.CookieRepliesReceived]);
        beta.Receive(_net.Last(MessageType.Initiation, alpha).Bytes, alpha.Address);
        Assert.Equal(1, beta[Counter.ResponsesSent]);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void No_flipped_bit_of_a_transport_message_changes_the_receiver(bool prefersAes)
    {
        (TestNode alpha, TestNode beta) = _net.AddConnectedPair(new() { PrefersAes = prefersAes });
        _net.Passes = static _ => false;

        alpha.Send(_net.PacketFrom(alpha, beta, size: 60));
        AssertEveryFlipIsIgnoredAndTheMessageTaken(alpha, beta, Counter.PacketsToTun);
        _net.RunFor(TimeSpan.FromSeconds(9));
        _net.Passes = static _ => true;
        Assert.True(_net.Crosses(beta, alpha));
        _net.Passes = static _ => false;
        _net.RunFor(TimeSpan.FromSeconds(11)); // nothing to send: a keepalive is due
        AssertEveryFlipIsIgnoredAndTheMessageTaken(alpha, beta, Counter.KeepalivesReceived);
    }

    [Fact]
    public void No_flipped_bit_of_a_path_challenge_changes_the_receiver_or_is_answered()
    {
        (TestNode alpha, TestNode beta) = _net.AddConnectedPair();
        _net.Passes = static _ => false;
        alpha.Command((node, now) => node.Ping(beta.Id, null, 0, TimeSpan.FromSeconds(1), now));
        byte[] challenge = _net.Last(MessageType.Transport, alpha).Bytes;
        int answers = _net.Count(MessageType.Transport, beta);

        AssertEveryFlipIsIgnored(beta, challenge, alpha.Address);
        Assert.Equal(answers, _net.Count(MessageType.Transport, beta));

        beta.Receive(challenge, alpha.Address);
        Assert.Equal(answers + 1, _net.Count(MessageType.Transport, beta));
    }

    [Fact]
    public void Every_length_of_every_type_is_dropped_without_a_trace()
    {
        (TestNode alpha, TestNode beta) = _net.AddConnectedPair();
        int sent = _net.Log.Count;
        Action assertUnchanged = StateDigest.Watch(beta);
        RandomSource random = TestRandom.Of("lengths");
        byte[] bytes = new byte[2048];
        for (int type = 0; type < 256; type++)
        {
            for (int length = 0; length <= bytes.Length; length++)
            {
                if (length % 64 == 0) random.Fill(bytes);
                (bytes[0], bytes[1], bytes[2], bytes[3]) = ((byte)type, 1, (byte)(type == 3 ? 0 : 1 + (length % 4)), 0);
                beta.Receive(bytes.AsSpan(0, length), alpha.Address);
            }
        }

        Assert.Equal(sent, _net.Log.Count);
        assertUnchanged();
        _net.AssertConnected(alpha, beta);
    }

    [Fact]
    public void Every_truncation_and_extension_of_a_good_packet_is_dropped_without_a_trace()
    {
        (TestNode alpha, TestNode beta) = _net.AddConnectedPair();
        _net.Passes = static _ => false;
        alpha.Send(_net.PacketFrom(alpha, beta, size: 1400));
        alpha.Command((node, now) => node.Ping(beta.Id, null, 0, TimeSpan.FromSeconds(1), now));
        byte[][] good = [.. _net.Log.Select(flight => flight.Bytes)];
        int sent = _net.Log.Count;
        Action assertUnchanged = StateDigest.Watch(beta);

        foreach (byte[] packet in good)
        {
            for (int length = 0; length < packet.Length; length++)
                beta.Receive(packet.AsSpan(0, length), alpha.Address);
            for (int more = 1; more <= 64; more++)
                beta.Receive([.. packet, .. new byte[more]], alpha.Address);
        }

        Assert.Equal(sent, _net.Log.Count);
        assertUnchanged();
    }

    [Fact]
    public void The_check_of_the_state_does_notice_a_genuine_packet()
    {
        (TestNode alpha, TestNode beta) = _net.AddConnectedPair();
        _net.Passes = static _ => false;
        alpha.Send(_net.PacketFrom(alpha, beta));
        Action assertUnchanged = StateDigest.Watch(beta);

        beta.Receive(_net.Last(MessageType.Transport, alpha).Bytes, alpha.Address);

        Assert.Throws<Xunit.Sdk.FailException>(assertUnchanged);
    }

    public void Dispose() => _net.Dispose();

    private void LoadWithInitiations(TestNode node, byte[] initiation)
    {
        for (uint i = 0; i < 201; i++)
        {
            byte[] other = (byte[])initiation.Clone();
            BitConverter.TryWriteBytes(other.AsSpan(InitiationLayout.NoiseOffset), i);
            HandshakeMacs.WriteMac1(other, node.Keys, node.Id);
            node.Receive(other, TestNet.AddressOf(1000 + i));
        }
    }

    private void AssertEveryFlipIsIgnoredAndTheMessageTaken(TestNode from, TestNode to, Counter counter)
    {
        byte[] message = _net.Last(MessageType.Transport, from).Bytes;
        AssertEveryFlipIsIgnored(to, message, from.Address);
        long before = to[counter];
        to.Receive(message, from.Address);
        Assert.Equal(before + 1, to[counter]);
    }

    private static void AssertEveryFlipIsIgnored(TestNode node, byte[] message, Endpoint from, int? bits = null)
    {
        Action assertUnchanged = StateDigest.Watch(node);
        for (int bit = 0; bit < (bits ?? message.Length * 8); bit++)
        {
            node.Receive(Flipped(message, bit), from);
            if (bit % 8 == 7) assertUnchanged();
        }

        assertUnchanged();
    }

    private static byte[] Flipped(byte[] message, int bit)
    {
        byte[] flipped = (byte[])message.Clone();
        flipped[bit / 8] ^= (byte)(1 << (bit % 8));
        return flipped;
    }
}
