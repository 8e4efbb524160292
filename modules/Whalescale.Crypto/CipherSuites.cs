using System.Runtime.Intrinsics.X86;
using ArmAes = System.Runtime.Intrinsics.Arm.Aes;

namespace Whalescale.Crypto;

/// <summary>Facts about the suites.</summary>
public static class CipherSuites
{
    /// <summary>Whether this processor has the instructions that make AES-GCM fast and free of table
    /// look-ups: AES and the carry-less multiplication that GHASH is made of.</summary>
    /// <remarks>On Arm the framework's one class stands for both, AESE and PMULL.</remarks>
    public static bool HasAesInstructions => (Aes.IsSupported && Pclmulqdq.IsSupported) || ArmAes.IsSupported;

    /// <summary>Whether the byte names a suite of this version.</summary>
    public static bool IsKnown(CipherSuite suite) =>
        suite is >= CipherSuite.ChaChaPolyBlake2s and <= CipherSuite.AesGcmSha256Psk;

    /// <summary>The name in the Noise specification's form; it is hashed into every handshake.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Not a suite.</exception>
    public static string ProtocolName(CipherSuite suite) => suite switch
    {
        CipherSuite.ChaChaPolyBlake2s => "Noise_IK_25519_ChaChaPoly_BLAKE2s",
        CipherSuite.AesGcmSha256 => "Noise_IK_25519_AESGCM_SHA256",
        CipherSuite.ChaChaPolyBlake2sPsk => "Noise_IKpsk2_25519_ChaChaPoly_BLAKE2s",
        CipherSuite.AesGcmSha256Psk => "Noise_IKpsk2_25519_AESGCM_SHA256",
        _ => throw NotASuite(suite),
    };

    /// <summary>Whether the handshake mixes a pre-shared key in.</summary>
    public static bool UsesPsk(CipherSuite suite) =>
        suite is CipherSuite.ChaChaPolyBlake2sPsk or CipherSuite.AesGcmSha256Psk;

    /// <summary>The suite with the same cipher and hash, with or without a pre-shared key.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Not a suite.</exception>
    public static CipherSuite WithPsk(CipherSuite suite, bool usePsk) => CipherOf(suite) switch
    {
        AeadCipher.ChaChaPoly => usePsk ? CipherSuite.ChaChaPolyBlake2sPsk : CipherSuite.ChaChaPolyBlake2s,
        _ => usePsk ? CipherSuite.AesGcmSha256Psk : CipherSuite.AesGcmSha256,
    };

    internal static AeadCipher CipherOf(CipherSuite suite) => suite switch
    {
        CipherSuite.ChaChaPolyBlake2s or CipherSuite.ChaChaPolyBlake2sPsk => AeadCipher.ChaChaPoly,
        CipherSuite.AesGcmSha256 or CipherSuite.AesGcmSha256Psk => AeadCipher.AesGcm,
        _ => throw NotASuite(suite),
    };

    private static ArgumentOutOfRangeException NotASuite(CipherSuite suite) =>
        new(nameof(suite), suite, "This is not a cipher suite of this version.");
}
