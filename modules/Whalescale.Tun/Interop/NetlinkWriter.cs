using System.Runtime.InteropServices;
using System.Text;

namespace Whalescale.Tun.Interop;

/// <summary>Writes one netlink message (RFC 3549, section 2.3): a header, a fixed part, attributes padded to 4
/// bytes.</summary>
/// <remarks>Numbers are in the host's order, as the kernel of the same machine reads them.</remarks>
internal ref struct NetlinkWriter
{
    private readonly Span<byte> _buffer;
    private int _length;

    /// <summary>Begins a message; the length is written by <see cref="Finish"/>.</summary>
    /// <param name="buffer">Room for all of it.</param>
    /// <param name="type">RTM_….</param>
    /// <param name="flags">NLM_F_….</param>
    /// <param name="sequence">Number that the answer repeats.</param>
    internal NetlinkWriter(Span<byte> buffer, ushort type, ushort flags, uint sequence)
    {
        _buffer = buffer;
        _length = NetlinkReader.HeaderSize;
        buffer[.._length].Clear();
        MemoryMarshal.Write(buffer[4..], type);
        MemoryMarshal.Write(buffer[6..], flags);
        MemoryMarshal.Write(buffer[8..], sequence);
    }

    /// <summary>Adds a structure.</summary>
    internal void Add<T>(in T value)
        where T : unmanaged
    {
        MemoryMarshal.Write(_buffer[_length..], value);
        _length += NetlinkReader.Align(Marshal.SizeOf<T>());
    }

    /// <summary>Adds an attribute of bytes.</summary>
    internal void AddAttribute(ushort type, scoped ReadOnlySpan<byte> value)
    {
        int start = BeginAttribute(type), end = _length + value.Length;
        value.CopyTo(_buffer[_length..]);
        _length = NetlinkReader.Align(end);
        _buffer[end.._length].Clear();
        // The length of an attribute leaves out its padding.
        MemoryMarshal.Write(_buffer[start..], (ushort)(end - start));
    }

    /// <summary>Adds an attribute of a number.</summary>
    internal void AddAttribute(ushort type, uint value)
    {
        Span<byte> bytes = stackalloc byte[sizeof(uint)];
        MemoryMarshal.Write(bytes, value);
        AddAttribute(type, bytes);
    }

    /// <summary>Adds an attribute of one byte.</summary>
    internal void AddAttribute(ushort type, byte value) => AddAttribute(type, [value]);

    /// <summary>Adds an attribute of an address: 4 or 16 bytes in network order.</summary>
    internal void AddAttribute(ushort type, IpAddress address)
    {
        Span<byte> bytes = stackalloc byte[16];
        address.WriteTo16(bytes);
        AddAttribute(type, address.IsIPv4 ? bytes[12..] : bytes);
    }

    /// <summary>Adds an attribute of text, with the zero that the kernel expects at the end.</summary>
    internal void AddAttribute(ushort type, string text) => AddAttribute(type, [.. Encoding.UTF8.GetBytes(text), 0]);

    /// <summary>Begins an attribute that holds others.</summary>
    /// <returns>What <see cref="EndAttribute"/> wants.</returns>
    internal int BeginAttribute(ushort type)
    {
        int start = _length;
        MemoryMarshal.Write(_buffer[(start + 2)..], type);
        _length += NetlinkReader.AttributeHeaderSize;
        return start;
    }

    /// <summary>Ends an attribute that holds others.</summary>
    internal readonly void EndAttribute(int start) => MemoryMarshal.Write(_buffer[start..], (ushort)(_length - start));

    /// <summary>The message.</summary>
    internal readonly ReadOnlySpan<byte> Finish()
    {
        MemoryMarshal.Write(_buffer, (uint)_length);
        return _buffer[.._length];
    }
}
