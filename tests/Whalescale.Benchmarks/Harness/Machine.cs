using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace Whalescale.Benchmarks.Harness;

/// <summary>What figures depend on besides the code.</summary>
internal sealed record Machine(
    string Processor, int LogicalProcessors, string System, string Runtime, string LibCrypto)
{
    /// <summary>This machine.</summary>
    internal static Machine Current { get; } = new(
        ReadProcessor(), Environment.ProcessorCount, RuntimeInformation.OSDescription,
        RuntimeInformation.FrameworkDescription, ReadLibCrypto());

    public override string ToString() =>
        $"{Processor}, {LogicalProcessors} logical processors; {System}; {Runtime}; {LibCrypto}";

    private static string ReadProcessor()
    {
        const string Source = "/proc/cpuinfo";
        string? line = File.Exists(Source)
            ? File.ReadLines(Source).FirstOrDefault(text => text.StartsWith("model name", StringComparison.Ordinal))
            : null;
        return line?[(line.IndexOf(':', StringComparison.Ordinal) + 1)..].Trim()
            ?? RuntimeInformation.ProcessArchitecture.ToString();
    }

    // OPENSSL_VERSION_NUMBER, 0xMNN00PP0 since version 3: major, minor, patch.
    private static string ReadLibCrypto()
    {
        if (!OperatingSystem.IsLinux()) return "libcrypto";
        long number = SafeEvpPKeyHandle.OpenSslVersion;
        return $"OpenSSL {number >> 28}.{number >> 20 & 0xFF}.{number >> 4 & 0xFF}";
    }
}
