namespace Whalescale.Crypto;

/// <summary>What a session is protected with; the value is the suite byte on the wire.</summary>
public enum CipherSuite : byte
{
    /// <summary>No suite.</summary>
    None = 0,

    /// <summary>Noise_IK_25519_ChaChaPoly_BLAKE2s: available everywhere.</summary>
    ChaChaPolyBlake2s = 1,

    /// <summary>Noise_IK_25519_AESGCM_SHA256: faster where the processors have AES instructions.</summary>
    AesGcmSha256 = 2,

    /// <summary><see cref="ChaChaPolyBlake2s"/> with a pre-shared key (IKpsk2).</summary>
    ChaChaPolyBlake2sPsk = 3,

    /// <summary><see cref="AesGcmSha256"/> with a pre-shared key (IKpsk2).</summary>
    AesGcmSha256Psk = 4,
}
