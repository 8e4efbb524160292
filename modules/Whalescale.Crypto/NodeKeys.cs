using System.Security.Cryptography;
using Whalescale.Crypto.Interop;

namespace Whalescale.Crypto;

/// <summary>Decides once, where a node id enters, whether it is a usable key, and converts it to X25519.</summary>
/// <remarks>
/// <para>
/// Usable are the canonical encodings of points of the prime-order subgroup with sign bit 0. The points A and -A differ
/// in the sign bit alone and convert to the same X25519 key, and whoever owns one can sign under the other: with one
/// sign allowed, node ids and X25519 keys are one to one.
/// </para>
/// <para>
/// The order is checked twice. libsodium's own check looked at the X coordinate of L*A only until December 2025, and so
/// took A + (0, -1) for a point of the subgroup (CVE-2025-69277). The second check compares the whole encoding of
/// (L - 1)*A with that of -A: they are equal exactly if L*A is the identity, because the component of small order,
/// whose order divides 8, survives the multiplication by the odd number L.
/// </para>
/// </remarks>
public static unsafe class NodeKeys
{
    private const int Size = NodeId.Size;
    private const byte SignBit = 0x80;

    /// <summary>2^255 - 19, little-endian.</summary>
    private static ReadOnlySpan<byte> FieldPrime =>
    [
        0xED, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF,
        0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x7F,
    ];

    /// <summary>L - 1 with L = 2^252 + 27742317777372353535851937790883648493, little-endian (RFC 8032, section
    /// 5.1).</summary>
    private static ReadOnlySpan<byte> GroupOrderMinusOne =>
    [
        0xEC, 0xD3, 0xF5, 0x5C, 0x1A, 0x63, 0x12, 0x58, 0xD6, 0x9C, 0xF7, 0xA2, 0xDE, 0xF9, 0xDE, 0x14,
        0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x10,
    ];

    /// <summary>Checks a node id; some tenths of a millisecond, and not in constant time, because the id is
    /// public.</summary>
    /// <param name="id">The id to check.</param>
    /// <param name="staticKey">The X25519 key that belongs to it; all zero unless the id is usable.</param>
    public static NodeIdVerdict Check(NodeId id, out X25519PublicKey staticKey)
    {
        staticKey = default;
        Span<byte> point = stackalloc byte[Size];
        id.WriteTo(point);

        // Order and curve membership are the same for A and -A, so the sign is judged last: the verdict SignBitSet then
        // says that everything else about the id is in order.
        bool hasSignBit = (point[Size - 1] & SignBit) != 0;
        point[Size - 1] &= 0x7F;
        if (!IsBelow(point, FieldPrime)) return NodeIdVerdict.NotCanonical;
        if (!TryMultiplyByCofactor(point, out bool isIdentity)) return NodeIdVerdict.NotOnCurve;
        if (isIdentity) return NodeIdVerdict.SmallOrder;
        if (!IsInPrimeOrderSubgroup(point)) return NodeIdVerdict.MixedOrder;
        if (hasSignBit) return NodeIdVerdict.SignBitSet;

        byte* converted = stackalloc byte[X25519PublicKey.Size];
        fixed (byte* input = point)
        {
            if (LibSodium.crypto_sign_ed25519_pk_to_curve25519(converted, input) != 0)
                throw new CryptographicException("libsodium does not convert a point that it calls valid.");
        }

        staticKey = new X25519PublicKey(new ReadOnlySpan<byte>(converted, X25519PublicKey.Size));
        return NodeIdVerdict.Usable;
    }

    /// <summary>Whether the number <paramref name="left"/>, little-endian, is smaller.</summary>
    private static bool IsBelow(ReadOnlySpan<byte> left, ReadOnlySpan<byte> right)
    {
        for (int i = left.Length - 1; i >= 0; i--)
        {
            if (left[i] != right[i]) return left[i] < right[i];
        }

        return false;
    }

    /// <summary>Computes 8*A by doubling three times; addition is the one function that takes points of every
    /// order.</summary>
    /// <returns>False if the bytes are no point of the curve.</returns>
    private static bool TryMultiplyByCofactor(ReadOnlySpan<byte> point, out bool isIdentity)
    {
        isIdentity = false;
        Span<byte> sum = stackalloc byte[Size];
        point.CopyTo(sum);
        fixed (byte* value = sum)
        {
            for (int i = 0; i < 3; i++)
            {
                if (LibSodium.crypto_core_ed25519_add(value, value, value) != 0) return false;
            }
        }

        // The identity is (0, 1).
        isIdentity = sum[0] == 1 && sum[1..].IndexOfAnyExcept((byte)0) < 0;
        return true;
    }

    /// <param name="point">A canonical point with sign bit 0 that is not of small order, so that its x is not
    /// 0.</param>
    private static bool IsInPrimeOrderSubgroup(ReadOnlySpan<byte> point)
    {
        Span<byte> product = stackalloc byte[Size];
        fixed (byte* input = point, scalar = GroupOrderMinusOne, output = product)
        {
            if (LibSodium.crypto_core_ed25519_is_valid_point(input) != 1) return false;
            if (LibSodium.crypto_scalarmult_ed25519_noclamp(output, scalar, input) != 0) return false;
        }

        Span<byte> negated = stackalloc byte[Size];
        point.CopyTo(negated);
        negated[Size - 1] |= SignBit;
        return product.SequenceEqual(negated);
    }
}
