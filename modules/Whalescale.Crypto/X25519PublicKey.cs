using System.Buffers.Binary;

namespace Whalescale.Crypto;

/// <summary>An X25519 public key, 32 bytes (RFC 7748). Peers are indexed by it, never by the signing key it comes
/// from.</summary>
/// <remarks>Any 32 bytes are a value; the Diffie-Hellman function refuses those that lead to a zero secret.</remarks>
public readonly record struct X25519PublicKey
{
    /// <summary>Bytes of a key.</summary>
    public const int Size = 32;

    private readonly ulong _word0;
    private readonly ulong _word1;
    private readonly ulong _word2;
    private readonly ulong _word3;

    /// <summary>Takes the 32 bytes as they stand.</summary>
    /// <exception cref="ArgumentException">Not 32 bytes.</exception>
    public X25519PublicKey(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length != Size) throw new ArgumentException($"An X25519 key has {Size} bytes.", nameof(bytes));
        _word0 = BinaryPrimitives.ReadUInt64LittleEndian(bytes);
        _word1 = BinaryPrimitives.ReadUInt64LittleEndian(bytes[8..]);
        _word2 = BinaryPrimitives.ReadUInt64LittleEndian(bytes[16..]);
        _word3 = BinaryPrimitives.ReadUInt64LittleEndian(bytes[24..]);
    }

    /// <summary>Writes the 32 bytes to the start of <paramref name="destination"/>.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Fewer than 32 bytes of room.</exception>
    public void WriteTo(Span<byte> destination)
    {
        BinaryPrimitives.WriteUInt64LittleEndian(destination, _word0);
        BinaryPrimitives.WriteUInt64LittleEndian(destination[8..], _word1);
        BinaryPrimitives.WriteUInt64LittleEndian(destination[16..], _word2);
        BinaryPrimitives.WriteUInt64LittleEndian(destination[24..], _word3);
    }

    /// <summary>The same in every process.</summary>
    public override int GetHashCode() => (int)(_word0 ^ (_word0 >> 32));

    /// <summary>64 hexadecimal digits.</summary>
    public override string ToString()
    {
        Span<byte> bytes = stackalloc byte[Size];
        WriteTo(bytes);
        return Convert.ToHexStringLower(bytes);
    }
}
