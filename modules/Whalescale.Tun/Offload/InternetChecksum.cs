using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Whalescale.Tun.Offload;

/// <summary>The checksum of IPv4, TCP and UDP (RFC 1071): the one's complement of the one's complement sum of 16-bit
/// words.</summary>
/// <remarks>Words are big-endian, as on the wire: what comes out is the number to be written with
/// <see cref="BinaryPrimitives.WriteUInt16BigEndian"/>. A sum is not inverted yet: a finished checksum is
/// <c>(ushort)~Fold(sum)</c>, a pending one <c>Fold(PseudoHeader(…))</c>, and a range with a right checksum in it folds
/// to <see cref="Right"/>.</remarks>
public static class InternetChecksum
{
    /// <summary>What a range folds to if the checksum within it is right.</summary>
    public const ushort Right = 0xFFFF;

    /// <summary>Adds bytes to a sum.</summary>
    /// <param name="bytes">Any number; an odd one at the end is the upper half of a word, so only the last range of a
    /// checksum may have an odd length.</param>
    /// <param name="initial">The sum so far: 0, or what this class returned.</param>
    /// <returns>The sum, to be folded.</returns>
    public static uint Sum(ReadOnlySpan<byte> bytes, uint initial = 0)
    {
        // Section 2 (B) of the RFC: the sum of byte-swapped words is the byte-swapped sum. So words are added as the
        // processor loads them, many at a time, and the sum is swapped once.
        ref byte start = ref MemoryMarshal.GetReference(bytes);
        nuint position = 0, length = (nuint)bytes.Length;
        ulong sum = 0;
        if (Vector512.IsHardwareAccelerated && length >= 128) sum = Sum512(ref start, length, ref position);
        else if (Vector256.IsHardwareAccelerated && length >= 64) sum = Sum256(ref start, length, ref position);
        else if (Vector128.IsHardwareAccelerated && length >= 32) sum = Sum128(ref start, length, ref position);

        for (; position + 8 <= length; position += 8) sum += Halves(Load<ulong>(ref start, position));

        if ((length & 4) != 0)
        {
            sum += Load<uint>(ref start, position);
            position += 4;
        }

        if ((length & 2) != 0)
        {
            sum += Load<ushort>(ref start, position);
            position += 2;
        }

        if ((length & 1) != 0)
        {
            byte last = Load<byte>(ref start, position);
            sum += BitConverter.IsLittleEndian ? last : (uint)last << 8;
        }

        return AddNative(initial, sum);
    }

    /// <summary>Brings a sum to 16 bits, carries added (not inverted).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ushort Fold(uint sum)
    {
        sum = (sum & 0xFFFF) + (sum >> 16);
        return (ushort)(sum + (sum >> 16));
    }

    /// <summary>Sum of the pseudo-header of TCP or UDP over IPv4 (RFC 9293, section 3.1) or IPv6 (RFC 8200, section
    /// 8.1).</summary>
    /// <param name="addresses">Source and destination as they lie in the header: 8 or 32 bytes.</param>
    /// <param name="protocol">Protocol of the transport header.</param>
    /// <param name="length">Bytes of transport header and payload, 0 to 65535.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static uint PseudoHeader(ReadOnlySpan<byte> addresses, byte protocol, int length)
    {
        ref byte start = ref MemoryMarshal.GetReference(addresses);
        uint rest = protocol + (uint)length;
        if (addresses.Length == 8) return AddNative(rest, Halves(Load<ulong>(ref start, 0)));
        ArgumentOutOfRangeException.ThrowIfNotEqual(addresses.Length, 32, nameof(addresses));
        return AddNative(
            rest,
            Halves(Load<ulong>(ref start, 0)) + Halves(Load<ulong>(ref start, 8))
            + Halves(Load<ulong>(ref start, 16)) + Halves(Load<ulong>(ref start, 24)));
    }

    /// <summary>Sum of an IPv4 header without options: <see cref="Sum"/> of 20 bytes, without its loops.</summary>
    /// <param name="header">20 bytes.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static uint Header4(ReadOnlySpan<byte> header)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(header.Length, 20, nameof(header));
        ref byte start = ref MemoryMarshal.GetReference(header);
        return AddNative(
            0, Halves(Load<ulong>(ref start, 0)) + Halves(Load<ulong>(ref start, 8)) + Load<uint>(ref start, 16));
    }

    // Two sums, of the lower and the upper halves of 64-bit lanes: a lane takes 2^32 additions before it overflows.
    private static ulong Sum512(ref byte start, nuint length, ref nuint position)
    {
        Vector512<ulong> lower = default, upper = default, mask = Vector512.Create((ulong)uint.MaxValue);
        nuint i = 0;
        for (; i + 64 <= length; i += 64)
        {
            Vector512<ulong> words = Vector512.LoadUnsafe(ref start, i).AsUInt64();
            lower += words & mask;
            upper += words >>> 32;
        }

        position = i;
        return Vector512.Sum(lower + upper);
    }

    private static ulong Sum256(ref byte start, nuint length, ref nuint position)
    {
        Vector256<ulong> lower = default, upper = default, mask = Vector256.Create((ulong)uint.MaxValue);
        nuint i = 0;
        for (; i + 32 <= length; i += 32)
        {
            Vector256<ulong> words = Vector256.LoadUnsafe(ref start, i).AsUInt64();
            lower += words & mask;
            upper += words >>> 32;
        }

        position = i;
        return Vector256.Sum(lower + upper);
    }

    private static ulong Sum128(ref byte start, nuint length, ref nuint position)
    {
        Vector128<ulong> lower = default, upper = default, mask = Vector128.Create((ulong)uint.MaxValue);
        nuint i = 0;
        for (; i + 16 <= length; i += 16)
        {
            Vector128<ulong> words = Vector128.LoadUnsafe(ref start, i).AsUInt64();
            lower += words & mask;
            upper += words >>> 32;
        }

        position = i;
        return Vector128.Sum(lower + upper);
    }

    /// <summary>Adds a sum of words in the processor's order to one of big-endian words.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static uint AddNative(uint initial, ulong native)
    {
        native = (uint)native + (native >> 32);
        native = (uint)native + (native >> 32);
        ushort folded = Fold((uint)native);
        if (BitConverter.IsLittleEndian) folded = BinaryPrimitives.ReverseEndianness(folded);
        ulong sum = (ulong)initial + folded;
        return (uint)sum + (uint)(sum >> 32);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong Halves(ulong words) => (uint)words + (words >> 32);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static T Load<T>(ref byte start, nuint position) where T : unmanaged =>
        Unsafe.ReadUnaligned<T>(ref Unsafe.AddByteOffset(ref start, position));
}
