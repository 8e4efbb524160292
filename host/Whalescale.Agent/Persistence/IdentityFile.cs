using System.Buffers;
using System.Buffers.Text;
using System.Security.Cryptography;

namespace Whalescale.Agent.Persistence;

/// <summary>The seed of the node's identity on disk: a line "whalescale identity v1", a line of base64.</summary>
/// <remarks>Written once, never overwritten: with it goes the node's name in the network. Only bytes of seeds pass
/// here; buffers are cleared after use.</remarks>
internal static class IdentityFile
{
    /// <summary>Name of the file in the state directory.</summary>
    public const string FileName = "identity.key";

    /// <summary>Bytes of a seed.</summary>
    public const int SeedSize = 32;

    private const int Base64Length = 44; // 32 bytes with one '='
    private const int Limit = 128; // header, base64, line ends; the rest is for telling "too long" from "cut off"

    private static ReadOnlySpan<byte> Header => "whalescale identity v1\n"u8;

    /// <summary>Writes a new seed, mode 0600.</summary>
    /// <returns>False, and nothing has changed, if there is a file already: load that.</returns>
    /// <exception cref="ArgumentException">Not 32 bytes.</exception>
    /// <exception cref="StateFileException">It cannot be written.</exception>
    public static bool TryCreate(string path, ReadOnlySpan<byte> seed, IFileOperations? operations = null)
    {
        if (seed.Length != SeedSize) throw new ArgumentException($"A seed has {SeedSize} bytes.", nameof(seed));
        Span<byte> text = stackalloc byte[Header.Length + Base64Length + 1];
        try
        {
            Header.CopyTo(text);
            Base64.EncodeToUtf8(seed, text[Header.Length..], out _, out _);
            text[^1] = (byte)'\n';
            return AtomicFile.TryCreate(path, text, operations ?? FileOperations.Instance);
        }
        catch (Exception error) when (StateFileException.IsOfFileSystem(error))
        {
            throw StateFileException.From(error, path, "writing");
        }
        finally
        {
            CryptographicOperations.ZeroMemory(text);
        }
    }

    /// <summary>Reads the seed.</summary>
    /// <param name="path">The file.</param>
    /// <param name="seed">Receives the 32 bytes; the caller clears it after use.</param>
    /// <exception cref="ArgumentException">No room for 32 bytes.</exception>
    /// <exception cref="StateFileException">There is none, others can read it, or it is damaged; it is left as it is.
    /// </exception>
    public static void Load(string path, Span<byte> seed)
    {
        if (seed.Length != SeedSize) throw new ArgumentException($"A seed has {SeedSize} bytes.", nameof(seed));
        Span<byte> text = stackalloc byte[Limit + 1];
        try
        {
            int length = SecretFileReader.Read(path, text, Limit);
            if (Damage(text[..length], seed) is not { } damage) return;
            CryptographicOperations.ZeroMemory(seed);
            throw new StateFileException(StateFileFault.Content,
                $"{path}: {damage}; put a backup in its place, or move it away and run 'whalescale init': "
                + "the node then has a new id, which every peer must be told");
        }
        catch (StateFileException error) when (error.Fault == StateFileFault.Missing)
        {
            throw new StateFileException(StateFileFault.Missing,
                $"{path}: this node has no identity yet; run 'whalescale init'", error);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(text);
        }
    }

    private static string? Damage(ReadOnlySpan<byte> text, Span<byte> seed)
    {
        if (text.IsEmpty) return "the file is empty";
        if (text.Length < Header.Length && Header.StartsWith(text)) return "the file is cut off";
        if (!text.StartsWith(Header)) return "the file is no identity: it does not begin with 'whalescale identity v1'";
        ReadOnlySpan<byte> base64 = text[Header.Length..];
        if (base64.EndsWith("\n"u8)) base64 = base64[..^1];
        if (base64.Length < Base64Length) return "the file is cut off";
        bool isGood = base64.Length == Base64Length
            && Base64.DecodeFromUtf8(base64, seed, out int consumed, out int written) == OperationStatus.Done
            && consumed == Base64Length && written == SeedSize;
        return isGood ? null : "the second line is not the base64 of 32 bytes";
    }
}
