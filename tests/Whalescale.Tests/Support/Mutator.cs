namespace Whalescale.Tests.Support;

/// <summary>Makes bad input from good input: truncations, extensions, flips, swapped fields, splices of two.</summary>
internal sealed class Mutator(RandomSource random, params byte[][] good)
{
    /// <summary>The next input; one in eight is a good one with several changes.</summary>
    internal byte[] Next()
    {
        byte[] bytes = (byte[])Pick().Clone();
        int changes = random.NextBelow(8) == 0 ? 4 : 1;
        for (int i = 0; i < changes; i++) bytes = Change(bytes);
        return bytes;
    }

    private byte[] Change(byte[] bytes)
    {
        if (bytes.Length == 0) return random.Bytes(64);
        int at = random.NextBelow(bytes.Length);
        switch (random.NextBelow(8))
        {
            case 0:
                return bytes[..at];
            case 1:
                return [.. bytes, .. random.Bytes(40)];
            case 2:
                bytes[at] ^= (byte)(1 << random.NextBelow(8));
                return bytes;
            case 3:
                bytes[at] = (byte)random.NextUInt32();
                return bytes;
            case 4: // two fields of equal size change places
                int size = Math.Min(1 << random.NextBelow(5), bytes.Length / 2);
                if (size == 0) return bytes;
                int one = random.NextBelow(bytes.Length - size + 1), other = random.NextBelow(bytes.Length - size + 1);
                byte[] kept = bytes[one..(one + size)];
                bytes.AsSpan(other, size).CopyTo(bytes.AsSpan(one));
                kept.CopyTo(bytes.AsSpan(other));
                return bytes;
            case 5: // the beginning of one, the end of another
                byte[] tail = Pick();
                return [.. bytes[..at], .. tail[Math.Min(at, tail.Length)..]];
            case 6: // an edge of a number
                byte edge = (byte)(random.NextBelow(2) == 0 ? 0 : 0xFF);
                bytes.AsSpan(at, Math.Min(1 << random.NextBelow(4), bytes.Length - at)).Fill(edge);
                return bytes;
            default: // a piece again
                return [.. bytes[..at], .. bytes[(at / 2)..]];
        }
    }

    private byte[] Pick() => good[random.NextBelow(good.Length)];
}
