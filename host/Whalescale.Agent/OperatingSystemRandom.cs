using System.Security.Cryptography;

namespace Whalescale.Agent;

/// <summary>The operating system's generator. Thread-safe; a fork is the same source, for it has no state to keep
/// apart.</summary>
internal sealed class OperatingSystemRandom : RandomSource
{
    public override void Fill(Span<byte> destination) => RandomNumberGenerator.Fill(destination);

    public override RandomSource Fork(string name) => this;
}
