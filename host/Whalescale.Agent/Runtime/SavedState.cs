using System.Buffers.Binary;
using Microsoft.Extensions.Logging;
using Whalescale.Types;

namespace Whalescale.Agent.Runtime;

/// <summary>The small facts that survive a restart, beside the identity: last handshake timestamp, UDP port.</summary>
/// <remarks>A disk that is full or read-only costs the fact, never the agent.</remarks>
internal sealed class SavedState(IStateStore store, ILogger log)
{
    private const string TimestampName = "handshake-timestamp";
    private const string PortName = "listen-port";

    internal HandshakeTimestamp LoadTimestamp() =>
        Load(TimestampName, HandshakeTimestamp.Size) is { } bytes ? HandshakeTimestamp.Read(bytes) : default;

    internal void Save(HandshakeTimestamp timestamp)
    {
        Span<byte> bytes = stackalloc byte[HandshakeTimestamp.Size];
        timestamp.Write(bytes);
        Save(TimestampName, bytes);
    }

    /// <summary>The port used last, or 0.</summary>
    internal ushort LoadPort() =>
        Load(PortName, sizeof(ushort)) is { } bytes ? BinaryPrimitives.ReadUInt16LittleEndian(bytes) : (ushort)0;

    internal void SavePort(ushort port)
    {
        Span<byte> bytes = stackalloc byte[sizeof(ushort)];
        BinaryPrimitives.WriteUInt16LittleEndian(bytes, port);
        Save(PortName, bytes);
    }

    private byte[]? Load(string name, int size)
    {
        try
        {
            return store.Load(name) is { } bytes && bytes.Length == size ? bytes : null;
        }
        catch (IOException failure)
        {
            RuntimeLog.StateNotSaved(log, failure.Message);
            return null;
        }
    }

    private void Save(string name, ReadOnlySpan<byte> bytes)
    {
        try
        {
            store.Save(name, bytes);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            RuntimeLog.StateNotSaved(log, failure.Message);
        }
    }
}
