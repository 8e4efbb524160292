using System.Globalization;
using System.Text.Json;
using Whalescale.Crypto;
using Whalescale.Crypto.Noise;

namespace Whalescale.Tests.Conformance;

/// <summary>Both sides of every vector are computed here, from the same secrets, and must write the stated
/// bytes.</summary>
public sealed class NoiseVectorTests
{
    [Theory]
    [InlineData("cacophony-ik.json", 24)]
    [InlineData("cacophony-xx-nk.json", 32)]
    [InlineData("snow-ik.json", 24)]
    [InlineData("noise-c-ik.json", 16)]
    [InlineData("noise-c-xxfallback.json", 8)]
    public void Handshake_and_transport_messages_are_those_of_the_vectors(string file, int count) =>
        VectorFile.CheckAll(count, Vectors(file).Select(vector => (NameOf(vector), FromCommonForm(vector))), Run);

    [Fact]
    public void Handshake_and_transport_messages_are_those_of_flynn_noise() =>
        VectorFile.CheckAll(
            96,
            Vectors("flynn-ik.json").Select((vector, i) => ($"{vector.Text("handshake")} #{i}", FromFlynn(vector))),
            Run);

    private static JsonElement[] Vectors(string file) =>
        [.. VectorFile.Read($"noise/{file}").GetProperty("vectors").EnumerateArray()];

    private static string NameOf(JsonElement vector) =>
        vector.TryGetProperty("protocol_name", out JsonElement name) ? name.GetString()! : vector.Text("name");

    private static Vector FromCommonForm(JsonElement vector) => new(
        NameOf(vector),
        new Party(
            vector.Hex("init_prologue"), vector.HexOrNull("init_static"), vector.Hex("init_ephemeral"),
            vector.HexOrNull("init_remote_static"), Psks(vector, "init_psks")),
        new Party(
            vector.Hex("resp_prologue"), vector.HexOrNull("resp_static"), vector.Hex("resp_ephemeral"),
            vector.HexOrNull("resp_remote_static"), Psks(vector, "resp_psks")),
        [.. vector.GetProperty("messages").EnumerateArray()
            .Select(item => (item.Hex("payload"), item.Hex("ciphertext")))],
        vector.HexOrNull("handshake_hash"));

    private static byte[][] Psks(JsonElement vector, string property) =>
        vector.TryGetProperty(property, out JsonElement psks)
            ? [.. psks.EnumerateArray().Select(psk => Convert.FromHexString(psk.GetString()!))]
            : [];

    private static Vector FromFlynn(JsonElement vector)
    {
        byte[] prologue = vector.HexOrNull("prologue") ?? [];
        byte[] responderStatic = vector.Hex("resp_static");
        byte[][] psks = vector.HexOrNull("preshared_key") is { } psk ? [psk] : [];
        var remoteStatic = new byte[32];
        X25519.PublicKeyOf(responderStatic).WriteTo(remoteStatic);
        return new Vector(
            vector.Text("handshake"),
            new Party(prologue, vector.Hex("init_static"), vector.Hex("gen_init_ephemeral"), remoteStatic, psks),
            new Party(prologue, responderStatic, vector.Hex("gen_resp_ephemeral"), null, psks),
            [.. Enumerable.Range(0, 4).Select(i => i.ToString(CultureInfo.InvariantCulture))
                .Select(i => (vector.Hex($"msg_{i}_payload"), vector.Hex($"msg_{i}_ciphertext")))],
            null);
    }

    private static string? Run(Vector vector)
    {
        const string Fallback = "XXfallback";
        bool isFallback = vector.Protocol.Contains(Fallback, StringComparison.Ordinal);
        NoiseProtocol protocol = NoiseProtocol.Parse(vector.Protocol.Replace(Fallback, "IK", StringComparison.Ordinal));
        HandshakeState initiator = Start(protocol, vector.Initiator, isInitiator: true);
        HandshakeState responder = Start(protocol, vector.Responder, isInitiator: false);
        var messages = new Queue<(byte[] Payload, byte[] Ciphertext)>(vector.Messages);
        int index = 0;
        if (isFallback)
        {
            // The initiator has an outdated key of the responder: message 1 cannot be read, and its ephemeral key is
            // all that both sides keep of it.
            (byte[] payload, byte[] ciphertext) = messages.Dequeue();
            var buffer = new byte[ciphertext.Length];
            initiator.WriteMessage(payload, buffer);
            if (!buffer.AsSpan().SequenceEqual(ciphertext)) return "message 0 is written differently";
            if (responder.TryReadMessage(ciphertext, new byte[buffer.Length], out _)) return "message 0 is accepted";
            index++;
            initiator.Dispose();
            responder.Dispose();
            protocol = NoiseProtocol.Parse(vector.Protocol);
            initiator = Fall(protocol, vector.Initiator, new SecretBytes(vector.Initiator.Ephemeral), null);
            responder = Fall(protocol, vector.Responder, null, new X25519PublicKey(ciphertext.AsSpan(0, 32)));
        }

        using (initiator)
        using (responder)
        {
            while (!initiator.IsComplete)
            {
                bool isInitiatorsTurn = index % 2 == 0;
                (byte[] payload, byte[] ciphertext) = messages.Dequeue();
                string? failure = isInitiatorsTurn
                    ? Exchange(initiator, responder, payload, ciphertext)
                    : Exchange(responder, initiator, payload, ciphertext);
                if (failure is not null) return $"message {index} {failure}";
                index++;
            }

            if (!responder.IsComplete) return "the responder is not complete";
            if (!initiator.HandshakeHash.SequenceEqual(responder.HandshakeHash)) return "the handshake hashes differ";
            if (vector.HandshakeHash is { } hash && !initiator.HandshakeHash.SequenceEqual(hash))
                return "the handshake hash is another";
            return Transport(protocol, initiator, responder, messages, index);
        }
    }

