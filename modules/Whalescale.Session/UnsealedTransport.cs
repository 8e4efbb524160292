using Whalescale.Types;

namespace Whalescale.Sessions;

/// <summary>Stands in for sealing where the cost of all the rest is measured: the plaintext is copied, the tag is
/// zero. The counterpart of opening does nothing: what was sealed in this way is its own plaintext.</summary>
/// <remarks>Reached through <see cref="SessionKeys.WithoutSealing"/> alone.</remarks>
internal static class UnsealedTransport
{
    /// <summary>Copies the plaintext and puts 16 zero bytes behind it.</summary>
    public static void Seal(ReadOnlySpan<byte> plaintext, Span<byte> sealedBytes)
    {
        plaintext.CopyTo(sealedBytes);
        sealedBytes.Slice(plaintext.Length, Protocol.TagSize).Clear();
    }
}
