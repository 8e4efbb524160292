using System.Security.Cryptography;
using BenchmarkDotNet.Attributes;
using Whalescale.Crypto;
using Whalescale.Types;

namespace Whalescale.Benchmarks.Micro;

/// <summary>Sealing and opening of full packets.</summary>
public class SealingBenchmarks : IDisposable
{
    private const int Bytes = 1420;
    private const ulong SealedNonce = 1;

    private readonly byte[] _plaintext = RandomNumberGenerator.GetBytes(Bytes);
    private readonly byte[] _sealed = new byte[Bytes + PacketSealer.Overhead];
    private readonly byte[] _output = new byte[Bytes + PacketSealer.Overhead];
    private PacketSealer _sealer = null!;
    private PacketOpener _opener = null!;
    private ulong _nonce = SealedNonce;

    /// <summary>The suite.</summary>
    [Params(CipherSuite.ChaChaPolyBlake2s, CipherSuite.AesGcmSha256)]
    public CipherSuite Suite { get; set; }

    /// <summary>Makes keys and a sealed packet.</summary>
    [GlobalSetup]
    public void SetUp()
    {
        byte[] key = RandomNumberGenerator.GetBytes(32);
        _sealer = new PacketSealer(Suite, key, (byte)MessageType.Transport, Protocol.Version);
        _opener = new PacketOpener(Suite, key, (byte)MessageType.Transport, Protocol.Version);
        _sealer.Seal(SealedNonce, _plaintext, _sealed);
    }

    /// <summary>Seals under a new nonce.</summary>
    [Benchmark]
    public int Seal()
    {
        _sealer.Seal(++_nonce, _plaintext, _output);
        return _output[PacketSealer.NonceSize];
    }

    /// <summary>Opens in place, after a copy that puts the sealed bytes there.</summary>
    [Benchmark]
    public int Open()
    {
        _sealed.CopyTo(_output, 0);
        return _opener.TryOpen(_output) ? _output[PacketSealer.NonceSize] : throw new CryptographicException("No.");
    }

    /// <inheritdoc/>
    [GlobalCleanup]
    public void Dispose()
    {
        _sealer.Dispose();
        _opener.Dispose();
        GC.SuppressFinalize(this);
    }
}
