using System.Buffers.Binary;
using Whalescale.Crypto;
using Whalescale.Crypto.Noise;
using Whalescale.Types;

namespace Whalescale.Sessions;

/// <summary>Our side of a handshake that a peer began: message 1 read, message 2 to be written.</summary>
/// <remarks>Message 1 can be forged by whoever has our own private key, and replayed by anybody. So nothing in it is
/// acted on except to answer; the keys serve only after a packet under them has come in.</remarks>
public sealed class ResponderHandshake : IDisposable
{
    private readonly HandshakeSelf _self;
    private readonly HandshakeState _noise;
    private uint _remoteIndex;
    private Instant _startedAt;

    internal ResponderHandshake(HandshakeSelf self, CipherSuite suite, RandomSource random)
    {
        (_self, Suite) = (self, suite);
        _noise = new HandshakeState(
            NoiseProtocol.For(suite), initiator: false, self.Network.Prologue(suite, self.Identity.NodeId),
            self.Identity, null, random, CipherSuites.UsesPsk(suite) ? self.Network.PresharedKey : null);
    }

    public CipherSuite Suite { get; }

    /// <summary>The initiator's X25519 key.</summary>
    public X25519PublicKey InitiatorKey => _noise.RemoteStaticKey;

    /// <summary>What the initiator told.</summary>
    public InitiationPayload Payload { get; private set; }

    /// <summary>Writes message 2 and derives the keys.</summary>
    /// <param name="localIndex">Index the peer is to put into its headers.</param>
    /// <param name="observed">The initiator's address as we see it.</param>
    /// <param name="now">The instant.</param>
    /// <param name="response">124 bytes.</param>
    public SessionKeys Respond(uint localIndex, Endpoint observed, Instant now, Span<byte> response)
    {
        DatagramHeader.Write(response, MessageType.Response, (byte)Suite);
        BinaryPrimitives.WriteUInt32LittleEndian(response[ResponseLayout.SenderIndexOffset..], localIndex);
        BinaryPrimitives.WriteUInt32LittleEndian(response[ResponseLayout.ReceiverIndexOffset..], _remoteIndex);
        Span<byte> payload = stackalloc byte[ResponsePayload.Size];
        new ResponsePayload(observed, _self.Capabilities).Write(payload);
        _noise.WriteMessage(payload, response.Slice(ResponseLayout.NoiseOffset, ResponseLayout.NoiseSize));
        response[ResponseLayout.Mac1Offset..].Clear();
        HandshakeMacs.WriteMac1(response[..ResponseLayout.Size], _self.Network, Payload.Initiator);
        return HandshakeMacs.Keys(
            _noise, new SessionKeysInfo(Suite, IsInitiator: false, localIndex, _remoteIndex, _startedAt, now));
    }

    /// <inheritdoc/>
    public void Dispose() => _noise.Dispose();

    internal bool TryRead(ReadOnlySpan<byte> message, Func<X25519PublicKey, bool> isKnown, Instant now)
    {
        Span<byte> payload = stackalloc byte[InitiationPayload.Size];
        ReadOnlySpan<byte> noise = message.Slice(InitiationLayout.NoiseOffset, InitiationLayout.NoiseSize);
        if (!_noise.TryReadMessage(noise, payload, out int length, isKnown) || length != InitiationPayload.Size)
            return false;
        (_remoteIndex, _startedAt) = (InitiationLayout.SenderIndex(message), now);
        Payload = InitiationPayload.Read(payload);
        return true;
    }
}
