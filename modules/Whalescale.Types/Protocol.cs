namespace Whalescale.Types;

/// <summary>Constants of the wire protocol, version 1. docs/protocol.md draws the bytes.</summary>
public static class Protocol
{
    /// <summary>Version in byte 1 of every datagram, in the prologue and in the capabilities.</summary>
    public const byte Version = 1;

    /// <summary>Bytes of an AEAD tag.</summary>
    public const int TagSize = 16;

    /// <summary>Bytes of mac1, of mac2 and of a cookie.</summary>
    public const int MacSize = 16;

    /// <summary>Bytes of a network id.</summary>
    public const int NetworkIdSize = 16;

    /// <summary>Lowest suite number.</summary>
    public const byte FirstSuite = 1;

    /// <summary>Highest suite number.</summary>
    public const byte LastSuite = 4;
}
