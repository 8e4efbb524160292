using System.Runtime.InteropServices;

namespace Whalescale.Crypto.Interop;

/// <summary>The functions of libsodium (1.0.18 and later) that are used, under their C names.</summary>
/// <remarks>All of them return 0 for success and -1 for refusal; sizes are in bytes.</remarks>
internal static unsafe partial class LibSodium
{
    static LibSodium() => NativeLibraries.EnsureRegistered();

    [LibraryImport(NativeLibraries.Sodium)]
    internal static partial int sodium_init();

    [LibraryImport(NativeLibraries.Sodium)]
    internal static partial int crypto_sign_ed25519_seed_keypair(byte* publicKey32, byte* secretKey64, byte* seed32);

    [LibraryImport(NativeLibraries.Sodium)]
    internal static partial int crypto_sign_ed25519_detached(
        byte* signature64, ulong* signatureLength, byte* message, ulong messageLength, byte* secretKey64);

    [LibraryImport(NativeLibraries.Sodium)]
    internal static partial int crypto_sign_ed25519_verify_detached(
        byte* signature64, byte* message, ulong messageLength, byte* publicKey32);

    [LibraryImport(NativeLibraries.Sodium)]
    internal static partial int crypto_sign_ed25519_sk_to_curve25519(byte* x25519Secret32, byte* secretKey64);

    [LibraryImport(NativeLibraries.Sodium)]
    internal static partial int crypto_sign_ed25519_pk_to_curve25519(byte* x25519Public32, byte* publicKey32);

    /// <summary>1 for a point that is canonical, on the curve and (in fixed versions) in the prime-order
    /// subgroup.</summary>
    [LibraryImport(NativeLibraries.Sodium)]
    internal static partial int crypto_core_ed25519_is_valid_point(byte* point32);

    /// <summary>Adds two points; refuses encodings that are not on the curve, but no order.</summary>
    [LibraryImport(NativeLibraries.Sodium)]
    internal static partial int crypto_core_ed25519_add(byte* sum32, byte* left32, byte* right32);

    [LibraryImport(NativeLibraries.Sodium)]
    internal static partial int crypto_scalarmult_ed25519_noclamp(byte* product32, byte* scalar32, byte* point32);

    [LibraryImport(NativeLibraries.Sodium)]
    internal static partial int crypto_scalarmult_curve25519(byte* shared32, byte* secret32, byte* public32);

    [LibraryImport(NativeLibraries.Sodium)]
    internal static partial int crypto_scalarmult_curve25519_base(byte* public32, byte* secret32);

    [LibraryImport(NativeLibraries.Sodium)]
    internal static partial int crypto_aead_chacha20poly1305_ietf_encrypt(
        byte* ciphertextAndTag, ulong* ciphertextLength, byte* message, ulong messageLength,
        byte* additionalData, ulong additionalDataLength, byte* unusedSecretNonce, byte* nonce12, byte* key32);

    [LibraryImport(NativeLibraries.Sodium)]
    internal static partial int crypto_aead_chacha20poly1305_ietf_decrypt(
        byte* message, ulong* messageLength, byte* unusedSecretNonce, byte* ciphertextAndTag, ulong ciphertextLength,
        byte* additionalData, ulong additionalDataLength, byte* nonce12, byte* key32);
}
