using System.Buffers;
using System.Buffers.Text;
using System.Security.Cryptography;

namespace Whalescale.Agent.Persistence;

/// <summary>A pre-shared key in a file that the operator makes: one line, 64 hex digits or 44 characters of
/// base64.</summary>
internal static class SecretFile
{
    /// <summary>Bytes of a key.</summary>
    public const int Size = 32;

    private const int Limit = 128;

    /// <summary>Reads the key; the caller clears it after use.</summary>
    /// <exception cref="StateFileException">It is missing, others can read it, or it holds something else.</exception>
    public static byte[] Read(string path)
    {
        Span<byte> text = stackalloc byte[Limit + 1];
        try
        {
            int length = SecretFileReader.Read(path, text, Limit);
            var key = new byte[Size];
            if (TryParse(text[..length].TrimEnd("\r\n \t"u8), key)) return key;
            CryptographicOperations.ZeroMemory(key);
            throw new StateFileException(StateFileFault.Content,
                $"{path}: is no key of 32 bytes: one line of 64 hex digits or 44 characters of base64; "
                + $"make one with: openssl rand -base64 32 > '{path}'; chmod 600 '{path}'");
        }
        finally
        {
            CryptographicOperations.ZeroMemory(text);
        }
    }

    private static bool TryParse(ReadOnlySpan<byte> text, Span<byte> key) => text.Length switch
    {
        2 * Size => Convert.FromHexString(text, key, out _, out int bytes) == OperationStatus.Done && bytes == Size,
        44 => Base64.DecodeFromUtf8(text, key, out _, out int decoded) == OperationStatus.Done && decoded == Size,
        _ => false,
    };
}
