using System.Runtime.InteropServices;

namespace Whalescale.Crypto.Interop;

/// <summary>The functions of OpenSSL's libcrypto (3.0 and later) that are used, under their C names.</summary>
/// <remarks>Unless stated otherwise they return 1 for success and 0 or less for failure.</remarks>
internal static unsafe partial class LibCrypto
{
    // EVP_CIPHER_CTX_ctrl commands, openssl/evp.h.
    public const int EvpCtrlAeadGetTag = 0x10;
    public const int EvpCtrlAeadSetTag = 0x11;

    /// <summary>OSSL_PARAM_UNSIGNED_INTEGER, openssl/core.h.</summary>
    public const uint OsslParamUnsignedInteger = 2;

    /// <summary>OSSL_PARAM_OCTET_STRING, openssl/core.h.</summary>
    public const uint OsslParamOctetString = 5;

    static LibCrypto() => NativeLibraries.EnsureRegistered();

    [LibraryImport(NativeLibraries.Crypto)]
    internal static partial ulong OpenSSL_version_num();

    [LibraryImport(NativeLibraries.Crypto)]
    internal static partial void ERR_clear_error();

    /// <summary>The oldest error of this thread's queue, or 0.</summary>
    [LibraryImport(NativeLibraries.Crypto)]
    internal static partial CULong ERR_peek_error();

    [LibraryImport(NativeLibraries.Crypto)]
    internal static partial nint EVP_CIPHER_fetch(nint libraryContext, byte* algorithm, byte* properties);

    [LibraryImport(NativeLibraries.Crypto)]
    internal static partial nint EVP_CIPHER_CTX_new();

    /// <summary>Wipes the key schedule and frees the context.</summary>
    [LibraryImport(NativeLibraries.Crypto)]
    internal static partial void EVP_CIPHER_CTX_free(nint context);

    [LibraryImport(NativeLibraries.Crypto)]
    internal static partial int EVP_CIPHER_CTX_ctrl(nint context, int command, int argument, byte* data);

    [LibraryImport(NativeLibraries.Crypto)]
    internal static partial int EVP_CIPHER_CTX_set_params(nint context, OsslParam* parameters);

    /// <returns>For an AEAD the number of bytes, or less than 0; puts nothing on the error queue for a
    /// forgery.</returns>
    [LibraryImport(NativeLibraries.Crypto)]
    internal static partial int EVP_Cipher(nint context, byte* output, byte* input, uint length);

    [LibraryImport(NativeLibraries.Crypto)]
    internal static partial int EVP_EncryptInit_ex(nint context, nint cipher, nint engine, byte* key, byte* iv);

    [LibraryImport(NativeLibraries.Crypto)]
    internal static partial int EVP_EncryptUpdate(nint context, byte* output, int* written, byte* input, int length);

    [LibraryImport(NativeLibraries.Crypto)]
    internal static partial int EVP_EncryptFinal_ex(nint context, byte* output, int* written);

    [LibraryImport(NativeLibraries.Crypto)]
    internal static partial int EVP_DecryptInit_ex(nint context, nint cipher, nint engine, byte* key, byte* iv);

    [LibraryImport(NativeLibraries.Crypto)]
    internal static partial int EVP_DecryptUpdate(nint context, byte* output, int* written, byte* input, int length);

    [LibraryImport(NativeLibraries.Crypto)]
    internal static partial int EVP_DecryptFinal_ex(nint context, byte* output, int* written);

    [LibraryImport(NativeLibraries.Crypto)]
    internal static partial nint EVP_MD_fetch(nint libraryContext, byte* algorithm, byte* properties);

    [LibraryImport(NativeLibraries.Crypto)]
    internal static partial nint EVP_MD_CTX_new();

    [LibraryImport(NativeLibraries.Crypto)]
    internal static partial void EVP_MD_CTX_free(nint context);

    [LibraryImport(NativeLibraries.Crypto)]
    internal static partial int EVP_DigestInit_ex(nint context, nint digest, nint engine);

    [LibraryImport(NativeLibraries.Crypto)]
    internal static partial int EVP_DigestUpdate(nint context, byte* data, nuint length);

    [LibraryImport(NativeLibraries.Crypto)]
    internal static partial int EVP_DigestFinal_ex(nint context, byte* hash, uint* written);

    [LibraryImport(NativeLibraries.Crypto)]
    internal static partial nint EVP_MAC_fetch(nint libraryContext, byte* algorithm, byte* properties);

    [LibraryImport(NativeLibraries.Crypto)]
    internal static partial nint EVP_MAC_CTX_new(nint mac);

    /// <summary>Wipes the key and frees the context.</summary>
    [LibraryImport(NativeLibraries.Crypto)]
    internal static partial void EVP_MAC_CTX_free(nint context);

    [LibraryImport(NativeLibraries.Crypto)]
    internal static partial int EVP_MAC_init(nint context, byte* key, nuint keyLength, OsslParam* parameters);

    [LibraryImport(NativeLibraries.Crypto)]
    internal static partial int EVP_MAC_update(nint context, byte* data, nuint length);

    [LibraryImport(NativeLibraries.Crypto)]
    internal static partial int EVP_MAC_final(nint context, byte* output, nuint* written, nuint outputSize);

    /// <summary>OSSL_PARAM, openssl/core.h; an array of them ends with one whose key is null.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct OsslParam
    {
        public byte* Key;
        public uint DataType;
        public void* Data;
        public nuint DataSize;
        public nuint ReturnSize;
    }
}
