using System.Runtime.InteropServices;
using System.Text;

namespace Whalescale.Tun.Interop;

/// <summary>Walks over netlink messages and their attributes; ends where the bytes stop making sense.</summary>
internal ref struct NetlinkReader(ReadOnlySpan<byte> bytes)
{
    internal const int HeaderSize = 16, AttributeHeaderSize = 4; // struct nlmsghdr, struct rtattr
    internal const ushort Error = 2, Done = 3; // NLMSG_…
    private const ushort TypeMask = 0x3FFF; // NLA_TYPE_MASK
    private const ushort Capped = 0x100, HasAttributes = 0x200; // NLM_F_CAPPED, NLM_F_ACK_TLVS
    private const ushort ErrorText = 1; // NLMSGERR_ATTR_MSG
    private ReadOnlySpan<byte> _rest = bytes;

    /// <summary>Type of the message, RTM_… or NLMSG_….</summary>
    internal ushort Type { get; private set; }

    /// <summary>NLM_F_….</summary>
    internal ushort Flags { get; private set; }

    /// <summary>Number of the request it answers.</summary>
    internal uint Sequence { get; private set; }

    /// <summary>What follows the header.</summary>
    internal ReadOnlySpan<byte> Payload { get; private set; }

    /// <summary>Rounds up to four bytes.</summary>
    internal static int Align(int length) => (length + 3) & ~3;

    /// <summary>Goes on to the next message.</summary>
    internal bool MoveNext()
    {
        if (_rest.Length < HeaderSize) return false;
        uint length = MemoryMarshal.Read<uint>(_rest);
        if (length < HeaderSize || length > (uint)_rest.Length) return false;
        Type = MemoryMarshal.Read<ushort>(_rest[4..]);
        Flags = MemoryMarshal.Read<ushort>(_rest[6..]);
        Sequence = MemoryMarshal.Read<uint>(_rest[8..]);
        Payload = _rest[HeaderSize..(int)length];
        _rest = _rest[Math.Min(Align((int)length), _rest.Length)..];
        return true;
    }

    /// <summary>The fixed part at the start of the payload.</summary>
    /// <returns>False if the payload is shorter.</returns>
    internal readonly bool TryReadFixed<T>(out T value, out NetlinkAttributes attributes)
        where T : unmanaged
    {
        attributes = default;
        if (!MemoryMarshal.TryRead(Payload, out value)) return false;
        int size = Align(Marshal.SizeOf<T>());
        attributes = new NetlinkAttributes(Payload[Math.Min(size, Payload.Length)..]);
        return true;
    }

    /// <summary>Reads an acknowledgement or the end of a dump.</summary>
    /// <returns>0, or errno with the kernel's explanation in <paramref name="words"/> (empty if it gives
    /// none).</returns>
    internal readonly int ReadError(out string words)
    {
        words = "";
        if (!MemoryMarshal.TryRead(Payload, out int code) || code == 0) return 0;
        int error = code == int.MinValue ? int.MaxValue : Math.Abs(code);
        if ((Flags & HasAttributes) == 0) return error;

        // After the code comes the header of the refused request and, unless capped, the request itself.
        int attributes = sizeof(int) + HeaderSize;
        if (Type == Done) attributes = sizeof(int);
        else if ((Flags & Capped) == 0 && Payload.Length >= attributes)
        {
            uint request = MemoryMarshal.Read<uint>(Payload[sizeof(int)..]);
            attributes += (int)Math.Min(request, int.MaxValue / 2) - HeaderSize;
        }

        if (attributes < 0 || attributes > Payload.Length) return error;
        var reader = new NetlinkAttributes(Payload[attributes..]);
        while (reader.MoveNext())
        {
            if (reader.Type == ErrorText) words = Encoding.UTF8.GetString(reader.Value).TrimEnd('\0');
        }

        return error;
    }

    /// <summary>Attributes of a message, or of another attribute.</summary>
    internal ref struct NetlinkAttributes(ReadOnlySpan<byte> bytes)
    {
        private ReadOnlySpan<byte> _rest = bytes;

        /// <summary>Type of the attribute, without the bits for nesting and byte order.</summary>
        internal ushort Type { get; private set; }

        /// <summary>Its bytes.</summary>
        internal ReadOnlySpan<byte> Value { get; private set; }

        /// <summary>Its attributes, if it holds some.</summary>
        internal readonly NetlinkAttributes Nested => new(Value);

        /// <summary>Goes on to the next attribute.</summary>
        internal bool MoveNext()
        {
            if (_rest.Length < AttributeHeaderSize) return false;
            int length = MemoryMarshal.Read<ushort>(_rest);
            if (length < AttributeHeaderSize || length > _rest.Length) return false;
            Type = (ushort)(MemoryMarshal.Read<ushort>(_rest[2..]) & TypeMask);
            Value = _rest[AttributeHeaderSize..length];
            _rest = _rest[Math.Min(Align(length), _rest.Length)..];
            return true;
        }

        /// <summary>The value as a number; 0 if it has not four bytes.</summary>
        internal readonly uint ReadNumber() => MemoryMarshal.TryRead(Value, out uint number) ? number : 0;

        /// <summary>The value as text, up to its zero.</summary>
        internal readonly string ReadText() => Encoding.UTF8.GetString(Value).TrimEnd('\0');

        /// <summary>The value as an address of 4 or 16 bytes.</summary>
        internal readonly bool TryReadAddress(out IpAddress address)
        {
            address = Value.Length is 4 or 16 ? IpAddress.Read(Value) : default;
            return Value.Length is 4 or 16;
        }
    }
}
