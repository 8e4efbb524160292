using System.Numerics;

namespace Whalescale.Sessions;

/// <summary>Remembers which of the last 8192 packet numbers of one path were accepted (compare RFC 6479).</summary>
/// <remarks>
/// A ring of bits, one for each number modulo 8192. Moving ahead clears exactly the bits of the numbers passed over, so
/// the window is 8192 wide to the last number, where RFC 6479 gives up a block for speed. 1 KiB. One thread.
/// </remarks>
public sealed class ReplayWindow
{
    /// <summary>Width in packet numbers.</summary>
    public const int Size = 8192;

    private readonly ulong[] _bits = new ulong[Size / 64];
    private ulong _next;

    /// <summary>One more than the largest number accepted; 0 before the first.</summary>
    public ulong Next => _next;

    /// <summary>Whether the number may still be accepted. Changes nothing: asked before a packet is opened.</summary>
    public bool IsFresh(ulong number)
    {
        if (number >= _next) return true;
        if (_next - number > Size) return false;
        return (_bits[(number / 64) % (Size / 64)] >> (int)(number % 64) & 1) == 0;
    }

    /// <summary>Accepts a number that is fresh. Called once the packet has proved genuine.</summary>
    /// <returns>False, and nothing changes, if it is not fresh.</returns>
    public bool TryAccept(ulong number)
    {
        if (!IsFresh(number)) return false;
        if (number >= _next)
        {
            Clear(_next, number - _next);
            _next = number + 1;
        }

        ref ulong word = ref _bits[(number / 64) % (Size / 64)];
        word |= 1UL << (int)(number % 64);
        return true;
    }

    /// <summary>How many of the window's numbers were accepted.</summary>
    public int CountAccepted()
    {
        int count = 0;
        foreach (ulong word in _bits) count += BitOperations.PopCount(word);
        return count;
    }

    private void Clear(ulong from, ulong count)
    {
        if (count >= Size)
        {
            Array.Clear(_bits);
            return;
        }

        while (count > 0)
        {
            int bit = (int)(from % 64);
            int here = (int)Math.Min((ulong)(64 - bit), count);
            ulong mask = here == 64 ? ulong.MaxValue : ((1UL << here) - 1) << bit;
            _bits[(from / 64) % (Size / 64)] &= ~mask;
            from += (ulong)here;
            count -= (ulong)here;
        }
    }
}
