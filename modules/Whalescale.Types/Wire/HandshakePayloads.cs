using System.Buffers.Binary;

namespace Whalescale.Types;

/// <summary>Payload of an initiation, 48 bytes: timestamp 12, node id of the initiator 32, capabilities 4.</summary>
public readonly record struct InitiationPayload(
    HandshakeTimestamp Timestamp, NodeId Initiator, Capabilities Capabilities)
{
    public const int Size = HandshakeTimestamp.Size + NodeId.Size + Capabilities.Size;

    public static InitiationPayload Read(ReadOnlySpan<byte> payload) => new(
        HandshakeTimestamp.Read(payload),
        new NodeId(payload.Slice(HandshakeTimestamp.Size, NodeId.Size)),
        Capabilities.Read(payload[(HandshakeTimestamp.Size + NodeId.Size)..]));

    public void Write(Span<byte> payload)
    {
        Timestamp.Write(payload);
        Initiator.WriteTo(payload[HandshakeTimestamp.Size..]);
        Capabilities.Write(payload[(HandshakeTimestamp.Size + NodeId.Size)..]);
    }
}

/// <summary>Payload of a response, 32 bytes: the initiator's address as the responder sees it 19, capabilities 4,
/// zero 9.</summary>
public readonly record struct ResponsePayload(Endpoint Observed, Capabilities Capabilities)
{
    public const int Size = 32;

    /// <returns>False if the address is none or a reserved byte is set.</returns>
    public static bool TryRead(ReadOnlySpan<byte> payload, out ResponsePayload read)
    {
        read = default;
        const int AfterAddress = ObservedAddress.Size;
        if (!ObservedAddress.TryRead(payload, out Endpoint observed)) return false;
        if (payload[(AfterAddress + Capabilities.Size)..Size].ContainsAnyExcept((byte)0)) return false;
        read = new ResponsePayload(observed, Capabilities.Read(payload[AfterAddress..]));
        return true;
    }

    public void Write(Span<byte> payload)
    {
        payload[..Size].Clear();
        ObservedAddress.Write(payload, Observed);
        Capabilities.Write(payload[ObservedAddress.Size..]);
    }
}

/// <summary>What a node can do, 4 bytes: highest protocol version, suites (bit n: suite n + 1), suites it prefers,
/// zero.</summary>
/// <remarks>Carried inside the encrypted handshake payloads, so nobody on the way can take a bit out.</remarks>
public readonly record struct Capabilities(byte HighestVersion, byte Suites, byte PreferredSuites)
{
    public const int Size = 4;

    public bool Supports(byte suite) => (Suites >> (suite - 1) & 1) != 0;

    public bool Prefers(byte suite) => (PreferredSuites >> (suite - 1) & 1) != 0;

    public static Capabilities Read(ReadOnlySpan<byte> bytes) => new(bytes[0], bytes[1], bytes[2]);

    public void Write(Span<byte> bytes)
    {
        bytes[0] = HighestVersion;
        bytes[1] = Suites;
        bytes[2] = PreferredSuites;
        bytes[3] = 0;
    }
}

/// <summary>Time of an initiation, 12 bytes: seconds since 1970 8, nanoseconds 4. It only ever has to grow.</summary>
public readonly record struct HandshakeTimestamp(ulong Seconds, uint Nanoseconds) : IComparable<HandshakeTimestamp>
{
    public const int Size = 12;

    // Specified: 16 ms steps, so that the load of the sender cannot be read off its clock.
    private const long StepNanoseconds = 16_777_216;

    public static HandshakeTimestamp Read(ReadOnlySpan<byte> bytes) =>
        new(BinaryPrimitives.ReadUInt64LittleEndian(bytes), BinaryPrimitives.ReadUInt32LittleEndian(bytes[8..]));

    /// <summary>The time of the step that <paramref name="unixNanoseconds"/> lies in.</summary>
    public static HandshakeTimestamp FromUnixNanoseconds(long unixNanoseconds)
    {
        long stepped = Math.Max(0, unixNanoseconds) / StepNanoseconds * StepNanoseconds;
        return new((ulong)(stepped / 1_000_000_000), (uint)(stepped % 1_000_000_000));
    }

    /// <summary>One nanosecond later: for the clock that stands or was set back.</summary>
    public HandshakeTimestamp Next() =>
        Nanoseconds == uint.MaxValue ? new(Seconds + 1, 0) : this with { Nanoseconds = Nanoseconds + 1 };

    public void Write(Span<byte> bytes)
    {
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, Seconds);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes[8..], Nanoseconds);
    }

    public int CompareTo(HandshakeTimestamp other)
    {
        int order = Seconds.CompareTo(other.Seconds);
        return order != 0 ? order : Nanoseconds.CompareTo(other.Nanoseconds);
    }

    public static bool operator <(HandshakeTimestamp left, HandshakeTimestamp right) => left.CompareTo(right) < 0;

    public static bool operator >(HandshakeTimestamp left, HandshakeTimestamp right) => left.CompareTo(right) > 0;

    public static bool operator <=(HandshakeTimestamp left, HandshakeTimestamp right) => left.CompareTo(right) <= 0;

    public static bool operator >=(HandshakeTimestamp left, HandshakeTimestamp right) => left.CompareTo(right) >= 0;
}

/// <summary>An endpoint on the wire, 19 bytes: family 1 (4 or 6), address 16 (IPv4 mapped), port 2.</summary>
public static class ObservedAddress
{
    public const int Size = 19;

    /// <returns>False if the family is neither or does not fit the address, or the port is 0.</returns>
    public static bool TryRead(ReadOnlySpan<byte> bytes, out Endpoint endpoint)
    {
        endpoint = default;
        var address = IpAddress.Read(bytes.Slice(1, 16));
        ushort port = BinaryPrimitives.ReadUInt16LittleEndian(bytes[17..]);
        if (port == 0 || bytes[0] != (address.IsIPv4 ? 4 : 6)) return false;
        endpoint = new Endpoint(address, port);
        return true;
    }

    public static void Write(Span<byte> bytes, Endpoint endpoint)
    {
        bytes[0] = (byte)(endpoint.Address.IsIPv4 ? 4 : 6);
        endpoint.Address.WriteTo16(bytes[1..]);
        BinaryPrimitives.WriteUInt16LittleEndian(bytes[17..], endpoint.Port);
    }
}
