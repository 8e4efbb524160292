using System.Security.Cryptography;
using Microsoft.Win32.SafeHandles;

namespace Whalescale.Crypto.Interop;

/// <summary>Owns an EVP_CIPHER_CTX.</summary>
internal sealed class CipherContextHandle : SafeHandleZeroOrMinusOneIsInvalid
{
    public CipherContextHandle() : base(ownsHandle: true)
    {
        SetHandle(LibCrypto.EVP_CIPHER_CTX_new());
        if (IsInvalid) throw new CryptographicException("libcrypto gave no cipher context.");
    }

    protected override bool ReleaseHandle()
    {
        LibCrypto.EVP_CIPHER_CTX_free(handle);
        return true;
    }
}

/// <summary>Owns an EVP_MD_CTX.</summary>
internal sealed class DigestContextHandle : SafeHandleZeroOrMinusOneIsInvalid
{
    public DigestContextHandle() : base(ownsHandle: true)
    {
        SetHandle(LibCrypto.EVP_MD_CTX_new());
        if (IsInvalid) throw new CryptographicException("libcrypto gave no digest context.");
    }

    protected override bool ReleaseHandle()
    {
        LibCrypto.EVP_MD_CTX_free(handle);
        return true;
    }
}

/// <summary>Owns an EVP_MAC_CTX.</summary>
internal sealed class MacContextHandle : SafeHandleZeroOrMinusOneIsInvalid
{
    public MacContextHandle(nint mac) : base(ownsHandle: true)
    {
        SetHandle(LibCrypto.EVP_MAC_CTX_new(mac));
        if (IsInvalid) throw new CryptographicException("libcrypto gave no MAC context.");
    }

    protected override bool ReleaseHandle()
    {
        LibCrypto.EVP_MAC_CTX_free(handle);
        return true;
    }
}
