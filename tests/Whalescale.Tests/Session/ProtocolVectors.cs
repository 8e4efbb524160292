using System.Buffers.Binary;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Whalescale.Crypto;
using Whalescale.Sessions;
using Whalescale.Types;

namespace Whalescale.Tests.Session;

/// <summary>Makes the vectors of protocol version 1 from fixed keys: every layout of docs/protocol.md in
/// bytes.</summary>
internal static class ProtocolVectors
{
    private const uint InitiatorIndex = 0x11223344, ResponderIndex = 0xAABBCCDD;
    private static readonly Instant Now = new(1_000_000_000);
    private static readonly HandshakeTimestamp Timestamp = new(1_790_000_000, 0x0100_0000);
    private static readonly Endpoint Observed = new(IpAddress.FromIPv4(0xC0000207), 51900);

    private static readonly JsonSerializerOptions Indented =
        new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    internal static string Make()
    {
        using Identity initiator = IdentityOf(0x01), responder = IdentityOf(0x41);
        var document = new JsonObject
        {
            ["protocol"] = "whalescale/1",
            ["network"] = "home",
            ["secret"] = Hex(Secret),
            ["initiator"] = IdentityObject(initiator),
            ["responder"] = IdentityObject(responder),
            ["initiator_index"] = InitiatorIndex,
            ["responder_index"] = ResponderIndex,
            ["frames"] = new JsonObject(Frames().Select(frame => Pair(frame.Name, Hex(frame.Bytes)))),
        };
        for (var suite = CipherSuite.ChaChaPolyBlake2s; suite <= CipherSuite.AesGcmSha256Psk; suite++)
            document[$"suite-{(int)suite}"] = SuiteObject(suite, initiator, responder);
        return document.ToJsonString(Indented) + "\n";
    }

    /// <summary>One plaintext of every kind of frame, without padding.</summary>
    internal static IEnumerable<(string Name, byte[] Bytes)> Frames()
    {
        byte[] packet = Packet();
        yield return ("keepalive", []);
        yield return ("padding", new byte[16]);

        byte[] ordered = [.. new byte[PacketFrames.OrderedHeader], .. packet];
        PacketFrames.WriteOrdered(ordered, PacketMarks.Rescue, sequence: 0x01020304, sendTimeMicroseconds: 0x05060708);
        yield return ("ordered-packet", ordered);

        byte[] unordered = [.. new byte[PacketFrames.UnorderedHeader], .. packet];
        PacketFrames.WriteUnordered(unordered, PacketMarks.ChecksumPending, sendTimeMicroseconds: 0x05060708);
        yield return ("unordered-packet", unordered);

        byte[] challenge = new byte[PathFrames.ChallengeSize];
        PathFrames.WriteChallenge(challenge, 0x0807_0605_0403_0201);
        yield return ("path-challenge", challenge);

        byte[] response4 = new byte[PathFrames.ResponseSize], response6 = new byte[PathFrames.ResponseSize];
        PathFrames.WriteResponse(response4, 0x0807_0605_0403_0201, Observed);
        yield return ("path-response", response4);
        var ipv6 = new IpAddress(0x2001_0DB8_0000_0000, 7);
        PathFrames.WriteResponse(response6, 0x0807_0605_0403_0201, new Endpoint(ipv6, 51900));
        yield return ("path-response-ipv6", response6);

        byte[] close = new byte[PathFrames.CloseSize];
        PathFrames.WriteClose(close, CloseReason.Removed);
        yield return ("close", close);

        // What a later version may send: to be skipped, and the close after it to be read.
        yield return ("unknown-then-close", [0x8D, 0x03, 0x00, 0x01, 0x02, 0x03, .. close]);

        // The last part of the unordered packet above.
        byte[] fragment = [.. new byte[FragmentFrame.Header], .. unordered[20..]];
        new FragmentFrame(0x0403_0201, Offset: 20, unordered.Length).Write(fragment, unordered.Length - 20);
        yield return ("packet-fragment", fragment);
    }

    private static byte[] Secret => Count(0x81, NetworkKeys.SecretSize);

