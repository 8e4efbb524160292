using Whalescale.Crypto;
using Whalescale.Types;

namespace Whalescale.Node;

/// <summary>What this version tells of itself in handshakes.</summary>
public static class OwnCapabilities
{
    /// <summary>All suites are there; those with AES are preferred where the processor has instructions for
    /// it.</summary>
    public static Capabilities Of(bool hasAesInstructions)
    {
        const byte AllSuites = 0b1111;
        byte fast = (byte)(Bit(CipherSuite.AesGcmSha256) | Bit(CipherSuite.AesGcmSha256Psk));
        return new Capabilities(Protocol.Version, AllSuites, hasAesInstructions ? fast : (byte)0);
    }

    private static byte Bit(CipherSuite suite) => (byte)(1 << ((int)suite - 1));
}
