using System.Buffers.Binary;
using System.Security.Cryptography;

namespace Whalescale.Crypto.Interop;

/// <summary>Whether <see cref="EvpRecordAead"/> computes with this libcrypto what <see cref="EvpAead"/> does.</summary>
/// <remarks>Its calls are made for TLS and their finer points are not promised, so they are tried, once per process and
/// cipher, before a packet depends on them.</remarks>
internal static class RecordTrial
{
    private const int LongestText = 1420;

    private static readonly Lazy<bool> ChaChaPolyPassed = new(() => IsAlike(AeadCipher.ChaChaPoly));
    private static readonly Lazy<bool> AesGcmPassed = new(() => IsAlike(AeadCipher.AesGcm));

    public static bool IsPassed(AeadCipher cipher) =>
        (cipher == AeadCipher.AesGcm ? AesGcmPassed : ChaChaPolyPassed).Value;

    private static bool IsAlike(AeadCipher cipher)
    {
        byte[] key = new byte[Aead.KeySize];
        key.AsSpan().Fill(0x5A);
        var label = new RecordLabel(1, 2, 3);
        using EvpRecordAead? sealing = EvpRecordAead.TryCreate(cipher, key, isSealing: true, label);
        using EvpRecordAead? opening = EvpRecordAead.TryCreate(cipher, key, isSealing: false, label);
        if (sealing is null || opening is null) return false;
        using var model = new EvpAead(cipher, key, isEncrypting: true);
        LibCrypto.ERR_clear_error();
        bool isAlike = true;
        // Lengths around blocks and strides of vector code; nonces in runs, with carries, and in leaps.
        foreach (int length in (ReadOnlySpan<int>)[0, 1, 16, 301, LongestText])
        {
            foreach (ulong nonce in (ReadOnlySpan<ulong>)[0, 1, 255, 256, 1UL << 56, ulong.MaxValue - 1, 7])
            {
                byte[] expected = Model(cipher, label, model, nonce, length);
                isAlike &= SealsAlike(sealing, nonce, expected) && OpensAlike(opening, nonce, expected);
            }
        }

        // A forgery that fills the error queue would cost more than it may.
        isAlike &= LibCrypto.ERR_peek_error().Value == 0;
        LibCrypto.ERR_clear_error();
        return isAlike;
    }

    private static byte[] Text(int length) => [.. Enumerable.Range(1, length).Select(i => (byte)i)];

    private static byte[] Model(AeadCipher cipher, RecordLabel label, EvpAead model, ulong nonce, int length)
    {
        Span<byte> fullNonce = new byte[Aead.NonceSize], counter = fullNonce[^sizeof(ulong)..];
        Aead.WriteCounter(cipher, nonce, counter);
        byte[] aad =
        [
            .. counter, label.MessageType, label.Version, label.Suite, (byte)(length >> 8), (byte)length,
        ];
        var message = new byte[EvpRecordAead.NonceSize + length + Aead.TagSize];
        BinaryPrimitives.WriteUInt64LittleEndian(message, nonce);
        model.Seal(fullNonce, aad, Text(length), message.AsSpan(EvpRecordAead.NonceSize));
        return message;
    }

    private static bool SealsAlike(EvpRecordAead sealing, ulong nonce, byte[] expected)
    {
        var message = new byte[expected.Length];
        try
        {
            sealing.Seal(nonce, Text(message.Length - EvpRecordAead.NonceSize - Aead.TagSize), message);
        }
        catch (CryptographicException)
        {
            return false;
        }

        return message.AsSpan().SequenceEqual(expected);
    }

    private static bool OpensAlike(EvpRecordAead opening, ulong nonce, byte[] expected)
    {
        byte[] forged = [.. expected], good = [.. expected];
        forged[^1] ^= 1;
        if (opening.TryOpen(nonce, forged) || !opening.TryOpen(nonce, good)) return false;
        Span<byte> opened = good.AsSpan(EvpRecordAead.NonceSize..^Aead.TagSize);
        return opened.SequenceEqual(Text(opened.Length));
    }
}
