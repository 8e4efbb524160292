using System.Runtime.InteropServices;

namespace Whalescale.Transport.Interop;

// Layouts of Linux on x86-64 and arm64; a test compares them with what a C compiler says.

/// <summary>struct iovec.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct IoVector
{
    public nint Base;
    public nuint Length;
}

/// <summary>struct msghdr.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct MessageHeader
{
    public byte* Name;
    public uint NameLength;
    public IoVector* Vectors;
    public nuint VectorCount;
    public byte* Control;
    public nuint ControlLength;
    public int Flags;
}

/// <summary>struct mmsghdr.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct MultiMessageHeader
{
    public MessageHeader Header;
    public uint Length;
}

/// <summary>struct cmsghdr; data follow at once.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct ControlHeader
{
    public nuint Length;
    public int Level;
    public int Type;
}

/// <summary>struct sockaddr_in; port and address in network order.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct SocketAddress4
{
    public ushort Family;
    public ushort Port;
    public uint Address;
    public ulong Zero;
}

/// <summary>struct sockaddr_in6; port and address in network order.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct SocketAddress6
{
    public ushort Family;
    public ushort Port;
    public uint FlowInfo;
    public fixed byte Address[16];
    public uint ScopeId;
}

/// <summary>struct in_pktinfo.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct PacketInfo4
{
    public int InterfaceIndex;
    public uint SpecificDestination;
    public uint Address;
}

/// <summary>struct in6_pktinfo.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct PacketInfo6
{
    public fixed byte Address[16];
    public int InterfaceIndex;
}

/// <summary>struct pollfd.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct PollEntry
{
    public int Descriptor;
    public short Events;
    public short Returned;
}

/// <summary>struct timespec.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct TimeSpecification
{
    public long Seconds;
    public long Nanoseconds;
}
