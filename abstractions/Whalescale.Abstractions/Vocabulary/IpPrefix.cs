using System.Globalization;

namespace Whalescale.Abstractions;

/// <summary>An address with the length of its network: the address of an interface, or, with no host bits, a
/// route.</summary>
/// <remarks>Text form "10.77.0.1/16" or "fd77::/64"; without "/n" the length is that of the whole address.</remarks>
public readonly record struct IpPrefix
{
    /// <summary>Joins an address and a length of 0 to 32 or 0 to 128 bits.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The length does not fit the family.</exception>
    public IpPrefix(IpAddress address, int length)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(length, address.BitLength);
        (Address, Length) = (address, (byte)length);
    }

    /// <summary>The address, host bits and all.</summary>
    public IpAddress Address { get; }

    /// <summary>Bits of the network, counted in the address's own family.</summary>
    public byte Length { get; }

    /// <summary>Bits of the network counted over the 128-bit form: 96 more for IPv4.</summary>
    public int LengthOver128 => Address.IsIPv4 ? Length + 96 : Length;

    /// <summary>Whether no bit after the network's is set: a route rather than the address of an interface.</summary>
    public bool IsNetwork => Network == this;

    /// <summary>The same prefix with the host bits cleared.</summary>
    public IpPrefix Network
    {
        get
        {
            (ulong high, ulong low) = Mask(LengthOver128);
            return new IpPrefix(new IpAddress(Address.High & high, Address.Low & low), Length);
        }
    }

    /// <summary>The prefix that holds this one address.</summary>
    public static IpPrefix Host(IpAddress address) => new(address, address.BitLength);

    /// <summary>Reads "address/length" or "address".</summary>
    public static bool TryParse(ReadOnlySpan<char> text, out IpPrefix prefix)
    {
        prefix = default;
        int slash = text.IndexOf('/');
        if (!IpAddress.TryParse(slash < 0 ? text : text[..slash], out IpAddress address)) return false;
        int length = address.BitLength;
        if (slash >= 0)
        {
            ReadOnlySpan<char> digits = text[(slash + 1)..];
            if (!int.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out length)) return false;
            if (digits.Length > 1 && digits[0] == '0') return false;
            if (length > address.BitLength) return false;
        }

        prefix = new IpPrefix(address, length);
        return true;
    }

    /// <summary>Whether the address lies in this network (same family, same leading bits).</summary>
    public bool Contains(IpAddress address)
    {
        if (address.IsIPv4 != Address.IsIPv4) return false;
        (ulong high, ulong low) = Mask(LengthOver128);
        return ((address.High ^ Address.High) & high) == 0 && ((address.Low ^ Address.Low) & low) == 0;
    }

    /// <summary>Whether every address of <paramref name="other"/> lies in this network.</summary>
    public bool Contains(IpPrefix other) => other.Length >= Length && Contains(other.Address);

    /// <summary>Whether the two networks share an address.</summary>
    public bool Overlaps(IpPrefix other) => Contains(other) || other.Contains(this);

    /// <summary>"address/length".</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Address}/{Length}");

    private static (ulong High, ulong Low) Mask(int bits) => bits switch
    {
        <= 0 => (0, 0),
        < 64 => (ulong.MaxValue << (64 - bits), 0),
        64 => (ulong.MaxValue, 0),
        < 128 => (ulong.MaxValue, ulong.MaxValue << (128 - bits)),
        _ => (ulong.MaxValue, ulong.MaxValue),
    };
}
