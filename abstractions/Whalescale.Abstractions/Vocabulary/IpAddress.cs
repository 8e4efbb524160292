using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;

namespace Whalescale.Abstractions;

/// <summary>An IPv4 or IPv6 address as a value: no allocation, the same hash in every process.</summary>
/// <remarks>IPv4 is held as ::ffff:a.b.c.d; an address that arrives in that IPv6 form therefore equals the IPv4 one.
/// Scope ids belong to <see cref="Endpoint"/>.</remarks>
public readonly record struct IpAddress : IComparable<IpAddress>
{
    private const ulong MappedPrefix = 0x0000_FFFF_0000_0000;

    /// <summary>Takes the two halves in network order.</summary>
    public IpAddress(ulong high, ulong low) => (High, Low) = (high, low);

    /// <summary>Bits 0 to 63 in network order.</summary>
    public ulong High { get; }

    /// <summary>Bits 64 to 127 in network order.</summary>
    public ulong Low { get; }

    /// <summary>Whether this is an IPv4 address.</summary>
    public bool IsIPv4 => High == 0 && Low >> 32 == MappedPrefix >> 32;

    /// <summary>The IPv4 bits in network order, as a number; meaningful only if <see cref="IsIPv4"/>.</summary>
    public uint IPv4Bits => (uint)Low;

    /// <summary>Bits of an address of this family: 32 or 128.</summary>
    public int BitLength => IsIPv4 ? 32 : 128;

    /// <summary>Whether all bits (or all IPv4 bits) are zero.</summary>
    public bool IsUnspecified => IsIPv4 ? IPv4Bits == 0 : (High | Low) == 0;

    /// <summary>127.0.0.0/8 or ::1.</summary>
    public bool IsLoopback => IsIPv4 ? IPv4Bits >> 24 == 127 : High == 0 && Low == 1;

    /// <summary>224.0.0.0/4 or ff00::/8.</summary>
    public bool IsMulticast => IsIPv4 ? IPv4Bits >> 28 == 0xE : High >> 56 == 0xFF;

    /// <summary>169.254.0.0/16 or fe80::/10.</summary>
    public bool IsLinkLocal => IsIPv4 ? IPv4Bits >> 16 == 0xA9FE : High >> 54 == 0xFE80 >> 6;

    /// <summary>255.255.255.255.</summary>
    public bool IsLimitedBroadcast => IsIPv4 && IPv4Bits == uint.MaxValue;

    /// <summary>The IPv4 address with these bits in network order.</summary>
    public static IpAddress FromIPv4(uint bits) => new(0, MappedPrefix | bits);

    /// <summary>Reads 4 bytes as IPv4 or 16 as IPv6.</summary>
    /// <exception cref="ArgumentException">Neither 4 nor 16 bytes.</exception>
    public static IpAddress Read(ReadOnlySpan<byte> bytes) => bytes.Length switch
    {
        4 => FromIPv4(BinaryPrimitives.ReadUInt32BigEndian(bytes)),
        16 => new(BinaryPrimitives.ReadUInt64BigEndian(bytes), BinaryPrimitives.ReadUInt64BigEndian(bytes[8..])),
        _ => throw new ArgumentException("An address has 4 or 16 bytes.", nameof(bytes)),
    };

    /// <summary>Takes the address of the base class library; its scope id is not kept.</summary>
    public static IpAddress From(IPAddress address)
    {
        Span<byte> bytes = stackalloc byte[16];
        address.TryWriteBytes(bytes, out int written);
        return Read(bytes[..written]);
    }

    /// <summary>Reads "192.0.2.1" or "2001:db8::1"; no scope, no short IPv4 forms.</summary>
    public static bool TryParse(ReadOnlySpan<char> text, out IpAddress address)
    {
        address = default;
        if (text.Contains('%') || text.Contains('[') || text.Contains('/')) return false;
        if (!IPAddress.TryParse(text, out IPAddress? parsed)) return false;
        // "1.2" and "0x7f000001" are addresses to inet_aton and mistakes to everybody else.
        if (parsed.AddressFamily == AddressFamily.InterNetwork && !text.SequenceEqual(parsed.ToString())) return false;
        address = From(parsed);
        return true;
    }

    /// <summary>Writes 16 bytes, IPv4 in its mapped form.</summary>
    public void WriteTo16(Span<byte> destination)
    {
        BinaryPrimitives.WriteUInt64BigEndian(destination, High);
        BinaryPrimitives.WriteUInt64BigEndian(destination[8..], Low);
    }

    /// <summary>As a type of the base class library: an IPv4 address if it is one.</summary>
    public IPAddress ToIPAddress()
    {
        Span<byte> bytes = stackalloc byte[16];
        WriteTo16(bytes);
        return new IPAddress(IsIPv4 ? bytes[12..] : bytes);
    }

    /// <inheritdoc/>
    public int CompareTo(IpAddress other)
    {
        int order = High.CompareTo(other.High);
        return order != 0 ? order : Low.CompareTo(other.Low);
    }

    /// <summary>Whether <paramref name="left"/> comes before in byte order.</summary>
    public static bool operator <(IpAddress left, IpAddress right) => left.CompareTo(right) < 0;

    /// <summary>Whether <paramref name="left"/> comes after in byte order.</summary>
    public static bool operator >(IpAddress left, IpAddress right) => left.CompareTo(right) > 0;

    /// <summary>Whether <paramref name="left"/> comes before or is the same.</summary>
    public static bool operator <=(IpAddress left, IpAddress right) => left.CompareTo(right) <= 0;

    /// <summary>Whether <paramref name="left"/> comes after or is the same.</summary>
    public static bool operator >=(IpAddress left, IpAddress right) => left.CompareTo(right) >= 0;

    /// <summary>The same in every process.</summary>
    public override int GetHashCode()
    {
        ulong mixed = (High ^ (Low * 0x9E37_79B9_7F4A_7C15)) * 0xC2B2_AE3D_27D4_EB4F;
        return (int)(mixed >> 32);
    }

    /// <summary>"192.0.2.1" or "2001:db8::1".</summary>
    public override string ToString() => ToIPAddress().ToString();
}
