using System.Buffers.Binary;
using System.Security.Cryptography;
using Whalescale.Crypto;
using Whalescale.Types;

namespace Whalescale.Benchmarks.Contests;

/// <summary>What <see cref="PacketSealer"/> and <see cref="PacketOpener"/> compute, by the classes of the base class
/// library: the same nonce and additional data, bit for bit the same result.</summary>
internal sealed class InBoxAead : IDisposable
{
    private const int NonceSize = 12, AadSize = 13;

    private readonly AesGcm? _aesGcm;
    private readonly ChaCha20Poly1305? _chaChaPoly;
    private readonly byte[] _nonce = new byte[NonceSize];
    private readonly byte[] _aad = new byte[AadSize];

    internal InBoxAead(CipherSuite suite, ReadOnlySpan<byte> key)
    {
        if (suite == CipherSuite.AesGcmSha256) _aesGcm = new AesGcm(key, Protocol.TagSize);
        else _chaChaPoly = new ChaCha20Poly1305(key);
        _aad[8] = (byte)MessageType.Transport;
        _aad[9] = Protocol.Version;
        _aad[10] = (byte)suite;
    }

    internal string Name => _aesGcm is null ? nameof(ChaCha20Poly1305) : nameof(AesGcm);

    /// <summary>Writes ciphertext and tag.</summary>
    internal void Seal(ulong nonce, ReadOnlySpan<byte> plaintext, Span<byte> ciphertextAndTag)
    {
        WriteNonceAndAad(nonce, plaintext.Length);
        Span<byte> ciphertext = ciphertextAndTag[..plaintext.Length], tag = ciphertextAndTag[plaintext.Length..];
        _aesGcm?.Encrypt(_nonce, plaintext, ciphertext, tag, _aad);
        _chaChaPoly?.Encrypt(_nonce, plaintext, ciphertext, tag, _aad);
    }

    /// <summary>Writes the plaintext.</summary>
    /// <exception cref="AuthenticationTagMismatchException">A forgery.</exception>
    internal void Open(ulong nonce, ReadOnlySpan<byte> ciphertextAndTag, Span<byte> plaintext)
    {
        WriteNonceAndAad(nonce, plaintext.Length);
        ReadOnlySpan<byte> ciphertext = ciphertextAndTag[..plaintext.Length];
        ReadOnlySpan<byte> tag = ciphertextAndTag[plaintext.Length..];
        _aesGcm?.Decrypt(_nonce, ciphertext, tag, plaintext, _aad);
        _chaChaPoly?.Decrypt(_nonce, ciphertext, tag, plaintext, _aad);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _aesGcm?.Dispose();
        _chaChaPoly?.Dispose();
    }

    private void WriteNonceAndAad(ulong nonce, int length)
    {
        Span<byte> counter = _nonce.AsSpan(NonceSize - sizeof(ulong));
        if (_aesGcm is null) BinaryPrimitives.WriteUInt64LittleEndian(counter, nonce);
        else BinaryPrimitives.WriteUInt64BigEndian(counter, nonce);
        counter.CopyTo(_aad);
        BinaryPrimitives.WriteUInt16BigEndian(_aad.AsSpan(AadSize - sizeof(ushort)), (ushort)length);
    }
}
