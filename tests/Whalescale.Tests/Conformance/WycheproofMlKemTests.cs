using System.Security.Cryptography;

namespace Whalescale.Tests.Conformance;

/// <summary>ML-KEM-768 of the framework, for the day the handshake mixes it in.</summary>
public sealed class WycheproofMlKemTests
{
    [MlKemFact]
    public void MlKem_768() => VectorFile.CheckAll(193, WycheproofCase.All("mlkem_768_test.json"), test =>
    {
        byte[] sharedSecret;
        try
        {
            using MLKem key = MLKem.ImportPrivateSeed(MLKemAlgorithm.MLKem768, test.Hex("seed"));
            if (!key.ExportEncapsulationKey().SequenceEqual(test.Hex("ek"))) return "another encapsulation key";
            sharedSecret = key.Decapsulate(test.Hex("c"));
        }
        catch (Exception exception) when (exception is ArgumentException or CryptographicException)
        {
            return test.IsValid ? $"is refused: {exception.Message}" : null;
        }

        if (!test.IsValid) return "is accepted";
        return sharedSecret.AsSpan().SequenceEqual(test.Hex("K")) ? null : "another secret";
    });
}
