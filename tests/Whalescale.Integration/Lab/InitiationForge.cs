using System.Buffers.Binary;

namespace Whalescale.Integration.Lab;

/// <summary>
/// Makes handshake initiations as an outsider can: right in form, and, for one who knows the node id, with a right
/// mac1, but from no key that the node knows. Each differs from all before it.
/// </summary>
internal sealed class InitiationForge
{
    /// <summary>Length of a handshake initiation (docs/protocol).</summary>
    public const int MessageBytes = 184;

    private const int Mac1Offset = 152;
    private const int Mac2Offset = 168;
    private const int MacBytes = 16;

    private readonly byte[] _mac1Key = new byte[32];
    private readonly bool _isMac1Right;
    private ulong _state = 0x9E3779B97F4A7C15;

    /// <param name="responder">Node id of the one who is to be fooled.</param>
    /// <param name="isMac1Right">Whether mac1 will be accepted.</param>
    public InitiationForge(NodeId responder, bool isMac1Right)
    {
        _isMac1Right = isMac1Right;
        byte[] noNetworkSecret = new byte[32];
        Blake2s.Hash([], [.. "ws-mac1"u8, .. responder.ToArray(), .. noNetworkSecret], _mac1Key);
    }

    /// <summary>Writes the next message.</summary>
    /// <param name="message"><see cref="MessageBytes"/> bytes.</param>
    public void Write(Span<byte> message)
    {
        for (int offset = 0; offset < Mac2Offset; offset += sizeof(ulong))
        {
            BinaryPrimitives.WriteUInt64LittleEndian(message[offset..], NextRandom());
        }

        // Type 1, version 1, suite 1, reserved 0; then sender index, ephemeral, static, payload: all of it noise.
        BinaryPrimitives.WriteUInt32BigEndian(message, 0x01010100);
        if (_isMac1Right) Blake2s.Hash(_mac1Key, message[..Mac1Offset], message.Slice(Mac1Offset, MacBytes));
        message.Slice(Mac2Offset, MacBytes).Clear();
    }

    /// <summary>SplitMix64: a forger needs no good randomness, only different messages.</summary>
    private ulong NextRandom()
    {
        ulong z = _state += 0x9E3779B97F4A7C15;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }
}
