using System.Security.Cryptography;
using Whalescale.Benchmarks.Harness;
using Whalescale.Crypto;
using Whalescale.Types;

namespace Whalescale.Benchmarks.Contests;

/// <summary>Sealing and opening of transport messages: small packets, full ones, jumbo ones.</summary>
internal static class SealingContests
{
    private const byte Type = (byte)MessageType.Transport;
    private const ulong SealedNonce = 1UL << 32; // no byte order gives the same by accident
    private const string Sealing = "Sealing", Opening = "Opening";

    private static readonly int[] Sizes = [64, 1420, 9000];
    private static readonly CipherSuite[] Suites = [CipherSuite.ChaChaPolyBlake2s, CipherSuite.AesGcmSha256];

    internal static IEnumerable<Contest> All()
    {
        foreach (string section in (string[])[Sealing, Opening])
            foreach (CipherSuite suite in Suites)
                foreach (int size in Sizes)
                {
                    using var bench = new Bench(suite, size);
                    bench.CheckAgreement();
                    yield return section == Sealing ? bench.SealingContest() : bench.OpeningContest();
                }
    }

    /// <summary>One suite and size: every way to seal and to open, on the same bytes.</summary>
    private sealed class Bench : IDisposable
    {
        private readonly CipherSuite _suite;
        private readonly InBoxAead _inBox;
        private readonly PacketSealer _sealer, _plainSealer;
        private readonly PacketOpener _opener, _plainOpener;
        private readonly byte[] _plaintext, _sealed, _output;
        private ulong _nonce = SealedNonce;

        internal Bench(CipherSuite suite, int size)
        {
            byte[] key = RandomNumberGenerator.GetBytes(32);
            _suite = suite;
            _inBox = new InBoxAead(suite, key);
            _sealer = new PacketSealer(suite, key, Type, Protocol.Version);
            _opener = new PacketOpener(suite, key, Type, Protocol.Version);
            _plainSealer = new PacketSealer(suite, key, Type, Protocol.Version, mayUseRecords: false);
            _plainOpener = new PacketOpener(suite, key, Type, Protocol.Version, mayUseRecords: false);
            _plaintext = RandomNumberGenerator.GetBytes(size);
            _sealed = new byte[size + PacketSealer.Overhead];
            _output = new byte[size + PacketSealer.Overhead];
            _sealer.Seal(_nonce, _plaintext, _sealed);
        }

        private Span<byte> Plaintext => _output.AsSpan(PacketSealer.NonceSize, _plaintext.Length);

        private Span<byte> SealedBytes => _output.AsSpan(PacketSealer.NonceSize);

        private string Case => (_suite == CipherSuite.AesGcmSha256 ? "AES-256-GCM" : "ChaCha20-Poly1305")
            + $" {_plaintext.Length} B";

        /// <summary>Refuses to compare things that are not the same.</summary>
        /// <exception cref="CryptographicException">Two of the ways differ.</exception>
        internal void CheckAgreement()
        {
            foreach (Action seal in (Action[])[SealInBox, () => _plainSealer.Seal(_nonce, _plaintext, _output)])
            {
                seal();
                if (!SealedBytes.SequenceEqual(_sealed.AsSpan(PacketSealer.NonceSize)))
                    throw new CryptographicException($"{Case} differs.");
            }

            foreach (Action open in (Action[])[OpenInBox, Open, OpenPlain])
            {
                Array.Clear(_output);
                open();
                if (!Plaintext.SequenceEqual(_plaintext)) throw new CryptographicException($"{Case} differs.");
            }

            void SealInBox() => _inBox.Seal(_nonce, _plaintext, SealedBytes);
        }

        internal Contest SealingContest() => new(Sealing, Case, _plaintext.Length, Ways(
            new(_inBox.Name, () => _inBox.Seal(++_nonce, _plaintext, SealedBytes)),
            new(nameof(PacketSealer), () => _sealer.Seal(++_nonce, _plaintext, _output)),
            new("PacketSealer, ordinary calls", () => _plainSealer.Seal(++_nonce, _plaintext, _output))));

        internal Contest OpeningContest() => new(Opening, Case, _plaintext.Length, Ways(
            new(_inBox.Name, OpenInBox),
            new(nameof(PacketOpener), Open),
            new("PacketOpener, ordinary calls", OpenPlain)));

        public void Dispose()
        {
            _inBox.Dispose();
            _sealer.Dispose();
            _opener.Dispose();
            _plainSealer.Dispose();
            _plainOpener.Dispose();
        }

        // Where there is no short cut, the last two are the same.
        private Contender[] Ways(Contender inBox, Contender ours, Contender plain) =>
            _sealer.UsesRecords ? [inBox, ours, plain] : [inBox, ours];

        // All open in place, as in a receive buffer, and so need the sealed bytes put back there first.
        private void OpenInBox()
        {
            _sealed.CopyTo(_output, 0);
            _inBox.Open(SealedNonce, SealedBytes, Plaintext);
        }

        private void Open() => OpenWith(_opener);

        private void OpenPlain() => OpenWith(_plainOpener);

        private void OpenWith(PacketOpener opener)
        {
            _sealed.CopyTo(_output, 0);
            if (!opener.TryOpen(_output)) throw new CryptographicException($"{Case} fails.");
        }
    }
}
