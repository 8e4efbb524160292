namespace Whalescale.Sessions;

/// <summary>Packet numbers that <see cref="SessionKeys.TryReserve"/> set aside; each seals one packet.</summary>
/// <remarks>A value that is passed by reference and never copied: a copy would use its numbers again, which must not happen
/// under one key.</remarks>
public ref struct PacketNumbers
{
    private readonly SessionKeys _keys;
    private ulong _next;
    private int _left;

    internal PacketNumbers(SessionKeys keys, ulong firstNonce, int count) =>
        (_keys, _next, _left) = (keys, firstNonce, count);

    internal ulong Take(SessionKeys keys)
    {
        if (_left == 0 || keys != _keys)
            throw new InvalidOperationException("No packet number is left, or it belongs to other keys.");
        _left--;
        return _next++;
    }
}
