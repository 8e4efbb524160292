using System.Buffers.Binary;
using Whalescale.Crypto;
using Whalescale.Types;

namespace Whalescale.Sessions;

/// <summary>Hands out proofs of address and checks them without remembering whom they were given to.</summary>
/// <remarks>A cookie is MAC(secret, address || port). The secret is replaced every 120 s; the one before is still
/// honoured.</remarks>
public sealed class CookieJar(RandomSource random) : IDisposable
{
    private Blake2sMac? _secret;
    private Blake2sMac? _previous;
    private Instant _replaceAt;

    /// <summary>The cookie of this source at this instant, 16 bytes.</summary>
    public void Bake(Endpoint source, Instant now, Span<byte> cookie)
    {
        Rotate(now);
        Compute(_secret!, source, cookie);
    }

    /// <summary>Whether the mac2 of a message was made with a cookie of this source.</summary>
    /// <param name="message">The message up to and with mac2, its last 16 bytes.</param>
    /// <param name="source">Where it came from.</param>
    /// <param name="now">The instant.</param>
    public bool VerifyMac2(ReadOnlySpan<byte> message, Endpoint source, Instant now)
    {
        ReadOnlySpan<byte> mac2 = message[^Protocol.MacSize..];
        if (!mac2.ContainsAnyExcept((byte)0)) return false;
        Rotate(now);
        return Verify(_secret!, message[..^Protocol.MacSize], mac2, source)
            || (_previous is not null && Verify(_previous, message[..^Protocol.MacSize], mac2, source));
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _secret?.Dispose();
        _previous?.Dispose();
    }

    private static bool Verify(Blake2sMac secret, ReadOnlySpan<byte> signed, ReadOnlySpan<byte> mac2, Endpoint source)
    {
        Span<byte> cookie = stackalloc byte[Protocol.MacSize];
        Compute(secret, source, cookie);
        using var mac = new Blake2sMac(cookie);
        return mac.Verify(signed, mac2);
    }

    private static void Compute(Blake2sMac secret, Endpoint source, Span<byte> cookie)
    {
        Span<byte> address = stackalloc byte[18];
        source.Address.WriteTo16(address);
        BinaryPrimitives.WriteUInt16LittleEndian(address[16..], source.Port);
        secret.Compute(address, cookie);
    }

    private void Rotate(Instant now)
    {
        if (_secret is not null && now < _replaceAt) return;
        // After a long silence the secret before is as stale as the present one.
        bool isStale = now >= _replaceAt + SessionLimits.CookieLifetime;
        _previous?.Dispose();
        if (isStale) _secret?.Dispose();
        _previous = isStale ? null : _secret;
        Span<byte> key = stackalloc byte[Blake2s.HashSize];
        random.Fill(key);
        _secret = new Blake2sMac(key);
        key.Clear();
        _replaceAt = now + SessionLimits.CookieLifetime;
    }
}
