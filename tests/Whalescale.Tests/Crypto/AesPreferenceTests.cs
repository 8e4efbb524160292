using System.Runtime.InteropServices;
using Whalescale.Crypto;
using Whalescale.Node;
using Whalescale.Types;
using Processor = System.Runtime.InteropServices.Architecture;

namespace Whalescale.Tests.Crypto;

public sealed class AesPreferenceTests
{
    private const string CpuInfo = "/proc/cpuinfo";

    [CpuInfoFact]
    public void AES_counts_as_fast_exactly_where_the_processor_has_it_and_the_carry_less_multiplication()
    {
        bool isArm = RuntimeInformation.ProcessArchitecture == Processor.Arm64;
        string label = isArm ? "Features" : "flags";
        string[] words = File.ReadLines(CpuInfo).First(line => line.StartsWith(label, StringComparison.Ordinal)).Split(' ');

        bool hasBoth = words.Contains("aes") && words.Contains(isArm ? "pmull" : "pclmulqdq");
        Assert.Equal(hasBoth, CipherSuites.HasAesInstructions);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Every_suite_is_supported_and_those_with_AES_are_preferred_with_the_instructions_only(bool hasInstructions)
    {
        Capabilities own = OwnCapabilities.Of(hasInstructions);
        foreach (CipherSuite suite in Enum.GetValues<CipherSuite>().Where(CipherSuites.IsKnown))
        {
            bool isAes = suite is CipherSuite.AesGcmSha256 or CipherSuite.AesGcmSha256Psk;
            Assert.True(own.Supports((byte)suite));
            Assert.Equal(isAes && hasInstructions, own.Prefers((byte)suite));
        }
    }

    [AttributeUsage(AttributeTargets.Method)]
    private sealed class CpuInfoFactAttribute : FactAttribute
    {
        public CpuInfoFactAttribute()
        {
            bool isKnown = RuntimeInformation.ProcessArchitecture is Processor.X64 or Processor.Arm64;
            if (!isKnown || !File.Exists(CpuInfo)) Skip = "Only Linux says in a file what the processor has.";
        }
    }
}
