using System.Security.Cryptography;
using System.Text;

namespace Whalescale.Tests.Crypto;

/// <summary>The same bytes for the same seed: SHA-256 over seed and counter.</summary>
internal sealed class SeededRandom(string seed) : RandomSource
{
    private readonly byte[] _seed = SHA256.HashData(Encoding.UTF8.GetBytes(seed));
    private ulong _block;
    private byte[] _left = [];

    public override void Fill(Span<byte> destination)
    {
        while (!destination.IsEmpty)
        {
            if (_left.Length == 0) _left = SHA256.HashData([.. _seed, .. BitConverter.GetBytes(_block++)]);
            int taken = Math.Min(_left.Length, destination.Length);
            _left.AsSpan(0, taken).CopyTo(destination);
            _left = _left[taken..];
            destination = destination[taken..];
        }
    }

    public override RandomSource Fork(string name) => new SeededRandom(Convert.ToHexString(_seed) + "/" + name);

    public byte[] Bytes(int count)
    {
        var bytes = new byte[count];
        Fill(bytes);
        return bytes;
    }
}
