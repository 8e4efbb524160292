using Whalescale.Crypto;
using Whalescale.Types;

namespace Whalescale.Sessions;

/// <summary>Reads first messages of peers. A message that is refused costs no memory.</summary>
/// <param name="self">Us.</param>
/// <param name="random">For ephemeral keys.</param>
public sealed class HandshakeReader(HandshakeSelf self, RandomSource random) : IDisposable
{
    // A failed read leaves a state as new, so one that nobody has succeeded with waits here for the next message.
    private readonly ResponderHandshake?[] _spares = new ResponderHandshake?[Protocol.LastSuite + 1];

    /// <summary>Reads message 1.</summary>
    /// <param name="message">An initiation whose mac1 was verified.</param>
    /// <param name="isKnown">Whether a key is that of a peer; asked before half of the work is done.</param>
    /// <param name="now">The instant.</param>
    /// <returns>Null unless it is genuine, for us, from a known peer and of the network's kind of suite.</returns>
    public ResponderHandshake? TryRead(
        ReadOnlySpan<byte> message, Func<X25519PublicKey, bool> isKnown, Instant now)
    {
        var suite = (CipherSuite)message[2];
        if (CipherSuites.UsesPsk(suite) != self.Network.HasSecret || !self.Capabilities.Supports((byte)suite))
            return null;
        ref ResponderHandshake? spare = ref _spares[message[2]];
        spare ??= new ResponderHandshake(self, suite, random);
        if (!spare.TryRead(message, isKnown, now)) return null;
        ResponderHandshake read = spare;
        spare = null;
        return read;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (ResponderHandshake? spare in _spares) spare?.Dispose();
    }
}
