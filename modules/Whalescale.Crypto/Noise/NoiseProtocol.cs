using System.Collections.Immutable;
using System.Text;

namespace Whalescale.Crypto.Noise;

/// <summary>A Noise protocol taken from its name, for example <c>Noise_IK_25519_ChaChaPoly_BLAKE2s</c>.</summary>
/// <remarks>Section 8 of the specification. Immutable; one object serves every handshake of its kind.</remarks>
public sealed class NoiseProtocol
{
    private static readonly ImmutableArray<NoiseProtocol> OfSuites =
    [
        .. Enum.GetValues<CipherSuite>().Where(CipherSuites.IsKnown)
            .Select(suite => new NoiseProtocol(CipherSuites.ProtocolName(suite))),
    ];

    private NoiseProtocol(string name)
    {
        Name = name;
        NameBytes = [.. Encoding.ASCII.GetBytes(name)];
        string[] parts = name.Split('_');
        if (parts.Length != 5 || parts[0] != "Noise" || parts[2] != "25519")
        {
            throw new ArgumentException(
                $"'{name}' is not of the form Noise_<pattern>_25519_<cipher>_<hash>.", nameof(name));
        }

        Pattern = HandshakePattern.Parse(parts[1]);
        Cipher = parts[3] switch
        {
            "ChaChaPoly" => AeadCipher.ChaChaPoly,
            "AESGCM" => AeadCipher.AesGcm,
            _ => throw new ArgumentException($"'{parts[3]}' is not a known Noise cipher.", nameof(name)),
        };
        Hash = parts[4] switch
        {
            "BLAKE2s" => NoiseHashAlgorithm.Blake2s,
            "BLAKE2b" => NoiseHashAlgorithm.Blake2b,
            "SHA256" => NoiseHashAlgorithm.Sha256,
            "SHA512" => NoiseHashAlgorithm.Sha512,
            _ => throw new ArgumentException($"'{parts[4]}' is not a known Noise hash.", nameof(name)),
        };
    }

    /// <summary>The whole name.</summary>
    public string Name { get; }

    internal ImmutableArray<byte> NameBytes { get; }

    internal HandshakePattern Pattern { get; }

    internal AeadCipher Cipher { get; }

    internal NoiseHashAlgorithm Hash { get; }

    /// <summary>The protocol of a suite; always the same object.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Not a suite.</exception>
    public static NoiseProtocol For(CipherSuite suite) => Parse(CipherSuites.ProtocolName(suite));

    /// <summary>Reads a protocol name. The names of the product's suites give the same object each time.</summary>
    /// <exception cref="ArgumentException">Malformed, or a part that is not known here.</exception>
    public static NoiseProtocol Parse(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        foreach (NoiseProtocol known in OfSuites)
        {
            if (known.Name == name) return known;
        }

        return new NoiseProtocol(name);
    }

    /// <summary>The name.</summary>
    public override string ToString() => Name;
}