    private static JsonObject SuiteObject(CipherSuite suite, Identity initiator, Identity responder)
    {
        using var keys = new NetworkKeys("home", CipherSuites.UsesPsk(suite) ? Secret : []);
        var one = new HandshakeSelf(initiator, keys, new Capabilities(Protocol.Version, 0b1111, 0b1010));
        var other = new HandshakeSelf(responder, keys, new Capabilities(Protocol.Version, 0b1111, 0));
        byte[] ephemeral1 = Count(0xC1, 32), ephemeral2 = Count(0x21, 32), nonce = Count(0x61, 24), cookie = Count(0xE0, 16);
        using var begun = new InitiatorHandshake(
            one, responder.NodeId, responder.StaticKey, suite, InitiatorIndex, Timestamp, default,
            new FixedRandom(ephemeral1), Now);
        byte[] initiation = begun.Message.ToArray(), response = new byte[ResponseLayout.Size];
        using var reader = new HandshakeReader(other, new FixedRandom(ephemeral2));
        using ResponderHandshake answered = reader.TryRead(initiation, static _ => true, Now)!;
        using SessionKeys theirs = answered.Respond(ResponderIndex, Observed, Now, response);
        byte[] reply = new byte[CookieReplyLayout.Size];
        HandshakeMacs.WriteCookieReply(reply, initiation, cookie, other, new FixedRandom(nonce));
        Assert.True(begun.TryReadCookie(reply, stackalloc byte[Protocol.MacSize]));
        Assert.True(begun.TryReadResponse(response, Now, out SessionKeys? ours, out _));
        using SessionKeys sealing = ours!;
        return new JsonObject
        {
            ["name"] = CipherSuites.ProtocolName(suite),
            ["network_id"] = Hex(keys.NetworkId),
            ["prologue"] = Hex(keys.Prologue(suite, responder.NodeId)),
            ["initiator_ephemeral_secret"] = Hex(ephemeral1),
            ["responder_ephemeral_secret"] = Hex(ephemeral2),
            ["initiation"] = Hex(initiation),
            ["response"] = Hex(response),
            ["cookie"] = Hex(cookie),
            ["cookie-reply"] = Hex(reply),
            ["initiation-with-mac2"] = Hex(begun.Message),
            ["transport"] = new JsonObject(Frames().Select(frame => Pair(
                frame.Name, Transport(sealing, theirs, new PathId(0), frame.Bytes)))),
            ["transport-on-path-7"] = Transport(sealing, theirs, new PathId(7), []),
        };
    }

    private static string Transport(SessionKeys sealing, SessionKeys opening, PathId path, byte[] frame)
    {
        byte[] plaintext = [.. frame, .. new byte[-frame.Length & 15]];
        byte[] datagram = new byte[TransportHeader.Overhead + plaintext.Length];
        Assert.True(sealing.TrySeal(path, plaintext, datagram));
        byte[] opened = (byte[])datagram.Clone();
        Assert.Equal(OpenVerdict.Accepted, opening.TryOpen(TransportHeader.Read(datagram), opened, Now));
        Assert.Equal(plaintext, opened[TransportHeader.Size..^Protocol.TagSize]);
        return Hex(datagram);
    }

    /// <summary>A UDP packet of four bytes from 10.64.0.1 to 10.64.0.2.</summary>
    private static byte[] Packet()
    {
        byte[] packet = [0x45, 0, 0, 32, 0, 0, 0, 0, 64, 17, 0, 0, 10, 64, 0, 1, 10, 64, 0, 2, .. new byte[12]];
        BinaryPrimitives.WriteUInt16BigEndian(packet.AsSpan(20), 4660);
        BinaryPrimitives.WriteUInt16BigEndian(packet.AsSpan(22), 22136);
        BinaryPrimitives.WriteUInt16BigEndian(packet.AsSpan(24), 12);
        "data"u8.CopyTo(packet.AsSpan(28));
        return packet;
    }

    /// <summary>The first seed of count, count + 1, … whose id is usable.</summary>
    private static Identity IdentityOf(byte first)
    {
        while (true)
        {
            try
            {
                return Identity.FromSeed(Count(first, Identity.SeedSize));
            }
            catch (ArgumentException)
            {
                first++; // the sign bit of the id is set, as in every other seed
            }
        }
    }

    private static JsonObject IdentityObject(Identity identity)
    {
        byte[] seed = new byte[Identity.SeedSize];
        identity.CopySeed(seed);
        byte[] key = new byte[X25519PublicKey.Size];
        identity.StaticKey.WriteTo(key);
        return new JsonObject
        {
            ["seed"] = Hex(seed),
            ["node_id"] = Hex(identity.NodeId.ToArray()),
            ["node_id_text"] = identity.NodeId.ToString(),
            ["x25519"] = Hex(key),
        };
    }

    private static byte[] Count(byte first, int length) => [.. Enumerable.Range(first, length).Select(n => (byte)n)];

    private static string Hex(ReadOnlySpan<byte> bytes) => Convert.ToHexStringLower(bytes);

    private static KeyValuePair<string, JsonNode?> Pair(string name, string value) => new(name, JsonValue.Create(value));

    /// <summary>Hands out the given bytes, once.</summary>
    private sealed class FixedRandom(byte[] bytes) : RandomSource
    {
        private int _used;

        public override void Fill(Span<byte> destination)
        {
            bytes.AsSpan(_used, destination.Length).CopyTo(destination);
            _used += destination.Length;
        }

        public override RandomSource Fork(string name) => throw new InvalidOperationException("One consumer, one stream.");
    }
}
