using System.Buffers.Binary;

namespace Whalescale.Abstractions;

/// <summary>A node's name: its Ed25519 public key, 32 bytes.</summary>
/// <remarks>
/// Text form: RFC 4648 base32 without padding, lower case, 52 characters; either case is read.
/// A value of this type is 32 bytes and no more: whether they are a usable key is decided once, where the id enters
/// (<c>Whalescale.Crypto.Identity</c>). Order is the order of the bytes.
/// </remarks>
public readonly record struct NodeId : IComparable<NodeId>
{
    /// <summary>Bytes of a node id.</summary>
    public const int Size = 32;

    /// <summary>Characters of the text form.</summary>
    public const int TextLength = 52;

    private readonly ulong _word0;
    private readonly ulong _word1;
    private readonly ulong _word2;
    private readonly ulong _word3;

    /// <summary>Takes the 32 bytes as they stand.</summary>
    /// <exception cref="ArgumentException">Not 32 bytes.</exception>
    public NodeId(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length != Size) throw new ArgumentException($"A node id has {Size} bytes.", nameof(bytes));
        _word0 = BinaryPrimitives.ReadUInt64BigEndian(bytes);
        _word1 = BinaryPrimitives.ReadUInt64BigEndian(bytes[8..]);
        _word2 = BinaryPrimitives.ReadUInt64BigEndian(bytes[16..]);
        _word3 = BinaryPrimitives.ReadUInt64BigEndian(bytes[24..]);
    }

    /// <summary>Whether this is the value that no key has: all zero.</summary>
    public bool IsNone => this == default;

    /// <summary>Whether <paramref name="left"/> comes before in byte order.</summary>
    public static bool operator <(NodeId left, NodeId right) => left.CompareTo(right) < 0;

    /// <summary>Whether <paramref name="left"/> comes after in byte order.</summary>
    public static bool operator >(NodeId left, NodeId right) => left.CompareTo(right) > 0;

    /// <summary>Whether <paramref name="left"/> comes before or is the same.</summary>
    public static bool operator <=(NodeId left, NodeId right) => left.CompareTo(right) <= 0;

    /// <summary>Whether <paramref name="left"/> comes after or is the same.</summary>
    public static bool operator >=(NodeId left, NodeId right) => left.CompareTo(right) >= 0;

    /// <summary>Reads the text form.</summary>
    /// <returns>False unless it is 52 base32 characters whose last four bits are zero.</returns>
    public static bool TryParse(ReadOnlySpan<char> text, out NodeId id)
    {
        id = default;
        if (text.Length != TextLength) return false;
        Span<byte> bytes = stackalloc byte[Size];
        if (!Base32.TryDecode(text, bytes)) return false;
        id = new NodeId(bytes);
        return true;
    }

    /// <summary>Writes the 32 bytes to the start of <paramref name="destination"/>.</summary>
    public void WriteTo(Span<byte> destination)
    {
        BinaryPrimitives.WriteUInt64BigEndian(destination, _word0);
        BinaryPrimitives.WriteUInt64BigEndian(destination[8..], _word1);
        BinaryPrimitives.WriteUInt64BigEndian(destination[16..], _word2);
        BinaryPrimitives.WriteUInt64BigEndian(destination[24..], _word3);
    }

    /// <summary>The 32 bytes in a new array.</summary>
    public byte[] ToArray()
    {
        var bytes = new byte[Size];
        WriteTo(bytes);
        return bytes;
    }

    /// <inheritdoc/>
    public int CompareTo(NodeId other)
    {
        int order = _word0.CompareTo(other._word0);
        if (order == 0) order = _word1.CompareTo(other._word1);
        if (order == 0) order = _word2.CompareTo(other._word2);
        return order != 0 ? order : _word3.CompareTo(other._word3);
    }

    /// <summary>The same in every process, so that no order derived from it differs between runs.</summary>
    public override int GetHashCode() => (int)(_word0 ^ (_word0 >> 32));

    /// <summary>The 52-character text form.</summary>
    public override string ToString()
    {
        Span<byte> bytes = stackalloc byte[Size];
        WriteTo(bytes);
        return Base32.Encode(bytes);
    }

    /// <summary>The first ten characters, for logs and tables.</summary>
    public string ToShortString() => ToString()[..10];
}
