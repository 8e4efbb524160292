using System.Security.Cryptography;

namespace Whalescale.Benchmarks.Harness;

/// <summary>The operating system's generator, as the agent uses it: its price belongs to a handshake.</summary>
internal sealed class SystemRandom : RandomSource
{
    internal static SystemRandom Instance { get; } = new();

    /// <inheritdoc/>
    public override void Fill(Span<byte> destination) => RandomNumberGenerator.Fill(destination);

    /// <inheritdoc/>
    public override RandomSource Fork(string name) => this;
}
