using System.Security.Cryptography;

namespace Whalescale.Crypto.Noise;

/// <summary>Chaining key, handshake hash and cipher state; section 5.2 of the Noise specification.</summary>
/// <remarks>Everything lies in a block that the owner provides and wipes: chaining key, hash, cipher key.</remarks>
internal sealed class SymmetricState(NoiseHash hash, AeadCipher cipher, SecretBytes memory, int offset)
{
    /// <summary>Bytes of the block.</summary>
    public const int MemorySize = HashOffset + NoiseHash.MaxHashSize;

    private const int KeyOffset = 0;
    private const int ChainingKeyOffset = KeyOffset + CipherState.KeySize;
    private const int HashOffset = ChainingKeyOffset + NoiseHash.MaxHashSize;

    private readonly CipherState _cipherState = new(cipher, memory, offset + KeyOffset);

    /// <summary>Bytes that <see cref="EncryptAndHash"/> adds at present: 0 or 16.</summary>
    public int Overhead => _cipherState.Overhead;

    /// <summary>h, over everything that was sent and received.</summary>
    public ReadOnlySpan<byte> HandshakeHash => HashBytes;

    private Span<byte> ChainingKey => memory.Span.Slice(offset + ChainingKeyOffset, hash.HashSize);

    private Span<byte> HashBytes => memory.Span.Slice(offset + HashOffset, hash.HashSize);

    public void InitializeSymmetric(ReadOnlySpan<byte> protocolName)
    {
        if (protocolName.Length <= hash.HashSize)
        {
            HashBytes.Clear();
            protocolName.CopyTo(HashBytes);
        }
        else
        {
            hash.Hash(protocolName, default, HashBytes);
        }

        HashBytes.CopyTo(ChainingKey);
        _cipherState.Clear();
    }

    public void MixKey(ReadOnlySpan<byte> keyMaterial)
    {
        Span<byte> output = stackalloc byte[2 * NoiseHash.MaxHashSize];
        output = output[..(2 * hash.HashSize)];
        hash.Hkdf(ChainingKey, keyMaterial, default, output);
        output[..hash.HashSize].CopyTo(ChainingKey);

        // A hash of 64 bytes is cut to the size of a key.
        _cipherState.InitializeKey(output.Slice(hash.HashSize, CipherState.KeySize));
        CryptographicOperations.ZeroMemory(output);
    }

    public void MixHash(ReadOnlySpan<byte> data) => hash.Hash(HashBytes, data, HashBytes);

    public void MixKeyAndHash(ReadOnlySpan<byte> keyMaterial)
    {
        Span<byte> output = stackalloc byte[3 * NoiseHash.MaxHashSize];
        output = output[..(3 * hash.HashSize)];
        hash.Hkdf(ChainingKey, keyMaterial, default, output);
        output[..hash.HashSize].CopyTo(ChainingKey);
        MixHash(output.Slice(hash.HashSize, hash.HashSize));
        _cipherState.InitializeKey(output.Slice(2 * hash.HashSize, CipherState.KeySize));
        CryptographicOperations.ZeroMemory(output);
    }

    public void EncryptAndHash(ReadOnlySpan<byte> plaintext, Span<byte> output)
    {
        _cipherState.EncryptWithAd(HashBytes, plaintext, output);
        MixHash(output);
    }

    /// <returns>False for a forgery; the hash has not changed then.</returns>
    public bool DecryptAndHash(ReadOnlySpan<byte> ciphertext, Span<byte> output)
    {
        if (!_cipherState.DecryptWithAd(HashBytes, ciphertext, output)) return false;
        MixHash(ciphertext);
        return true;
    }

    public void Split(Span<byte> key1, Span<byte> key2)
    {
        Span<byte> output = stackalloc byte[2 * NoiseHash.MaxHashSize];
        output = output[..(2 * hash.HashSize)];
        hash.Hkdf(ChainingKey, default, default, output);
        output[..CipherState.KeySize].CopyTo(key1);
        output.Slice(hash.HashSize, CipherState.KeySize).CopyTo(key2);
        CryptographicOperations.ZeroMemory(output);
    }

    /// <summary>Takes over everything from another state of the same protocol.</summary>
    public void CopyFrom(SymmetricState other)
    {
        other.ChainingKey.CopyTo(ChainingKey);
        other.HashBytes.CopyTo(HashBytes);
        _cipherState.CopyFrom(other._cipherState);
    }

    public void Clear()
    {
        CryptographicOperations.ZeroMemory(ChainingKey);
        CryptographicOperations.ZeroMemory(HashBytes);
        _cipherState.Clear();
    }
}
