using System.Security.Cryptography;

namespace Whalescale.Tests.Conformance;

/// <summary>A fact about ML-KEM, skipped where the system's library does not have it.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class MlKemFactAttribute : FactAttribute
{
    public MlKemFactAttribute()
    {
        if (!MLKem.IsSupported) Skip = "ML-KEM needs OpenSSL 3.5 or a recent Windows; this system has neither.";
    }
}
