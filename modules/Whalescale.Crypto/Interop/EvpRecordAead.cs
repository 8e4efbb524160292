using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace Whalescale.Crypto.Interop;

/// <summary>Seals or opens messages (nonce, ciphertext, tag) by the two calls that libcrypto has for TLS records.</summary>
/// <remarks>
/// Cheaper than <see cref="EvpAead"/> by what four more calls cost; the bytes are the same. libcrypto looks parameters
/// up by name at each call, so they are few, and the array that names them is made once.
/// <code>
/// ChaChaPoly  nonce = fixed IV (zero) XOR first bytes of the AAD; input and output are text and tag
/// AESGCM      nonce = 4 zero bytes | 8 bytes in front of the text, which libcrypto reads there when opening and puts
///             there, counting up, when sealing; always in place, from those 8 bytes to the tag
/// </code>
/// The wire has the nonce little-endian, AESGCM wants it big-endian: it stands swapped only during the call.
/// Not thread-safe.
/// </remarks>
internal sealed unsafe class EvpRecordAead : IDisposable
{
    /// <summary>Bytes of the nonce in front of the ciphertext.</summary>
    public const int NonceSize = sizeof(ulong);

    private const int TagSize = Aead.TagSize;
    private const int AadSize = 13;

    private static readonly nuint WholeIv = nuint.MaxValue; // "tlsivfixed" of AESGCM: all 12 bytes, none random

    private readonly CipherContextHandle _handle = new();
    private readonly Parameters[] _pinned = GC.AllocateArray<Parameters>(1, pinned: true);
    private readonly Parameters* _parameters;
    private readonly bool _isGcm;
    private readonly bool _isSealing;
    private readonly int _explicitNonceSize;
    private readonly int _uncountedSize;
    private nint _context;
    private ulong _nextNonce = Aead.ReservedNonce;

    private EvpRecordAead(AeadCipher cipher, ReadOnlySpan<byte> key32, bool isSealing, in RecordLabel label)
    {
        _isGcm = cipher == AeadCipher.AesGcm;
        _isSealing = isSealing;
        _explicitNonceSize = _isGcm ? NonceSize : 0;
        // libcrypto subtracts from the length of the AAD what a TLS record has beside the text.
        _uncountedSize = _explicitNonceSize + (isSealing ? 0 : TagSize);
        _parameters = (Parameters*)Unsafe.AsPointer(ref _pinned[0]);
        _parameters->Set(label, _isGcm ? WholeIv : Aead.NonceSize);
        try
        {
            EvpAead.SetKey(_handle, cipher, key32, isSealing);
        }
        catch
        {
            _handle.Dispose();
            throw;
        }

        _context = _handle.DangerousGetHandle();
    }

    /// <summary>Keeps a context for this key.</summary>
    /// <returns>Null if this libcrypto has no such calls.</returns>
    public static EvpRecordAead? TryCreate(
        AeadCipher cipher, ReadOnlySpan<byte> key32, bool isSealing, in RecordLabel label)
    {
        var aead = new EvpRecordAead(cipher, key32, isSealing, label);
        if (aead.TrySetFixedIv()) return aead;
        LibCrypto.ERR_clear_error();
        aead.Dispose();
        return null;
    }

    /// <summary>Writes nonce, ciphertext and tag.</summary>
    /// <param name="nonce">Not the reserved one.</param>
    /// <param name="plaintext">At most <see cref="PacketAead.MaxPlaintextSize"/> bytes; in its place in the message,
    /// or apart from it.</param>
    /// <param name="message">24 bytes more than the plaintext.</param>
    /// <exception cref="CryptographicException">libcrypto failed; nothing of the text is in the message.</exception>
    public void Seal(ulong nonce, ReadOnlySpan<byte> plaintext, Span<byte> message)
    {
        ObjectDisposedException.ThrowIf(_context == 0 || !_isSealing, this);
        ulong counter = SetAad(nonce, plaintext.Length);
        // In a run of one path libcrypto's own counting gives the nonce, which spares a look-up.
        LibCrypto.OsslParam* parameters =
            _isGcm && nonce != _nextNonce ? &_parameters->FixedIv : &_parameters->AssociatedData;
        bool isDone;
        fixed (byte* start = message, text = plaintext)
        {
            byte* body = start + NonceSize;
            byte* source = text == null ? body : text;
            if (_isGcm && source != body)
            {
                Unsafe.CopyBlockUnaligned(body, source, (uint)plaintext.Length);
                source = body;
            }

            isDone = LibCrypto.EVP_CIPHER_CTX_set_params(_context, parameters) == 1
                && LibCrypto.EVP_Cipher(
                    _context, body - _explicitNonceSize, source - _explicitNonceSize,
                    (uint)(plaintext.Length + _explicitNonceSize + TagSize)) > 0
                && (!_isGcm || Unsafe.ReadUnaligned<ulong>(start) == counter);
        }

        GC.KeepAlive(this);
        if (!isDone) throw SealingFailed(message);
        _nextNonce = nonce + 1;
        BinaryPrimitives.WriteUInt64LittleEndian(message, nonce);
    }

