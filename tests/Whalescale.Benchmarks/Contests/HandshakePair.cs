using System.Security.Cryptography;
using Whalescale.Benchmarks.Harness;
using Whalescale.Crypto;
using Whalescale.Sessions;
using Whalescale.Types;

namespace Whalescale.Benchmarks.Contests;

/// <summary>Two nodes of one network that shake hands as often as asked, by the classes that the agent uses.</summary>
internal sealed class HandshakePair : IDisposable
{
    private static readonly Endpoint Source = new(IpAddress.FromIPv4(0xC000_0201), 51900);

    private readonly NetworkKeys _network;
    private readonly HandshakeSelf _alpha, _beta;
    private readonly HandshakeReader _reader;
    private readonly byte[] _response = new byte[ResponseLayout.Size];
    private readonly byte[] _initiation;

    /// <summary>Makes the nodes and one initiation.</summary>
    /// <param name="suite">The suite; one with a pre-shared key gives the network a secret.</param>
    internal HandshakePair(CipherSuite suite)
    {
        Suite = suite;
        byte[] secret = CipherSuites.UsesPsk(suite) ? RandomNumberGenerator.GetBytes(NetworkKeys.SecretSize) : [];
        _network = new NetworkKeys("bench", secret);
        var capabilities = new Capabilities(Protocol.Version, 0b1111, 0);
        _alpha = new HandshakeSelf(Identity.Generate(SystemRandom.Instance), _network, capabilities);
        _beta = new HandshakeSelf(Identity.Generate(SystemRandom.Instance), _network, capabilities);
        _reader = new HandshakeReader(_beta, SystemRandom.Instance);
        using InitiatorHandshake first = Initiate();
        _initiation = first.Message.ToArray();
    }

    internal CipherSuite Suite { get; }

    /// <summary>Whoever is sent the initiations.</summary>
    internal HandshakeSelf Responder => _beta;

    /// <summary>An initiation of alpha to beta.</summary>
    internal ReadOnlySpan<byte> Initiation => _initiation;

    /// <summary>Both sides, from nothing to keys.</summary>
    internal void Shake()
    {
        using InitiatorHandshake initiator = Initiate();
        Respond(initiator.Message);
        if (!initiator.TryReadResponse(_response, Instant.Zero, out SessionKeys? keys, out _))
            throw new CryptographicException("The response was not taken.");
        keys!.Dispose();
    }

    /// <summary>The responder's side: reads one and the same initiation, answers with other keys each time.</summary>
    internal void Respond() => Respond(_initiation);

    /// <summary>The responder refuses the same initiation as that of a stranger.</summary>
    internal void RefuseStranger()
    {
        if (_reader.TryRead(_initiation, static _ => false, Instant.Zero) is not null)
            throw new CryptographicException("A stranger's initiation was taken.");
    }

    /// <summary>The initiator's first half: writes an initiation.</summary>
    internal InitiatorHandshake Initiate() => new(
        _alpha, _beta.Identity.NodeId, _beta.Identity.StaticKey, Suite, localIndex: 1, default, default,
        SystemRandom.Instance, Instant.Zero);

    public void Dispose()
    {
        _reader.Dispose();
        _alpha.Identity.Dispose();
        _beta.Identity.Dispose();
        _network.Dispose();
    }

    private void Respond(ReadOnlySpan<byte> initiation)
    {
        using ResponderHandshake? responder = _reader.TryRead(initiation, static _ => true, Instant.Zero);
        if (responder is null) throw new CryptographicException("The initiation was not taken.");
        responder.Respond(localIndex: 2, Source, Instant.Zero, _response).Dispose();
    }
}
