using System.Security.Cryptography;
using Whalescale.Crypto.Interop;

namespace Whalescale.Crypto.Noise;

/// <summary>A key and the nonce that goes with it; section 5.1 of the Noise specification.</summary>
/// <remarks>
/// The key lies in a block that the owner provides and wipes. A failed decryption leaves the nonce where it was: moved
/// by garbage, it would let anybody break a session.
/// </remarks>
internal sealed class CipherState(AeadCipher cipher, SecretBytes memory, int offset)
{
    public const int KeySize = Aead.KeySize;
    public const int TagSize = Aead.TagSize;

    /// <summary>A state of its own with this key, as Split() makes them.</summary>
    public CipherState(AeadCipher cipher, ReadOnlySpan<byte> key32) : this(cipher, new SecretBytes(KeySize), 0) =>
        InitializeKey(key32);

    /// <summary>Whether encryption happens at all; before the first key everything passes unchanged.</summary>
    public bool HasKey { get; private set; }

    /// <summary>The nonce of the next message.</summary>
    public ulong Nonce { get; private set; }

    /// <summary>Bytes that encryption adds.</summary>
    public int Overhead => HasKey ? TagSize : 0;

    private Span<byte> Key => memory.Span.Slice(offset, KeySize);

    public void InitializeKey(ReadOnlySpan<byte> key32)
    {
        key32.CopyTo(Key);
        HasKey = true;
        Nonce = 0;
    }

    /// <summary>Goes to a later nonce, for transports that lose messages.</summary>
    public void SetNonce(ulong nonce) => Nonce = nonce;

    /// <param name="associatedData">Authenticated, not encrypted.</param>
    /// <param name="plaintext">May be empty; must not overlap the output.</param>
    /// <param name="output">Exactly <see cref="Overhead"/> bytes longer.</param>
    /// <exception cref="InvalidOperationException">The nonces are used up.</exception>
    public void EncryptWithAd(ReadOnlySpan<byte> associatedData, ReadOnlySpan<byte> plaintext, Span<byte> output)
    {
        if (!HasKey)
        {
            plaintext.CopyTo(output);
            return;
        }

        if (Nonce == Aead.ReservedNonce) throw new InvalidOperationException("The nonces of this key are used up.");
        Span<byte> nonce = stackalloc byte[Aead.NonceSize];
        WriteNonce(nonce);
        if (cipher == AeadCipher.ChaChaPoly)
        {
            ChaChaPoly.Seal(Key, nonce, associatedData, plaintext, output);
        }
        else
        {
            using var aead = new EvpAead(cipher, Key, isEncrypting: true);
            aead.Seal(nonce, associatedData, plaintext, output);
        }

        Nonce++;
    }

    /// <param name="associatedData">What the other side authenticated.</param>
    /// <param name="ciphertext">With its tag; must not overlap the output.</param>
    /// <param name="output">Exactly <see cref="Overhead"/> bytes shorter.</param>
    /// <returns>False for a forgery, or when the nonces are used up; nothing has changed then.</returns>
    public bool DecryptWithAd(ReadOnlySpan<byte> associatedData, ReadOnlySpan<byte> ciphertext, Span<byte> output)
    {
        if (!HasKey)
        {
            ciphertext.CopyTo(output);
            return true;
        }

        if (ciphertext.Length < TagSize || Nonce == Aead.ReservedNonce) return false;
        Span<byte> nonce = stackalloc byte[Aead.NonceSize];
        WriteNonce(nonce);
        bool isGood;
        if (cipher == AeadCipher.ChaChaPoly)
        {
            isGood = ChaChaPoly.TryOpen(Key, nonce, associatedData, ciphertext, output);
        }
        else
        {
            using var aead = new EvpAead(cipher, Key, isEncrypting: false);
            isGood = aead.TryOpen(nonce, associatedData, ciphertext, output);
        }

        if (isGood) Nonce++;
        return isGood;
    }

    /// <summary>Takes over key and nonce of another state.</summary>
    public void CopyFrom(CipherState other)
    {
        other.Key.CopyTo(Key);
        HasKey = other.HasKey;
        Nonce = other.Nonce;
    }

    public void Clear()
    {
        CryptographicOperations.ZeroMemory(Key);
        HasKey = false;
        Nonce = 0;
    }

    private void WriteNonce(Span<byte> nonce12)
    {
        nonce12[..4].Clear();
        Aead.WriteCounter(cipher, Nonce, nonce12[4..]);
    }
}
