using Whalescale.Crypto;
using Whalescale.Crypto.Noise;
using Whalescale.Types;

namespace Whalescale.Sessions;

/// <summary>Our side of a handshake that we began: message 1 as sent, waiting for message 2.</summary>
/// <remarks>
/// Nothing that fails to verify changes it: neither a garbage response nor a forged cookie reply can keep the genuine
/// one from being accepted later.
/// </remarks>
public sealed class InitiatorHandshake : IDisposable
{
    private readonly HandshakeSelf _self;
    private readonly NodeId _peer;
    private readonly HandshakeState _noise;
    private readonly byte[] _message = new byte[InitiationLayout.Size];
    private bool _hasCookie;

    /// <summary>Writes message 1.</summary>
    /// <param name="self">Us.</param>
    /// <param name="peer">The responder.</param>
    /// <param name="peerKey">Its X25519 key.</param>
    /// <param name="suite">The suite to use.</param>
    /// <param name="localIndex">Index the peer is to put into its headers.</param>
    /// <param name="timestamp">Greater than any we ever sent to this peer.</param>
    /// <param name="cookie">A cookie of this peer that is still valid, or empty.</param>
    /// <param name="random">For the ephemeral key.</param>
    /// <param name="now">The instant.</param>
    public InitiatorHandshake(
        HandshakeSelf self, NodeId peer, X25519PublicKey peerKey, CipherSuite suite, uint localIndex,
        HandshakeTimestamp timestamp, ReadOnlySpan<byte> cookie, RandomSource random, Instant now)
    {
        (_self, _peer, Suite, LocalIndex, StartedAt) = (self, peer, suite, localIndex, now);
        _noise = new HandshakeState(
            NoiseProtocol.For(suite), initiator: true,
            self.Network.Prologue(suite, peer), self.Identity, peerKey, random,
            CipherSuites.UsesPsk(suite) ? self.Network.PresharedKey : null);

        DatagramHeader.Write(_message, MessageType.Initiation, (byte)suite);
        BitConverter.TryWriteBytes(_message.AsSpan(InitiationLayout.SenderIndexOffset), localIndex);
        Span<byte> payload = stackalloc byte[InitiationPayload.Size];
        new InitiationPayload(timestamp, self.Identity.NodeId, self.Capabilities).Write(payload);
        _noise.WriteMessage(payload, _message.AsSpan(InitiationLayout.NoiseOffset, InitiationLayout.NoiseSize));
        HandshakeMacs.WriteMac1(_message, self.Network, peer);
        if (!cookie.IsEmpty) HandshakeMacs.WriteMac2(_message, cookie);
    }

    public CipherSuite Suite { get; }

    public uint LocalIndex { get; }

    public Instant StartedAt { get; }

    /// <summary>The initiation, 184 bytes.</summary>
    public ReadOnlySpan<byte> Message => _message;

    /// <summary>Takes a response that carries our index.</summary>
    /// <returns>False, and nothing changes, unless it is the peer's answer to this very initiation.</returns>
    public bool TryReadResponse(
        ReadOnlySpan<byte> message, Instant now, out SessionKeys? keys, out ResponsePayload payload)
    {
        (keys, payload) = (null, default);
        if (message[2] != (byte)Suite || _noise.IsComplete) return false;
        Span<byte> bytes = stackalloc byte[ResponsePayload.Size];
        ReadOnlySpan<byte> noise = message.Slice(ResponseLayout.NoiseOffset, ResponseLayout.NoiseSize);
        if (!_noise.TryReadMessage(noise, bytes, out int length) || length != ResponsePayload.Size) return false;
        if (!ResponsePayload.TryRead(bytes, out payload)) return false;
        keys = HandshakeMacs.Keys(
            _noise, new SessionKeysInfo(Suite, IsInitiator: true, LocalIndex, ResponseLayout.SenderIndex(message),
                StartedAt, now));
        return true;
    }

    /// <summary>Takes a cookie reply that carries our index.</summary>
    /// <param name="message">The reply.</param>
    /// <param name="cookie">16 bytes for the cookie.</param>
    /// <returns>False, and nothing changes, unless it answers this very initiation and is the first to.</returns>
    public bool TryReadCookie(ReadOnlySpan<byte> message, Span<byte> cookie)
    {
        // Whoever sees our initiation can write a cookie reply; one repeat of the initiation is all it buys.
        if (_hasCookie || !HandshakeMacs.TryOpenCookie(message, _message, _self.Network, _peer, cookie)) return false;
        _hasCookie = true;
        HandshakeMacs.WriteMac2(_message, cookie);
        return true;
    }

    /// <inheritdoc/>
    public void Dispose() => _noise.Dispose();
}
