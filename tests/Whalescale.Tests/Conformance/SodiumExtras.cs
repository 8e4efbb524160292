using System.Runtime.InteropServices;
using Whalescale.Crypto.Interop;

namespace Whalescale.Tests.Conformance;

/// <summary>Functions of libsodium that the product does not use but that vectors exist for.</summary>
internal static unsafe class SodiumExtras
{
    public const int XChaChaNonceSize = 24;

    private static readonly nint Library = NativeLibraries.Load(
        NativeLibraries.Sodium, NativeLibraries.CandidateNames(NativeLibraries.Sodium), "the tests need libsodium");

    private static readonly
        delegate* unmanaged<byte*, ulong*, byte*, ulong, byte*, ulong, byte*, byte*, byte*, int> Encrypt =
        (delegate* unmanaged<byte*, ulong*, byte*, ulong, byte*, ulong, byte*, byte*, byte*, int>)
        NativeLibrary.GetExport(Library, "crypto_aead_xchacha20poly1305_ietf_encrypt");

    private static readonly
        delegate* unmanaged<byte*, ulong*, byte*, byte*, ulong, byte*, ulong, byte*, byte*, int> Decrypt =
        (delegate* unmanaged<byte*, ulong*, byte*, byte*, ulong, byte*, ulong, byte*, byte*, int>)
        NativeLibrary.GetExport(Library, "crypto_aead_xchacha20poly1305_ietf_decrypt");

    private static readonly delegate* unmanaged<byte*, byte*, ulong, byte*, int> SipHash24 =
        (delegate* unmanaged<byte*, byte*, ulong, byte*, int>)
        NativeLibrary.GetExport(Library, "crypto_shorthash_siphash24");

    public static void XChaChaSeal(byte[] key, byte[] nonce, byte[] aad, byte[] plaintext, byte[] output)
    {
        fixed (byte* k = key, n = nonce, a = aad, p = plaintext, o = output)
            Assert.Equal(0, Encrypt(o, null, p, (ulong)plaintext.Length, a, (ulong)aad.Length, null, n, k));
    }

    public static bool XChaChaTryOpen(byte[] key, byte[] nonce, byte[] aad, byte[] ciphertextAndTag, byte[] output)
    {
        fixed (byte* k = key, n = nonce, a = aad, c = ciphertextAndTag, o = output)
            return Decrypt(o, null, null, c, (ulong)ciphertextAndTag.Length, a, (ulong)aad.Length, n, k) == 0;
    }

    public static byte[] SipHash(byte[] key, byte[] message)
    {
        var output = new byte[8];
        fixed (byte* k = key, m = message, o = output) Assert.Equal(0, SipHash24(o, m, (ulong)message.Length, k));
        return output;
    }
}
