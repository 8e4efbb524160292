namespace Whalescale.Abstractions;

/// <summary>RFC 4648 base32 without padding: written in lower case, read in either.</summary>
public static class Base32
{
    private const string Alphabet = "abcdefghijklmnopqrstuvwxyz234567";

    /// <summary>Text of <paramref name="bytes"/>: 8 characters for each 5 bytes, rounded up.</summary>
    public static string Encode(ReadOnlySpan<byte> bytes)
    {
        var text = new char[((bytes.Length * 8) + 4) / 5];
        int bits = 0, held = 0, written = 0;
        foreach (byte value in bytes)
        {
            held = (held << 8) | value;
            for (bits += 8; bits >= 5; bits -= 5) text[written++] = Alphabet[(held >> (bits - 5)) & 31];
            held &= (1 << bits) - 1;
        }

        if (bits > 0) text[written] = Alphabet[(held << (5 - bits)) & 31];
        return new string(text);
    }

    /// <summary>Fills <paramref name="bytes"/> from <paramref name="text"/>.</summary>
    /// <returns>False if the length does not fit, a character is foreign or a left-over bit is set: one text per
    /// value.</returns>
    public static bool TryDecode(ReadOnlySpan<char> text, Span<byte> bytes)
    {
        if (text.Length != ((bytes.Length * 8) + 4) / 5) return false;
        int bits = 0, held = 0, written = 0;
        foreach (char character in text)
        {
            int value = Value(character);
            if (value < 0) return false;
            held = (held << 5) | value;
            bits += 5;
            if (bits < 8) continue;
            bits -= 8;
            bytes[written++] = (byte)(held >> bits);
            held &= (1 << bits) - 1;
        }

        return held == 0;
    }

    private static int Value(char character) => character switch
    {
        >= 'a' and <= 'z' => character - 'a',
        >= 'A' and <= 'Z' => character - 'A',
        >= '2' and <= '7' => character - '2' + 26,
        _ => -1,
    };
}