    private static string? Exchange(HandshakeState writer, HandshakeState reader, byte[] payload, byte[] ciphertext)
    {
        var written = new byte[ciphertext.Length];
        if (writer.WriteMessage(payload, written) != written.Length) return "is written shorter";
        if (!written.AsSpan().SequenceEqual(ciphertext)) return "is written differently";
        var read = new byte[payload.Length];
        if (!reader.TryReadMessage(ciphertext, read, out int length)) return "is refused";
        return length == payload.Length && read.AsSpan().SequenceEqual(payload) ? null : "is read differently";
    }

    private static string? Transport(
        NoiseProtocol protocol, HandshakeState initiator, HandshakeState responder,
        Queue<(byte[] Payload, byte[] Ciphertext)> messages, int index)
    {
        byte[] key1 = new byte[32], key2 = new byte[32], otherKey1 = new byte[32], otherKey2 = new byte[32];
        initiator.Split(key1, key2);
        responder.Split(otherKey1, otherKey2);
        if (!key1.SequenceEqual(otherKey1) || !key2.SequenceEqual(otherKey2)) return "the keys differ";
        CipherState[] sealing = [new(protocol.Cipher, key1), new(protocol.Cipher, key2)];
        CipherState[] opening = [new(protocol.Cipher, key1), new(protocol.Cipher, key2)];
        if (messages.Count == 0) return "there is no transport message";
        for (; messages.TryDequeue(out (byte[] Payload, byte[] Ciphertext) message); index++)
        {
            // In a fallback the responder writes first, and the first key is that of the first writer.
            int key = (index % 2) ^ (protocol.Pattern.IsResponderFirst ? 1 : 0);
            var written = new byte[message.Ciphertext.Length];
            sealing[key].EncryptWithAd(default, message.Payload, written);
            if (!written.AsSpan().SequenceEqual(message.Ciphertext)) return $"message {index} is sealed differently";
            var read = new byte[message.Payload.Length];
            if (!opening[key].DecryptWithAd(default, written, read)) return $"message {index} is refused";
            if (!read.AsSpan().SequenceEqual(message.Payload)) return $"message {index} is opened differently";
        }

        return null;
    }

    private static HandshakeState Start(NoiseProtocol protocol, Party party, bool isInitiator)
    {
        bool needsRemote = isInitiator && !protocol.Pattern.ResponderPreMessage.IsEmpty;
        return Make(protocol, party, isInitiator, null, null, needsRemote);
    }

    private static HandshakeState Fall(
        NoiseProtocol protocol, Party party, SecretBytes? ephemeral, X25519PublicKey? remoteEphemeral) =>
        Make(protocol, party, isInitiator: ephemeral is not null, ephemeral, remoteEphemeral, needsRemote: false);

    private static HandshakeState Make(
        NoiseProtocol protocol, Party party, bool isInitiator, SecretBytes? ephemeral, X25519PublicKey? remoteEphemeral,
        bool needsRemote)
    {
        bool hasStatic = protocol.Pattern.HasStaticKey(isInitiator);
        return new HandshakeState(
            protocol, isInitiator, party.Prologue,
            new KeyMaterial(
                hasStatic ? new SecretBytes(party.Static!) : null, null,
                needsRemote ? new X25519PublicKey(party.RemoteStatic!) : null, ephemeral, remoteEphemeral),
            new FixedRandom(party.Ephemeral),
            [.. party.Psks.Select(psk => new SecretBytes(psk))]);
    }

    private sealed record Party(byte[] Prologue, byte[]? Static, byte[] Ephemeral, byte[]? RemoteStatic, byte[][] Psks);

    private sealed record Vector(
        string Protocol, Party Initiator, Party Responder, (byte[] Payload, byte[] Ciphertext)[] Messages,
        byte[]? HandshakeHash);

    /// <summary>Gives the ephemeral secret of the vector.</summary>
    private sealed class FixedRandom(byte[] bytes) : RandomSource
    {
        public override void Fill(Span<byte> destination) => bytes.CopyTo(destination);

        public override RandomSource Fork(string name) => this;
    }
}
