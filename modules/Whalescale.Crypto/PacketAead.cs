using System.Buffers.Binary;
using Whalescale.Crypto.Interop;

namespace Whalescale.Crypto;

/// <summary>What the two directions of transport sealing share: nonce, additional data, choice of the faster
/// way.</summary>
/// <remarks>
/// <code>
/// nonce (12)    0 0 0 0 | counter (8): little-endian for ChaChaPoly, big-endian for AESGCM, as Noise demands
/// AAD   (13)    the same 8 counter bytes | type | version | suite | length of the plaintext (2, big-endian)
/// message       counter (8, little-endian) | ciphertext | tag (16)
/// </code>
/// Two ways lead to the same bytes. The AAD has the shape of a TLS record's, because libcrypto has a short cut for
/// exactly that; any other AEAD implementation computes the same with an ordinary nonce and AAD.
/// </remarks>
internal sealed class PacketAead : IDisposable
{
    public const int NonceSize = EvpRecordAead.NonceSize;

    /// <summary>Bytes of a message beyond its plaintext.</summary>
    public const int Overhead = NonceSize + Aead.TagSize;

    /// <summary>The length field has 16 bits and, on the way through libcrypto, counts nonce and tag as well.</summary>
    public const int MaxPlaintextSize = ushort.MaxValue - Overhead;

    private const int Zeros = Aead.NonceSize - sizeof(ulong);
    private const int AadSize = 13;

    private readonly AeadCipher _cipher;
    private readonly RecordLabel _label;
    private readonly EvpRecordAead? _records;
    private readonly EvpAead? _ordinary;

    public PacketAead(
        CipherSuite suite, ReadOnlySpan<byte> key32, byte messageType, byte version, bool isSealing, bool mayUseRecords)
    {
        _cipher = CipherSuites.CipherOf(suite);
        _label = new RecordLabel(messageType, version, (byte)suite);
        if (mayUseRecords && RecordTrial.IsPassed(_cipher))
            _records = EvpRecordAead.TryCreate(_cipher, key32, isSealing, _label);
        if (_records is null) _ordinary = new EvpAead(_cipher, key32, isSealing);
    }

    /// <summary>Whether the two-call way is taken.</summary>
    public bool UsesRecords => _records is not null;

    public void Seal(ulong nonce, ReadOnlySpan<byte> plaintext, Span<byte> message)
    {
        ArgumentOutOfRangeException.ThrowIfEqual(nonce, Aead.ReservedNonce);
        if (plaintext.Length > MaxPlaintextSize)
            throw new ArgumentException($"A plaintext has at most {MaxPlaintextSize} bytes.", nameof(plaintext));
        if (message.Length != plaintext.Length + Overhead)
            throw new ArgumentException($"A message is {Overhead} bytes longer than its plaintext.", nameof(message));
        if (((ReadOnlySpan<byte>)message).Overlaps(plaintext, out int offset) && offset != NonceSize)
            throw new ArgumentException("The plaintext is in its place or apart from the message.", nameof(plaintext));
        if (_records is not null)
        {
            _records.Seal(nonce, plaintext, message);
            return;
        }

        Span<byte> nonceAndAad = stackalloc byte[Zeros + AadSize];
        WriteNonceAndAad(nonce, plaintext.Length, nonceAndAad);
        _ordinary!.Seal(nonceAndAad[..Aead.NonceSize], nonceAndAad[Zeros..], plaintext, message[NonceSize..]);
        BinaryPrimitives.WriteUInt64LittleEndian(message, nonce);
    }

    public bool TryOpen(Span<byte> message)
    {
        int length = message.Length - Overhead;
        if (length is < 0 or > MaxPlaintextSize) return false;
        ulong nonce = BinaryPrimitives.ReadUInt64LittleEndian(message);
        if (nonce == Aead.ReservedNonce) return false;
        if (_records is not null) return _records.TryOpen(nonce, message);

        Span<byte> nonceAndAad = stackalloc byte[Zeros + AadSize];
        WriteNonceAndAad(nonce, length, nonceAndAad);
        Span<byte> sealedBytes = message[NonceSize..];
        return _ordinary!.TryOpen(
            nonceAndAad[..Aead.NonceSize], nonceAndAad[Zeros..], sealedBytes, sealedBytes[..length]);
    }

    public void Dispose()
    {
        _records?.Dispose();
        _ordinary?.Dispose();
    }

    /// <summary>Nonce and AAD side by side: the counter bytes are the end of the one and the start of the
    /// other.</summary>
    private void WriteNonceAndAad(ulong nonce, int length, Span<byte> destination17)
    {
        destination17[..Zeros].Clear();
        Aead.WriteCounter(_cipher, nonce, destination17[Zeros..]);
        destination17[Aead.NonceSize] = _label.MessageType;
        destination17[Aead.NonceSize + 1] = _label.Version;
        destination17[Aead.NonceSize + 2] = _label.Suite;
        BinaryPrimitives.WriteUInt16BigEndian(destination17[(Aead.NonceSize + 3)..], (ushort)length);
    }
}