    /// <summary>Checks the tag and decrypts in place.</summary>
    /// <param name="nonce">What the message begins with, in native order; not the reserved one.</param>
    /// <param name="message">At least 24 bytes; only the text's area changes.</param>
    /// <returns>False for a forgery; the text's area is then zero.</returns>
    public bool TryOpen(ulong nonce, Span<byte> message)
    {
        ObjectDisposedException.ThrowIf(_context == 0 || _isSealing, this);
        int length = message.Length - NonceSize - TagSize;
        ulong counter = SetAad(nonce, length);
        bool isGood;
        fixed (byte* start = message)
        {
            if (_isGcm) Unsafe.WriteUnaligned(start, counter);
            byte* record = start + NonceSize - _explicitNonceSize;
            // The answer is the number of bytes: with or without the tag, by cipher, so 0 may be an empty text's.
            int least = length == 0 ? 0 : 1;
            isGood = LibCrypto.EVP_CIPHER_CTX_set_params(_context, &_parameters->AssociatedData) == 1
                && LibCrypto.EVP_Cipher(
                    _context, record, record, (uint)(length + _explicitNonceSize + TagSize)) >= least;
        }

        GC.KeepAlive(this);
        if (_isGcm) BinaryPrimitives.WriteUInt64LittleEndian(message, nonce);
        if (!isGood) CryptographicOperations.ZeroMemory(message.Slice(NonceSize, length));
        return isGood;
    }

    public void Dispose()
    {
        _context = 0;
        _handle.Dispose();
    }

    private bool TrySetFixedIv()
    {
        SetAad(0, 0);
        return LibCrypto.EVP_CIPHER_CTX_set_params(_context, &_parameters->FixedIv) == 1;
    }

    /// <returns>The nonce's bytes as the cipher wants them.</returns>
    private ulong SetAad(ulong nonce, int length)
    {
        ulong counter = _isGcm == BitConverter.IsLittleEndian ? BinaryPrimitives.ReverseEndianness(nonce) : nonce;
        ref NonceAndAad bytes = ref _parameters->Bytes;
        bytes.Counter = counter;
        ushort counted = (ushort)(length + _uncountedSize);
        bytes.Length = BitConverter.IsLittleEndian ? BinaryPrimitives.ReverseEndianness(counted) : counted;
        return counter;
    }

    private CryptographicException SealingFailed(Span<byte> message)
    {
        _nextNonce = Aead.ReservedNonce;
        CryptographicOperations.ZeroMemory(message);
        return new CryptographicException("libcrypto refused to seal a packet, or would have used another nonce.");
    }

    /// <summary>Nonce (12 bytes) and AAD (13 bytes), which share the counter.</summary>
    [StructLayout(LayoutKind.Sequential, Pack = 1)]
    private struct NonceAndAad
    {
        public uint Zeros;
        public ulong Counter;
        public RecordLabel Label;
        public ushort Length;
    }

    /// <summary>What EVP_CIPHER_CTX_set_params reads, in memory that does not move.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct Parameters
    {
        public LibCrypto.OsslParam FixedIv;
        public LibCrypto.OsslParam AssociatedData;
        public LibCrypto.OsslParam End;
        public NonceAndAad Bytes;
        private fixed byte _fixedIvName[16];
        private fixed byte _associatedDataName[8];

        /// <summary>Called on pinned memory.</summary>
        public void Set(in RecordLabel label, nuint fixedIvSize)
        {
            Bytes.Label = label;
            fixed (Parameters* self = &this)
            {
                "tlsivfixed"u8.CopyTo(new Span<byte>(self->_fixedIvName, 16));
                "tlsaad"u8.CopyTo(new Span<byte>(self->_associatedDataName, 8));
                FixedIv = Octets(self->_fixedIvName, &self->Bytes, fixedIvSize);
                AssociatedData = Octets(self->_associatedDataName, &self->Bytes.Counter, AadSize);
            }
        }

        private static LibCrypto.OsslParam Octets(byte* name, void* data, nuint size) => new()
        {
            Key = name,
            DataType = LibCrypto.OsslParamOctetString,
            Data = data,
            DataSize = size,
        };
    }
}

/// <summary>The part of the AAD that is the same in every message of a key.</summary>
[StructLayout(LayoutKind.Sequential, Pack = 1)]
internal readonly record struct RecordLabel(byte MessageType, byte Version, byte Suite);
